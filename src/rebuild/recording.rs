use temporalio_client::WorkflowHistory;

use super::{UnreadableHistory, json};

/// The history of a closed run, and what it does not say.
#[derive(Debug)]
pub struct Recording {
    pub(super) history: WorkflowHistory,
    pub(super) namespace: String,
    pub(super) task_queue: Option<String>,
}

impl Recording {
    /// Takes a history as a client fetches it, such as by `WorkflowHandle::fetch_history`.
    pub fn new(namespace: impl Into<String>, history: WorkflowHistory) -> Self {
        Self {
            history,
            namespace: namespace.into(),
            task_queue: None,
        }
    }

    /// Reads a history from JSON, as `temporal workflow show --output json`, the Temporal UI or the
    /// SDK's `WorkflowHistory::to_json` write it.
    ///
    /// # Errors
    ///
    /// [`UnreadableHistory`] says what is wrong with it.
    pub fn from_json(namespace: impl Into<String>, json: &[u8]) -> Result<Self, UnreadableHistory> {
        Ok(Self::new(namespace, json::read(json)?))
    }

    /// Sets the task queue of the worker that ran it. Default: that which the run was started on.
    #[must_use]
    pub fn task_queue(mut self, task_queue: impl Into<String>) -> Self {
        self.task_queue = Some(task_queue.into());
        self
    }
}
