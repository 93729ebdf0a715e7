//! The server's size limits of search attributes, and the checks against them.

use prost::Message as _;
use temporalio_common::{
    protos::temporal::api::common::v1::Payload, search_attributes::SearchAttributes,
};

use super::{
    InvalidSearchAttribute,
    change::{Effective, is_value},
};

/// The server's default limits in bytes: of one value, and of all attributes of a run.
pub(super) const VALUE_BYTES: usize = 2 * 1024;
pub(super) const TOTAL_BYTES: usize = 40 * 1024;

/// The server stores attributes under its own field names, and measures with those.
const FIELD_NAME_BYTES: usize = "KeywordList01".len();

/// The most bytes that the protobuf encoding of a map entry adds to its key and value.
const ENTRY_BYTES: usize = 10;

pub(super) fn check_value(
    name: &'static str,
    payload: &Payload,
) -> Result<(), InvalidSearchAttribute> {
    match payload.data.len() {
        bytes if bytes > VALUE_BYTES => Err(InvalidSearchAttribute::value_too_large(name, bytes)),
        _ => Ok(()),
    }
}

fn bytes(name: &str, payload: &Payload) -> usize {
    name.len().max(FIELD_NAME_BYTES) + payload.encoded_len() + ENTRY_BYTES
}

fn all_bytes(attributes: &SearchAttributes, counts: impl Fn(&str) -> bool) -> usize {
    let names = attributes.keys().filter(|name| counts(name));
    let each = names.filter_map(|name| {
        let payload = attributes.raw_payload(name).filter(is_value)?;
        Some(bytes(name, payload))
    });
    each.sum()
}

/// Returns whether the server accepts these attributes together.
pub(super) fn is_taken(attributes: &SearchAttributes) -> bool {
    all_bytes(attributes, |_| true) <= TOTAL_BYTES
}

/// Checks the attributes of a run after some changes; the error names the largest of these.
pub(super) fn check_total(
    effective: &Effective,
    recorded: &SearchAttributes,
) -> Result<(), InvalidSearchAttribute> {
    if effective.updates.is_empty() {
        return Ok(());
    }
    let kept = all_bytes(recorded, |name| {
        effective.all.iter().all(|(changed, _)| *changed != name)
    });
    let set = effective.all.iter().filter_map(|(name, payload)| {
        let payload = payload.as_ref()?;
        Some((bytes(name, payload), *name))
    });
    let total = kept + set.clone().map(|(bytes, _)| bytes).sum::<usize>();
    match set.max() {
        Some((_, largest)) if total > TOTAL_BYTES => {
            Err(InvalidSearchAttribute::total_too_large(largest, total))
        }
        _ => Ok(()),
    }
}
