//! Turns the JSON of a message into the form that protobuf specifies.

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value};

use super::{error::Fault, payload};

/// Rewrites names of enums from before 2024, and the Rust SDK's own spellings.
pub(super) fn mend(value: &mut Value, message: &MessageDescriptor) -> Result<(), Fault> {
    payload::check(value, message)?;
    let Some(fields) = value.as_object_mut() else {
        return Ok(());
    };
    lift(fields, message);
    for field in message.fields() {
        let names = [field.json_name(), field.name()];
        // Equal names must not be visited twice: deep messages would take exponential time.
        if let Some(name) = names.into_iter().find(|name| fields.contains_key(*name)) {
            each(&mut fields[name], &field, |value| {
                of_kind(value, &field.kind())
            })?;
        }
    }
    Ok(())
}

fn of_kind(value: &mut Value, kind: &Kind) -> Result<(), Fault> {
    match kind {
        Kind::Message(entry) if entry.is_map_entry() => {
            of_kind(value, &entry.map_entry_value_field().kind())
        }
        Kind::Message(message) => mend(value, message),
        Kind::Enum(names) => {
            rename(value, names);
            Ok(())
        }
        _ => Ok(()),
    }
}

fn each(
    value: &mut Value,
    field: &FieldDescriptor,
    mut mend: impl FnMut(&mut Value) -> Result<(), Fault>,
) -> Result<(), Fault> {
    match value {
        Value::Array(values) if field.is_list() => values.iter_mut().try_for_each(mend),
        Value::Object(values) if field.is_map() => values.values_mut().try_for_each(mend),
        value => mend(value),
    }
}

/// The Rust SDK nests the variant of a oneof, by its type's name, in a field of the oneof's name.
fn lift(fields: &mut Map<String, Value>, message: &MessageDescriptor) {
    for oneof in message.oneofs() {
        let Some(Value::Object(nested)) = fields.get_mut(oneof.name()) else {
            continue;
        };
        let variants = std::mem::take(nested);
        fields.remove(oneof.name());
        for (variant, value) in variants {
            let is_it = |field: &FieldDescriptor| bare(field.name()) == bare(&variant);
            if let Some(field) = oneof.fields().find(is_it) {
                fields.insert(field.name().to_owned(), value);
            }
        }
    }
}

/// Spells the name of an enum's value as protobuf's JSON does. Unknown values are skipped, like
/// unknown fields.
fn rename(value: &mut Value, names: &EnumDescriptor) {
    let Some(given) = value.as_str().map(bare) else {
        return;
    };
    let prefix = bare(names.name());
    let is_it = |known: &str| {
        let known = bare(known);
        known == given || known.strip_prefix(&prefix) == Some(&given)
    };
    let known = names.values().find(|known| is_it(known.name()));
    *value = known.map_or(Value::Null, |known| known.number().into());
}

/// Returns a name without the parts in which spellings differ.
fn bare(name: &str) -> String {
    let letters = name.chars().filter(|letter| *letter != '_');
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}
