//! What messages say of workflow tasks, read in their places without reading anything else.

use std::sync::LazyLock;

use bytes::Bytes;
use prost::Message;
use temporalio_common::protos::temporal::api::{enums::v1::EventType, history::v1::HistoryEvent};

use crate::{commit::Task, rpc::ids::Execution};

/// The name of the markers by which the core records results of local activities.
const LOCAL_ACTIVITY: &str = "core_local_activity";

/// A poll for workflow tasks.
#[derive(Clone, PartialEq, Message)]
struct Polling {
    #[prost(string, tag = "8")]
    instance: String,
}

/// A workflow task, as a poll returns it.
#[derive(Clone, PartialEq, Message)]
struct Polled {
    #[prost(bytes = "bytes", tag = "1")]
    token: Bytes,
    #[prost(message, optional, tag = "2")]
    execution: Option<Execution>,
    #[prost(int64, tag = "4")]
    previous: i64,
    #[prost(int64, tag = "5")]
    started: i64,
    #[prost(int32, tag = "6")]
    attempt: i32,
    #[prost(message, optional, tag = "8")]
    history: Option<History>,
    #[prost(bytes = "bytes", tag = "9")]
    next_page: Bytes,
    #[prost(message, optional, tag = "13")]
    at: Option<Time>,
    #[prost(message, repeated, tag = "15")]
    messages: Vec<Anything>,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct Time {
    #[prost(int64, tag = "1")]
    pub(super) seconds: i64,
    #[prost(int32, tag = "2")]
    pub(super) nanos: i32,
}

/// The events of a page of history.
#[derive(Clone, PartialEq, Message)]
pub(super) struct History {
    #[prost(message, repeated, tag = "1")]
    pub(super) events: Vec<Event>,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct Event {
    #[prost(int64, tag = "1")]
    pub(super) id: i64,
    #[prost(message, optional, tag = "2")]
    pub(super) at: Option<Time>,
    #[prost(int32, tag = "3")]
    pub(super) kind: i32,
}

/// The answer to a completion.
#[derive(Clone, PartialEq, Message)]
struct Completed {
    #[prost(bytes = "bytes", optional, tag = "1")]
    next: Option<Bytes>,
    #[prost(int64, tag = "3")]
    reset_to: i64,
}

/// The answer to the start of a run.
#[derive(Clone, PartialEq, Message)]
struct Started {
    #[prost(bytes = "bytes", optional, tag = "2")]
    eager: Option<Bytes>,
}

/// The completion of a task.
#[derive(Clone, PartialEq, Message)]
struct Completion {
    #[prost(bytes = "bytes", tag = "1")]
    token: Bytes,
    #[prost(message, repeated, tag = "2")]
    commands: Vec<Anything>,
    #[prost(bool, tag = "6")]
    forces_another: bool,
    #[prost(message, repeated, tag = "8")]
    query_results: Vec<Anything>,
    #[prost(string, tag = "9")]
    namespace: String,
    #[prost(message, repeated, tag = "11")]
    messages: Vec<Anything>,
    #[prost(string, tag = "19")]
    instance: String,
    #[prost(bool, tag = "22")]
    is_page: bool,
}

/// The completion of a task, whose markers are read.
#[derive(Clone, PartialEq, Message)]
struct Marking {
    #[prost(message, repeated, tag = "2")]
    commands: Vec<Command>,
}

#[derive(Clone, PartialEq, Message)]
struct Command {
    #[prost(message, optional, tag = "10")]
    marker: Option<Marker>,
}

#[derive(Clone, PartialEq, Message)]
struct Marker {
    #[prost(string, tag = "1")]
    name: String,
}

/// A message of which nothing is read.
#[derive(Clone, Copy, PartialEq, Message)]
struct Anything {}

/// An answer with the token of its task.
#[derive(Clone, PartialEq, Message)]
struct Answer {
    #[prost(bytes = "bytes", tag = "1")]
    token: Bytes,
}

/// How a worker completes a task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::rpc) struct Completing {
    pub(in crate::rpc) token: Bytes,
    /// The key of the worker.
    pub(in crate::rpc) instance: String,
    pub(in crate::rpc) namespace: String,
    /// Whether more pages follow.
    pub(in crate::rpc) is_page: bool,
    /// Whether it does nothing but ask for another task, while a local activity runs.
    pub(in crate::rpc) beats: bool,
    /// How many results of local activities it records, if it answers queries besides.
    pub(in crate::rpc) results: u32,
}

/// How the server took a completion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::rpc) struct Taken {
    pub(in crate::rpc) next: Option<Task>,
    /// Whether it threw the task away.
    pub(in crate::rpc) discards: bool,
}

/// Reads the key of the worker that polls.
pub(in crate::rpc) fn polling(request: &[u8]) -> String {
    let read = Polling::decode(request);
    read.unwrap_or_default().instance
}

/// Reads a completion.
pub(in crate::rpc) fn completing(request: &Bytes) -> Option<Completing> {
    let read = Completion::decode(request.clone()).ok()?;
    let does_nothing = read.commands.is_empty() && read.messages.is_empty();
    let asked_for = (!read.query_results.is_empty()).then(|| results(request.clone()));
    Some(Completing {
        token: read.token,
        instance: read.instance,
        namespace: read.namespace,
        is_page: read.is_page,
        beats: read.forces_another && does_nothing,
        results: asked_for.unwrap_or_default(),
    })
}

/// Returns how many results of local activities a completion records.
fn results(request: Bytes) -> u32 {
    let read = Marking::decode(request).unwrap_or_default();
    let markers = read.commands.iter().filter_map(|c| c.marker.as_ref());
    let results = markers.filter(|marker| marker.name == LOCAL_ACTIVITY);
    u32::try_from(results.count()).unwrap_or_default()
}

/// Reads the token of a task that is answered in another way.
pub(in crate::rpc) fn token(request: &Bytes) -> Option<Bytes> {
    Some(Answer::decode(request.clone()).ok()?.token)
}

/// Reads the answer to a completion of the worker with this key.
pub(in crate::rpc) fn taken(response: &Bytes, instance: &str) -> Taken {
    let read = Completed::decode(response.clone()).unwrap_or_default();
    Taken {
        next: read.next.and_then(|next| polled(&next, instance)),
        discards: read.reset_to > 0,
    }
}

/// Reads the task that comes with the answer to a start.
pub(in crate::rpc) fn eager(response: &Bytes) -> Option<Task> {
    let read = Started::decode(response.clone()).ok()?;
    polled(&read.eager?, "")
}

/// Reads the answer to a poll of the worker with this key, unless it has no task.
pub(in crate::rpc) fn polled(response: &Bytes, instance: &str) -> Option<Task> {
    let read = Polled::decode(response.clone()).ok()?;
    if read.token.is_empty() {
        return None;
    }
    let at = read.at.unwrap_or_default();
    let execution = read.execution.unwrap_or_default();
    let is_whole = read.next_page.is_empty();
    let events = is_whole.then(|| read.history.unwrap_or_default().events);
    let asked = events.as_deref().filter(|_| read.started == 0);
    let is_closed = asked.and_then(is_closed);
    let since = events.map(|events| since(&events, read.previous));
    let (is_quiet, follows) = since.unwrap_or_default();
    Some(Task {
        token: (*read.token).into(),
        instance: instance.into(),
        workflow_id: execution.workflow_id.into(),
        run_id: execution.run_id.into(),
        previous: read.previous,
        started: read.started,
        attempt: u32::try_from(read.attempt).unwrap_or_default(),
        at: (at.seconds, at.nanos),
        is_quiet,
        follows,
        has_messages: !read.messages.is_empty(),
        is_closed,
    })
}

/// Returns whether the last event of a history ends its run, if it has any.
fn is_closed(events: &[Event]) -> Option<bool> {
    Some(ENDS.contains(&events.last()?.kind))
}

/// The types of the events that end runs.
const ENDS: [i32; 6] = [
    EventType::WorkflowExecutionCompleted as i32,
    EventType::WorkflowExecutionFailed as i32,
    EventType::WorkflowExecutionTimedOut as i32,
    EventType::WorkflowExecutionCanceled as i32,
    EventType::WorkflowExecutionTerminated as i32,
    EventType::WorkflowExecutionContinuedAsNew as i32,
];

/// Returns whether no command left an event after the start of the last completed task, and whether
/// another task was scheduled at once when that was completed.
fn since(events: &[Event], previous: i64) -> (bool, bool) {
    let mut follows = false;
    for event in events.iter().rev().take_while(|event| event.id > previous) {
        if is_of_command(event.kind) {
            return (false, false);
        }
        let is_scheduled = event.kind == EventType::WorkflowTaskScheduled as i32;
        follows |= is_scheduled && event.id == previous + 2;
    }
    (true, follows)
}

/// Returns whether commands leave events of this type.
fn is_of_command(event_type: i32) -> bool {
    // What the SDK says, asked once: an event is large.
    static KNOWN: LazyLock<[bool; 128]> = LazyLock::new(|| {
        std::array::from_fn(|event_type| {
            let event_type = i32::try_from(event_type).unwrap_or_default();
            let event = HistoryEvent {
                event_type,
                ..HistoryEvent::default()
            };
            event.is_command_event()
        })
    });
    let known = usize::try_from(event_type).ok();
    known.is_some_and(|event_type| KNOWN.get(event_type).is_some_and(|is_it| *is_it))
}
