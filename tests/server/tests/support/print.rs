//! Events and results as text that is the same on both servers.

use std::collections::HashMap;

use temporalio_common::protos::temporal::api::history::v1::{
    HistoryEvent, history_event::Attributes,
};

/// Gives ids numbers in the order in which they are first seen.
#[derive(Debug, Default)]
pub struct Printer {
    ids: HashMap<String, usize>,
}

impl Printer {
    /// Returns the text with a number in place of each generated id.
    pub fn plain(&mut self, text: &str) -> String {
        let (mut out, mut rest) = (String::new(), text);
        while !rest.is_empty() {
            let plain = rest.get(..32).filter(|id| is_hexadecimal(id));
            let id = rest.get(..36).filter(|id| is_uuid(id)).or(plain);
            if let Some(id) = id {
                let next = self.ids.len() + 1;
                let number = self.ids.entry(id.to_owned()).or_insert(next);
                out.push_str(&format!("<{number}>"));
                rest = &rest[id.len()..];
            } else {
                let length = rest.chars().next().map_or(1, char::len_utf8);
                out.push_str(&rest[..length]);
                rest = &rest[length..];
            }
        }
        out
    }

    /// One line for an event: its number, its type and what a client can see of it.
    pub fn event(&mut self, event: &HistoryEvent) -> String {
        let mut event = event.clone();
        let id = event.event_id;
        let metadata = event.user_metadata.take();
        let attributes = event.attributes.map(without_chance);
        let text =
            attributes.map_or_else(String::new, |attributes| short(&format!("{attributes:?}")));
        let metadata = metadata.map_or_else(String::new, |metadata| format!(" {metadata:?}"));
        self.plain(&format!("{id:>3} {text}{metadata}"))
    }
}

/// The text of an event's attributes without the fields that hold nothing.
fn short(text: &str) -> String {
    let text = text.split_once('(').map_or(text, |(_, inner)| inner);
    let mut text = text.replace("EventAttributes {", " {");
    for nothing in ["None", "\"\"", "0", "false", "[]", "Unspecified"] {
        while let Some(end) = text.find(&format!(": {nothing}, ")) {
            let start = text[..end].rfind(|c: char| !(c.is_alphanumeric() || c == '_'));
            let start = start.map_or(0, |start| start + 1);
            text.replace_range(start..end + nothing.len() + 4, "");
        }
        while let Some(end) = text.find(&format!(": {nothing} }}")) {
            let start = text[..end].rfind(|c: char| !(c.is_alphanumeric() || c == '_'));
            let start = start.map_or(0, |start| start + 1);
            text.replace_range(start..end + nothing.len() + 2, "");
        }
    }
    text
}

fn is_hexadecimal(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_hexdigit())
}

fn is_uuid(text: &str) -> bool {
    let mut chars = text.chars().enumerate();
    chars.all(|(at, c)| match at {
        8 | 13 | 18 | 23 => c == '-',
        _ => c.is_ascii_hexdigit(),
    })
}

/// Leaves out what is a server's own business or a matter of chance.
fn without_chance(mut attributes: Attributes) -> Attributes {
    match &mut attributes {
        Attributes::WorkflowTaskStartedEventAttributes(started) => {
            started.history_size_bytes = 0;
            started.request_id.clear();
        }
        Attributes::WorkflowTaskCompletedEventAttributes(completed) => {
            completed.metering_metadata = None;
            // An SDK set, in any order.
            if let Some(used) = &mut completed.sdk_metadata {
                used.core_used_flags.sort_unstable();
            }
        }
        Attributes::WorkflowExecutionTerminatedEventAttributes(terminated)
            // Names a run by its id, inside a payload.
            if terminated.reason.contains("WorkflowIdReusePolicy") => {
                terminated.details = None;
            }
        Attributes::MarkerRecordedEventAttributes(marker)
            // Tells when the local activity ran.
            if marker.marker_name == "core_local_activity" => {
                marker.details.remove("data");
            }
        Attributes::ActivityTaskStartedEventAttributes(started) => started.request_id.clear(),
        Attributes::WorkflowExecutionStartedEventAttributes(started) => {
            started.prev_auto_reset_points = None;
            started.parent_workflow_namespace_id.clear();
            started.workflow_execution_expiration_time = None;
        }
        Attributes::WorkflowExecutionSignaledEventAttributes(signaled) => {
            signaled.request_id.clear()
        }
        _ => {}
    }
    without_namespace_id(attributes)
}

/// Namespaces' own ids are each server's own.
fn without_namespace_id(mut attributes: Attributes) -> Attributes {
    macro_rules! clear {
        ($($kind:ident)*) => {
            match &mut attributes {
                $(Attributes::$kind(event) => event.namespace_id.clear(),)*
                _ => {}
            }
        };
    }
    clear! {
        StartChildWorkflowExecutionInitiatedEventAttributes
        StartChildWorkflowExecutionFailedEventAttributes
        ChildWorkflowExecutionStartedEventAttributes
        ChildWorkflowExecutionCompletedEventAttributes
        ChildWorkflowExecutionFailedEventAttributes
        ChildWorkflowExecutionCanceledEventAttributes
        ChildWorkflowExecutionTimedOutEventAttributes
        ChildWorkflowExecutionTerminatedEventAttributes
        SignalExternalWorkflowExecutionInitiatedEventAttributes
        SignalExternalWorkflowExecutionFailedEventAttributes
        ExternalWorkflowExecutionSignaledEventAttributes
        RequestCancelExternalWorkflowExecutionInitiatedEventAttributes
        RequestCancelExternalWorkflowExecutionFailedEventAttributes
        ExternalWorkflowExecutionCancelRequestedEventAttributes
    }
    attributes
}

/// The types of events, in short.
pub fn shape(events: &[HistoryEvent]) -> Vec<String> {
    let kind = |event: &HistoryEvent| format!("{:?}", event.event_type());
    events.iter().map(kind).collect()
}
