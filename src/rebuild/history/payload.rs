//! Tells payloads from the decoded form in which viewers show them.

use prost_reflect::MessageDescriptor;
use serde_json::Value;

use super::error::Fault;

const OF_PAYLOADS: [&str; 4] = ["metadata", "data", "externalPayloads", "external_payloads"];

/// Refuses decoded payloads: their bytes can't be restored.
pub(super) fn check(value: &Value, message: &MessageDescriptor) -> Result<(), Fault> {
    let is_encoded = match message.full_name() {
        "temporal.api.common.v1.Payload" => is_payload(value),
        "temporal.api.common.v1.Payloads" => is_list(value),
        _ => true,
    };
    is_encoded.then_some(()).ok_or(Fault::Decoded)
}

fn is_list(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(fields) => {
            let payloads = fields.get("payloads");
            fields.is_empty() || payloads.is_some_and(|list| list.is_array() || list.is_null())
        }
        _ => false,
    }
}

fn is_payload(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(fields) => {
            let known = OF_PAYLOADS.iter().any(|name| fields.contains_key(*name));
            let is_bytes = |data: &Value| data.is_string() || data.is_null();
            (fields.is_empty() || known)
                && fields.get("data").is_none_or(is_bytes)
                && !fields.get("metadata").is_some_and(is_decoded)
        }
        _ => false,
    }
}

/// An encoding's name has a slash, as in `json/plain`, and base64 of such a name has none.
fn is_decoded(metadata: &Value) -> bool {
    let encoding = metadata.get("encoding").and_then(Value::as_str);
    encoding.is_some_and(|encoding| encoding.contains('/'))
}
