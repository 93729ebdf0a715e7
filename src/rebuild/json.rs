use std::sync::OnceLock;

use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor};
use serde_json::Value;
use temporalio_client::WorkflowHistory;
use temporalio_common::protos::temporal::api::history::v1::History;

use super::UnreadableHistory;

const DESCRIPTORS: &[u8] = include_bytes!(env!("TEMPORAL_DESCRIPTORS"));

/// Reads a history as protobuf's JSON, as the SDK's own, or as a bare list of events.
pub(super) fn read(json: &[u8]) -> Result<WorkflowHistory, UnreadableHistory> {
    let mut value: Value = serde_json::from_slice(json).map_err(UnreadableHistory::new)?;
    if value.is_array() {
        value = serde_json::json!({ "events": value });
    }
    match from_protobuf(value) {
        Ok(history) => Ok(history.into()),
        // The SDK spells its fields in another way; what it can't read either is best explained
        // in terms of the former.
        Err(error) => WorkflowHistory::from_json(json).map_err(|_| error),
    }
}

fn from_protobuf(value: Value) -> Result<History, UnreadableHistory> {
    let descriptor = descriptor()?;
    let message = DynamicMessage::deserialize(descriptor, value).map_err(UnreadableHistory::new)?;
    History::decode(&*message.encode_to_vec()).map_err(UnreadableHistory::new)
}

fn descriptor() -> Result<MessageDescriptor, UnreadableHistory> {
    static POOL: OnceLock<Option<DescriptorPool>> = OnceLock::new();
    POOL.get_or_init(|| DescriptorPool::decode(DESCRIPTORS).ok())
        .as_ref()
        .and_then(|pool| pool.get_message_by_name("temporal.api.history.v1.History"))
        .ok_or_else(|| UnreadableHistory::new("the crate holds no description of histories"))
}
