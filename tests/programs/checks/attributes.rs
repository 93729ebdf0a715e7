//! Search attributes: an upsert that changes nothing leaves no event.

use temporalio_common::protos::temporal::api::{
    common::v1::SearchAttributes, history::v1::history_event::Attributes,
};

use super::Case;
use crate::wiring::ATTRIBUTE;

pub fn check(case: &Case<'_>, found: &mut Vec<String>) {
    for told in case.told {
        let mut value = None;
        for event in &told.events {
            let (changed, is_upsert) = match &event.attributes {
                Some(Attributes::WorkflowExecutionStartedEventAttributes(started)) => {
                    (of(started.search_attributes.as_ref()), false)
                }
                Some(Attributes::UpsertWorkflowSearchAttributesEventAttributes(upsert)) => {
                    (of(upsert.search_attributes.as_ref()), true)
                }
                _ => continue,
            };
            // A patch upserts one of the core's own.
            if changed.is_none() {
                continue;
            }
            if is_upsert && changed == value {
                let (event, run) = (event.event_id, &told.run);
                found.push(format!("event {event} of {run} upserts what was there"));
            }
            value = changed;
        }
    }
}

fn of(attributes: Option<&SearchAttributes>) -> Option<&[u8]> {
    let payload = attributes?.indexed_fields.get(ATTRIBUTE)?;
    Some(&payload.data)
}
