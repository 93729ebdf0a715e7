//! Finds a workflow task in a run's history, and says its fate.

use prost::Message;
use temporalio_common::protos::temporal::api::enums::v1::EventType;

use super::read::History;
use crate::commit::Task;

/// A page of history, the newest event first.
#[derive(Clone, PartialEq, Message)]
struct Page {
    #[prost(message, optional, tag = "1")]
    history: Option<History>,
    #[prost(bytes = "vec", tag = "3")]
    next_page: Vec<u8>,
}

/// What a history says of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judged {
    /// Its code will not run again.
    Accepted,
    /// Another attempt has its code run again, or will.
    Refused,
    /// It is not over.
    Open,
    /// Another task may be meant.
    Unclear,
}

/// A search for a task in a history, from the newest event back.
pub(super) struct Reading<'a> {
    task: &'a Task,
    /// Whether it only kept a local activity's task alive.
    beats: bool,
    /// The types of the two events after the one that is read.
    later: [Option<EventType>; 2],
    /// Whether the event with the id of its start was completed, at another time.
    is_unclear: bool,
}

impl<'a> Reading<'a> {
    pub(super) fn of(task: &'a Task, beats: bool) -> Self {
        Self {
            task,
            beats,
            later: [None; 2],
            is_unclear: false,
        }
    }

    /// Reads a page: returns what it says, or the token of the next page.
    pub(super) fn page(
        &mut self,
        response: &[u8],
    ) -> Result<Result<Judged, Vec<u8>>, prost::DecodeError> {
        let page = Page::decode(response)?;
        for event in page.history.unwrap_or_default().events {
            let at = event.at.unwrap_or_default();
            let kind = EventType::try_from(event.kind).unwrap_or_default();
            let is_start = kind == EventType::WorkflowTaskStarted;
            if is_start && (at.seconds, at.nanos) == self.task.at {
                return Ok(Ok(self.here()));
            }
            let is_completed = self.later[0] == Some(EventType::WorkflowTaskCompleted);
            self.is_unclear |= is_start && is_completed && event.id == self.task.started;
            if event.id <= self.task.previous {
                return Ok(Ok(self.nowhere()));
            }
            self.later = [Some(kind), self.later[0]];
        }
        Ok(match page.next_page.is_empty() {
            true => Ok(self.nowhere()),
            false => Err(page.next_page),
        })
    }

    /// The event that is read started the task.
    fn here(&self) -> Judged {
        use EventType::{WorkflowTaskCompleted, WorkflowTaskScheduled};
        match self.later {
            [None, _] => Judged::Open,
            [Some(WorkflowTaskCompleted), None] if self.beats => Judged::Open,
            // The core executes it anew, with the task that follows at once.
            [Some(WorkflowTaskCompleted), Some(WorkflowTaskScheduled)] if self.beats => {
                Judged::Refused
            }
            [Some(WorkflowTaskCompleted), _] => Judged::Accepted,
            [Some(_), _] => Judged::Refused,
        }
    }

    /// The task left no event.
    fn nowhere(&self) -> Judged {
        match self.is_unclear {
            true => Judged::Unclear,
            false => Judged::Refused,
        }
    }
}
