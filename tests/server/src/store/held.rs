//! Reasons for which the global clock may not skip, although nothing is being worked on.

use std::fmt;

use super::{SkipMode, Store};
use crate::{
    queue::{Queue, QueueKey},
    run::Run,
};

/// A run that has a task which no worker polls for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    workflow_id: String,
    key: QueueKey,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.key.activity {
            "an activity task"
        } else {
            "a workflow task"
        };
        write!(
            f,
            "workflow {:?} holds the clock: it has {kind} on task queue {:?} of namespace {:?}, \
             which no worker polls",
            self.workflow_id, self.key.name, self.key.namespace
        )
    }
}

impl Store {
    /// The runs that hold the global clock and that nobody works on.
    pub(crate) fn holders(&self) -> Vec<Holder> {
        if self.settings.mode != SkipMode::Global || self.lock.is_locked() {
            return Vec::new();
        }
        let open = self.runs().filter(|run| run.state.is_running());
        open.filter_map(|run| {
            let mut keys = run.waiting_on().into_iter();
            let deserted = |key: &QueueKey| self.queue(key).is_none_or(Queue::is_deserted);
            Some(Holder {
                workflow_id: run.workflow_id.clone(),
                key: keys.find(deserted)?,
            })
        })
        .collect()
    }
}

impl Run {
    /// The queues that the run's tasks wait in.
    fn waiting_on(&self) -> Vec<QueueKey> {
        let key = |name: &str, activity| QueueKey {
            namespace: self.namespace.clone(),
            name: name.to_owned(),
            activity,
        };
        let task = self.tasks.current.as_ref();
        let task = task.filter(|task| task.started_at.is_none());
        let sticky = self.tasks.sticky.as_ref().map(|sticky| &*sticky.queue);
        let queue = |is_sticky| match sticky {
            Some(sticky) if is_sticky => sticky,
            _ => self.task_queue(),
        };
        let task = task.map(|task| key(queue(task.sticky.is_some()), false));
        let waiting = self
            .attempts
            .iter()
            .filter(|(_, attempt)| attempt.started.is_none() && attempt.backoff_until.is_none());
        let activities = waiting.filter_map(|(id, _)| {
            let queue = self.activity_scheduled(*id)?.task_queue.as_ref()?;
            Some(key(&queue.name, true))
        });
        task.into_iter().chain(activities).collect()
    }
}
