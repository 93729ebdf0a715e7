//! A history to rebuild spans from, with ids that it may lack.

use temporalio_client::{WorkflowHistory, errors::WorkflowInteractionError};
use temporalio_common::protos::temporal::api::history::v1::{
    History, HistoryEvent, history_event::Attributes,
};

use super::{UnreadableHistory, history};

/// A run's history, with data that the history itself lacks.
#[derive(Debug)]
pub struct Recording {
    pub(super) history: EventSource,
    pub(super) namespace: String,
    pub(super) task_queue: Option<String>,
}

/// Where events come from.
#[derive(Debug)]
pub(super) enum EventSource {
    /// A client, which fetches them when they are needed.
    Client {
        history: WorkflowHistory,
        ids: Ids,
    },
    File(Vec<HistoryEvent>),
}

/// The ids that a caller gives to a history.
#[derive(Clone, Debug, Default)]
pub(super) struct Ids {
    workflow: String,
    run: String,
}

impl Recording {
    /// Takes a history that a client fetches, for example with `WorkflowHandle::fetch_history`.
    pub fn new(namespace: impl Into<String>, history: WorkflowHistory) -> Self {
        let ids = Ids::default();
        Self::of(namespace, EventSource::Client { history, ids })
    }

    /// Reads the one history that `bytes` hold, in any of the forms of
    /// [`read_all`](Self::read_all).
    ///
    /// # Errors
    ///
    /// [`UnreadableHistory`] says what is wrong and where, or that there are several histories.
    pub fn read(namespace: impl Into<String>, bytes: &[u8]) -> Result<Self, UnreadableHistory> {
        let mut histories = history::read(bytes)?;
        match (histories.pop(), histories.len()) {
            (Some(events), 0) => Ok(Self::of(namespace, EventSource::File(events))),
            (_, others) => Err(UnreadableHistory::several(others + 1)),
        }
    }

    /// Reads all histories that `bytes` hold, as the CLI, the UI, `tctl` and the SDKs of all
    /// languages have written them since 2020.
    ///
    /// - JSON: a history (`{"events": […]}`), a response that holds one, a bare list of its events,
    ///   one event per line, several histories in a list or one after another; oldest event first
    ///   or newest first. Enums may have their names from before 2024, and fields may be named as
    ///   by the Rust SDK's `WorkflowHistory::to_json`. In UTF-8 or UTF-16, with or without a byte
    ///   order mark.
    /// - Protobuf's binary form of `temporal.api.history.v1.History`.
    ///
    /// Unknown fields and enum values are skipped, and so are unknown events that are marked as
    /// ones that workers may ignore.
    ///
    /// # Errors
    ///
    /// [`UnreadableHistory`] says what is wrong with it, and where: an unknown event without that
    /// mark, payloads that a viewer decoded, or no history at all.
    pub fn read_all(
        namespace: impl Into<String>,
        bytes: &[u8],
    ) -> Result<Vec<Self>, UnreadableHistory> {
        let namespace = namespace.into();
        let histories = history::read(bytes)?.into_iter();
        Ok(histories
            .map(|events| Self::of(namespace.clone(), EventSource::File(events)))
            .collect())
    }

    fn of(namespace: impl Into<String>, history: EventSource) -> Self {
        Self {
            history,
            namespace: namespace.into(),
            task_queue: None,
        }
    }

    /// Sets the task queue of the worker that ran it. Default: the task queue that the run was
    /// started on.
    #[must_use]
    pub fn task_queue(mut self, task_queue: impl Into<String>) -> Self {
        self.task_queue = Some(task_queue.into());
        self
    }

    /// Sets the workflow id of a history that lacks it, as histories of servers before 2024 do.
    #[must_use]
    pub fn workflow_id(self, workflow_id: impl Into<String>) -> Self {
        self.ids(Ids {
            workflow: workflow_id.into(),
            ..Ids::default()
        })
    }

    /// Sets the run id of a history that lacks it.
    #[must_use]
    pub fn run_id(self, run_id: impl Into<String>) -> Self {
        self.ids(Ids {
            run: run_id.into(),
            ..Ids::default()
        })
    }

    fn ids(mut self, given: Ids) -> Self {
        match &mut self.history {
            EventSource::Client { ids, .. } => {
                fill(&mut ids.workflow, &given.workflow);
                fill(&mut ids.run, &given.run);
            }
            EventSource::File(events) => given.give(events),
        }
        self
    }

    /// Returns the history, for the SDK's own replayer. A history that a client fetches lacks the
    /// ids that were set here.
    #[must_use]
    pub fn into_history(self) -> WorkflowHistory {
        match self.history {
            EventSource::Client { history, .. } => history,
            EventSource::File(events) => History { events }.into(),
        }
    }
}

impl EventSource {
    pub(super) async fn into_events(self) -> Result<Vec<HistoryEvent>, WorkflowInteractionError> {
        match self {
            Self::Client { history, ids } => {
                let mut events = history.into_events().await?;
                ids.give(&mut events);
                Ok(events)
            }
            Self::File(events) => Ok(events),
        }
    }
}

impl Ids {
    /// Writes the ids into the history's first event, if that has none.
    fn give(&self, events: &mut [HistoryEvent]) {
        let first = events
            .first_mut()
            .and_then(|event| event.attributes.as_mut());
        if let Some(Attributes::WorkflowExecutionStartedEventAttributes(started)) = first {
            fill(&mut started.workflow_id, &self.workflow);
            fill(&mut started.original_execution_run_id, &self.run);
        }
    }
}

fn fill(id: &mut String, given: &str) {
    if id.is_empty() {
        given.clone_into(id);
    }
}
