//! How a run begins, and events before they are written.

use super::{Run, signal};
use crate::{
    clock::Time,
    proto::{Attributes, EventType, common, history, sdk},
};

/// How a run begins.
#[derive(Clone, Debug, Default)]
pub(crate) struct Begin {
    pub(crate) namespace: String,
    pub(crate) workflow_id: String,
    pub(crate) run_id: String,
    pub(crate) request_id: String,
    pub(crate) started: history::WorkflowExecutionStartedEventAttributes,
    pub(crate) user_metadata: Option<sdk::UserMetadata>,
    pub(crate) links: Vec<common::Link>,
    /// A signal that is there before the first workflow task.
    pub(crate) signal: Option<signal::Signal>,
}

/// An event that has no id yet.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(super) attributes: Attributes,
    pub(super) at: Option<Time>,
    pub(super) user_metadata: Option<sdk::UserMetadata>,
    pub(super) links: Vec<common::Link>,
}

impl Event {
    /// An event that happens now.
    pub(crate) fn new(attributes: impl Into<Attributes>) -> Self {
        Self {
            attributes: attributes.into(),
            at: None,
            user_metadata: None,
            links: Vec::new(),
        }
    }

    /// The event happened at another time.
    pub(super) fn at(mut self, at: Time) -> Self {
        self.at = Some(at);
        self
    }

    /// The user's metadata of the command.
    pub(super) fn user_metadata(mut self, metadata: Option<sdk::UserMetadata>) -> Self {
        self.user_metadata = metadata;
        self
    }

    /// What the event is linked to.
    pub(super) fn links(mut self, links: Vec<common::Link>) -> Self {
        self.links = links;
        self
    }

    /// Whether it ends something whose start may still be waiting.
    pub(super) fn ends_something(&self) -> bool {
        matches!(
            self.attributes.event_type(),
            EventType::ActivityTaskCompleted
                | EventType::ActivityTaskFailed
                | EventType::ActivityTaskTimedOut
                | EventType::ActivityTaskCanceled
                | EventType::NexusOperationCompleted
                | EventType::NexusOperationFailed
                | EventType::NexusOperationCanceled
                | EventType::NexusOperationTimedOut
                | EventType::ChildWorkflowExecutionCompleted
                | EventType::ChildWorkflowExecutionFailed
                | EventType::ChildWorkflowExecutionTimedOut
                | EventType::ChildWorkflowExecutionCanceled
                | EventType::ChildWorkflowExecutionTerminated
        )
    }
}

impl Run {
    /// An end names its start, whose id is known only now if both were buffered.
    pub(super) fn link_to_start(&self, attributes: &mut Attributes) {
        let activity = |id: &i64| {
            self.state
                .activities
                .get(id)
                .map_or(0, |known| known.started_id)
        };
        let child = |id: &i64| {
            self.state
                .children
                .get(id)
                .map_or(0, |known| known.started_id)
        };
        match attributes {
            Attributes::ActivityTaskCompletedEventAttributes(end) => {
                end.started_event_id = activity(&end.scheduled_event_id);
            }
            Attributes::ActivityTaskFailedEventAttributes(end) => {
                end.started_event_id = activity(&end.scheduled_event_id);
            }
            Attributes::ActivityTaskTimedOutEventAttributes(end) => {
                end.started_event_id = activity(&end.scheduled_event_id);
            }
            Attributes::ActivityTaskCanceledEventAttributes(end) => {
                end.started_event_id = activity(&end.scheduled_event_id);
            }
            Attributes::ChildWorkflowExecutionCompletedEventAttributes(end) => {
                end.started_event_id = child(&end.initiated_event_id);
            }
            Attributes::ChildWorkflowExecutionFailedEventAttributes(end) => {
                end.started_event_id = child(&end.initiated_event_id);
            }
            Attributes::ChildWorkflowExecutionCanceledEventAttributes(end) => {
                end.started_event_id = child(&end.initiated_event_id);
            }
            Attributes::ChildWorkflowExecutionTimedOutEventAttributes(end) => {
                end.started_event_id = child(&end.initiated_event_id);
            }
            Attributes::ChildWorkflowExecutionTerminatedEventAttributes(end) => {
                end.started_event_id = child(&end.initiated_event_id);
            }
            _ => {}
        }
    }
}
