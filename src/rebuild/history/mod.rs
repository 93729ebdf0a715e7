//! Reads histories in the forms that the CLI, the UI and the SDKs of all languages write.

mod error;
mod event;
mod message;
mod payload;
mod shape;
mod text;

use prost::Message as _;
use temporalio_common::protos::temporal::api::history::v1::{History, HistoryEvent};

use self::error::Fault;
pub use self::error::UnreadableHistory;

/// Reads the histories in `bytes`, at least one, each with its events in order.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Vec<HistoryEvent>>, UnreadableHistory> {
    let events = match text::json(bytes).and_then(|json| shape::events(&json)) {
        Ok(events) => events,
        // The first bytes of a protobuf message may look like text.
        Err(fault) => binary(bytes).unwrap_or(Err(fault))?,
    };
    Ok(split(events)?)
}

/// Returns the events of a protobuf message, if it is one.
fn binary(bytes: &[u8]) -> Option<Result<Vec<HistoryEvent>, Fault>> {
    let events = History::decode(bytes).ok()?.events;
    let checked = events.iter().try_for_each(event::check);
    (!events.is_empty()).then(|| checked.map(|()| events))
}

/// Splits events into histories. Each begins with event 1, except that the first may be cut.
fn split(mut events: Vec<HistoryEvent>) -> Result<Vec<Vec<HistoryEvent>>, Fault> {
    let newest_first = is_newest_first(&events);
    if newest_first {
        events.reverse();
    }
    let mut histories: Vec<Vec<HistoryEvent>> = Vec::new();
    for event in events {
        match histories.last_mut() {
            Some(history) if event.event_id != 1 => {
                let former = history.last().map_or(0, |event| event.event_id);
                if event.event_id <= former {
                    return Err(Fault::Order(former, event.event_id));
                }
                history.push(event);
            }
            _ => histories.push(vec![event]),
        }
    }
    if newest_first {
        histories.reverse();
    }
    (!histories.is_empty())
        .then_some(histories)
        .ok_or(Fault::Empty)
}

fn is_newest_first(events: &[HistoryEvent]) -> bool {
    let ids = || events.iter().map(|event| event.event_id);
    let mut pairs = ids().zip(ids().skip(1));
    ids().next() > ids().next_back() && pairs.all(|(former, next)| former > next || former == 1)
}
