//! What the histories of all programs had: for whoever wants to know what is never tried.

use std::{collections::BTreeMap, sync::Mutex};

use temporalio_common::protos::temporal::api::{
    enums::v1::TimeoutType,
    history::v1::{HistoryEvent, history_event::Attributes},
};

use crate::oracle::Told;

static SEEN: Mutex<BTreeMap<String, u64>> = Mutex::new(BTreeMap::new());

/// Counts a run's events.
pub fn count(told: &Told) {
    let mut seen = SEEN.lock().expect("nobody panics here");
    for event in &told.events {
        *seen.entry(name(event)).or_default() += 1;
    }
    let end = format!("end {:?}", told.close);
    *seen.entry(end).or_default() += 1;
}

/// What was counted so far, a line each.
pub fn tell() -> String {
    let seen = SEEN.lock().expect("nobody panics here");
    let line = |(name, count)| format!("\n{count:8} {name}");
    seen.iter().map(line).collect()
}

/// An event by its type, and by what it is about where that makes a difference.
fn name(event: &HistoryEvent) -> String {
    use Attributes as A;
    let kind = event.event_type().as_str_name();
    let kind = kind.trim_start_matches("EVENT_TYPE_").to_lowercase();
    let detail = match &event.attributes {
        Some(A::WorkflowTaskTimedOutEventAttributes(late)) => match late.timeout_type() {
            TimeoutType::ScheduleToStart => "of a sticky queue".to_owned(),
            other => format!("{other:?}"),
        },
        Some(A::WorkflowTaskFailedEventAttributes(failed)) => format!("{:?}", failed.cause()),
        Some(A::MarkerRecordedEventAttributes(marker)) => marker.marker_name.clone(),
        Some(A::WorkflowExecutionStartedEventAttributes(started)) => {
            let by = format!("{:?}", started.initiator());
            let eager = if started.eager_execution_accepted {
                "eager"
            } else {
                ""
            };
            format!("{by} {eager}")
        }
        _ => String::new(),
    };
    format!("{kind} {detail}").trim_end().to_owned()
}
