//! One event: its kind, and whether a worker may ignore it.

use std::sync::OnceLock;

use prost::Message as _;
use prost_reflect::{DescriptorPool, DeserializeOptions, DynamicMessage, MessageDescriptor};
use serde_json::{Map, Value};
use temporalio_common::protos::temporal::api::{enums::v1::EventType, history::v1::HistoryEvent};

use super::{
    error::{Fault, Place},
    message,
};

const DESCRIPTORS: &[u8] = include_bytes!(env!("TEMPORAL_DESCRIPTORS"));

/// Reads an event from protobuf's JSON, old or new, or from the Rust SDK's.
pub(super) fn read(fields: Map<String, Value>) -> Result<HistoryEvent, Fault> {
    let place = Place::of(&fields);
    let mut value = Value::Object(fields);
    let of = |fault| Fault::Event(place.clone(), Box::new(fault));
    let descriptor = descriptor()?;
    message::mend(&mut value, &descriptor).map_err(of)?;
    let lenient = DeserializeOptions::new().deny_unknown_fields(false);
    let read = DynamicMessage::deserialize_with_options(descriptor, value, &lenient);
    let encoded = read.map_err(|error| of(Fault::other(error)))?;
    let event = HistoryEvent::decode(&*encoded.encode_to_vec());
    let mut event = event.map_err(|error| of(Fault::other(error)))?;
    if event.event_type() == EventType::Unspecified {
        // Its attributes are not those of a known kind. Workers skip it if it is marked.
        event.attributes = None;
    }
    if is_lost(&event) {
        return Err(of(Fault::Unknown));
    }
    Ok(event)
}

/// Refuses an unknown event of the binary form that workers must not ignore.
pub(super) fn check(event: &HistoryEvent) -> Result<(), Fault> {
    if is_lost(event) {
        let place = Place::new(event.event_id, event.event_type);
        return Err(Fault::Event(place, Box::new(Fault::Unknown)));
    }
    Ok(())
}

fn is_lost(event: &HistoryEvent) -> bool {
    event.attributes.is_none() && !event.worker_may_ignore
}

fn descriptor() -> Result<MessageDescriptor, Fault> {
    static POOL: OnceLock<Option<DescriptorPool>> = OnceLock::new();
    POOL.get_or_init(|| DescriptorPool::decode(DESCRIPTORS).ok())
        .as_ref()
        .and_then(|pool| pool.get_message_by_name("temporal.api.history.v1.HistoryEvent"))
        .ok_or_else(|| Fault::other("the crate holds no description of events"))
}
