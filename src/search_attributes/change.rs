//! Changes of search attributes, and which of them have an effect.

use std::mem;

use temporalio_common::{
    protos::temporal::api::common::v1::Payload,
    search_attributes::{
        SearchAttributeKey, SearchAttributeUpdate, SearchAttributeValue, SearchAttributes,
    },
};

use super::{InvalidSearchAttribute, size};

/// A change of one search attribute, made by [`Key::set`](super::Key::set) and
/// [`Key::unset`](super::Key::unset).
#[derive(Clone, Debug)]
#[must_use = "a change does nothing until it is upserted"]
pub struct Change {
    name: &'static str,
    encoded: Result<Encoded, InvalidSearchAttribute>,
}

#[derive(Clone, Debug)]
struct Encoded {
    update: SearchAttributeUpdate,
    /// The value as it will be recorded.
    payload: Option<Payload>,
    is_same: fn(&Payload, &Payload) -> bool,
}

impl Change {
    pub(super) fn set<T>(key: &SearchAttributeKey<T>, value: T) -> Self
    where
        T: SearchAttributeValue + PartialEq,
    {
        let encoded = key
            .try_value_set(value)
            .map_err(|error| InvalidSearchAttribute::unencodable(key.name(), error))
            .and_then(|update| Encoded::of::<T>(key.name(), update));
        Self {
            name: key.name(),
            encoded,
        }
    }

    pub(super) fn unset<T>(key: &SearchAttributeKey<T>) -> Self
    where
        T: SearchAttributeValue + PartialEq,
    {
        let name = key.name();
        // The SDK unsets with a payload without an encoding, which the server can't read: it fails
        // the task again and again. An empty list removes an attribute of any type.
        let encoded = SearchAttributeKey::keyword_list(name)
            .try_value_set(Vec::new())
            .map_err(|error| InvalidSearchAttribute::unencodable(name, error))
            .and_then(|update| Encoded::of::<T>(name, update));
        Self { name, encoded }
    }
}

impl Encoded {
    fn of<T>(
        name: &'static str,
        update: SearchAttributeUpdate,
    ) -> Result<Self, InvalidSearchAttribute>
    where
        T: SearchAttributeValue + PartialEq,
    {
        // The SDK exposes an update's payload only in this way.
        let shown = SearchAttributes::new([update.clone()]);
        let payload = shown.raw_payload(name).filter(is_value).cloned();
        if let Some(payload) = &payload {
            size::check_value(name, payload)?;
        }
        Ok(Self {
            update,
            payload,
            is_same: is_same::<T>,
        })
    }

    /// Returns whether the attribute already has this value.
    fn is_recorded(&self, name: &str, recorded: &SearchAttributes) -> bool {
        let there = recorded.raw_payload(name).filter(is_value);
        match (&self.payload, there) {
            (None, None) => true,
            (Some(new), Some(old)) => (self.is_same)(new, old),
            _ => false,
        }
    }
}

/// Returns whether a payload is a value: a removed attribute stays behind as an empty one.
pub(super) fn is_value(payload: &&Payload) -> bool {
    !matches!(payload.data.as_slice(), b"" | b"null" | b"[]")
}

/// Compares values, not bytes: another SDK may encode the same value differently.
fn is_same<T>(new: &Payload, old: &Payload) -> bool
where
    T: SearchAttributeValue + PartialEq,
{
    if new.data == old.data {
        return true;
    }
    let decode = |payload| T::from_search_attribute_payload(payload).ok();
    matches!((decode(new), decode(old)), (Some(new), Some(old)) if new == old)
}

/// The effective part of some changes.
#[derive(Debug, Default)]
pub(super) struct Effective {
    pub(super) updates: Vec<SearchAttributeUpdate>,
    /// The number of changes without an effect.
    pub(super) skipped: u64,
    /// The names of all changes, and their values.
    pub(super) all: Vec<(&'static str, Option<Payload>)>,
}

impl Effective {
    /// Finds the changes with an effect: of two changes of one attribute, the later one counts.
    ///
    /// The result follows from the arguments alone, so it is the same in every replay.
    pub(super) fn of(
        changes: impl IntoIterator<Item = Change>,
        recorded: &SearchAttributes,
    ) -> Result<Self, InvalidSearchAttribute> {
        let mut last: Vec<(&'static str, Encoded)> = Vec::new();
        for change in changes {
            let encoded = change.encoded?;
            match last.iter_mut().find(|(name, _)| *name == change.name) {
                Some((_, known)) => drop(mem::replace(known, encoded)),
                None => last.push((change.name, encoded)),
            }
        }
        let mut effective = Self::default();
        for (name, encoded) in last {
            match encoded.is_recorded(name, recorded) {
                true => effective.skipped += 1,
                false => effective.updates.push(encoded.update),
            }
            effective.all.push((name, encoded.payload));
        }
        size::check_total(&effective, recorded)?;
        Ok(effective)
    }

    /// Treats a change as effective, whatever is recorded.
    pub(super) fn always(change: Change) -> Result<Self, InvalidSearchAttribute> {
        let encoded = change.encoded?;
        Ok(Self {
            updates: vec![encoded.update],
            skipped: 0,
            all: vec![(change.name, encoded.payload)],
        })
    }
}

/// Returns the attributes that result from some changes, for the options of a start.
///
/// ```
/// use chronoscope::search_attributes::{self, Int, Key, Keyword};
/// use temporalio_client::WorkflowStartOptions;
///
/// const ORDER_STATUS: Key<Keyword> = Key::new("OrderStatus");
/// const ORDER_ITEMS: Key<Int> = Key::new("OrderItems");
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let attributes = search_attributes::of([ORDER_STATUS.set("new"), ORDER_ITEMS.set(3)])?;
/// let options = WorkflowStartOptions::new("orders", "order-7")
///     .search_attributes(attributes)
///     .build();
/// # let _ = options;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// [`InvalidSearchAttribute`] names an attribute that can't be encoded, or that is too large by
/// itself or together with the others.
pub fn of(
    changes: impl IntoIterator<Item = Change>,
) -> Result<SearchAttributes, InvalidSearchAttribute> {
    let effective = Effective::of(changes, &SearchAttributes::default())?;
    Ok(SearchAttributes::new(effective.updates))
}
