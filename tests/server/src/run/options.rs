//! Changes of a running workflow's options, and the requests that it is known by.

use std::collections::HashMap;

use tonic::Status;

use super::{Event, Run};
use crate::{
    error,
    proto::{Attributes, EventType, common::Link, history, workflow::RequestIdInfo},
};

pub(crate) use history::WorkflowExecutionOptionsUpdatedEventAttributes as Change;

impl Run {
    /// Takes a change of the options in.
    pub(crate) fn update_options(
        &mut self,
        change: Change,
        links: Vec<Link>,
    ) -> Result<(), Status> {
        if !self.state.is_running() {
            return Err(error::closed());
        }
        self.take_in(Event::new(change).links(links));
        Ok(())
    }

    /// Requests that were attached by events that are not written yet.
    fn unwritten_requests(&self) -> impl Iterator<Item = &str> {
        self.buffered
            .iter()
            .filter_map(|event| match &event.attributes {
                Attributes::WorkflowExecutionOptionsUpdatedEventAttributes(change) => {
                    Some(change.attached_request_id.as_str()).filter(|id| !id.is_empty())
                }
                _ => None,
            })
    }

    /// Whether the request was attached to the run after its start.
    pub(crate) fn has_attached(&self, request: &str) -> bool {
        self.state.attached_requests.contains_key(request)
            || self.unwritten_requests().any(|id| id == request)
    }

    /// The requests that the run answers, and the events that they left.
    pub(crate) fn request_id_infos(&self) -> HashMap<String, RequestIdInfo> {
        let info = |kind: EventType, event_id| RequestIdInfo {
            event_type: kind.into(),
            event_id,
            buffered: event_id == 0,
        };
        let updated = EventType::WorkflowExecutionOptionsUpdated;
        let attached = self.state.attached_requests.iter();
        let start = (
            self.request_id.clone(),
            info(EventType::WorkflowExecutionStarted, 1),
        );
        attached
            .map(|(id, event)| (id.clone(), info(updated, *event)))
            .chain(
                self.unwritten_requests()
                    .map(|id| (id.to_owned(), info(updated, 0))),
            )
            .chain([start])
            .collect()
    }
}
