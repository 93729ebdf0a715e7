//! What a worker is sent with a task: history, queries and messages.

use std::collections::HashMap;

use prost::Message;

use super::{Run, workflow_task::Kind};
use crate::{
    proto::{HistoryEvent, WorkflowType, enums, history::History, service, taskqueue},
    token::{PageToken, QueryToken, WorkflowToken},
};

/// A message may have four megabytes; a page of history has half of that at most.
const PAGE_BYTES: usize = 2 * 1024 * 1024;
const PAGE_EVENTS: usize = 1000;

/// A stretch of a run's history.
#[derive(Debug)]
pub(crate) struct HistoryRange {
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) most: usize,
}

impl Run {
    /// The events of a stretch, as many as fit a page, and the one to go on with.
    pub(crate) fn page(&self, range: &HistoryRange) -> (Vec<HistoryEvent>, Option<i64>) {
        let most = range.most.clamp(1, PAGE_EVENTS);
        let (mut events, mut bytes) = (Vec::new(), 0);
        let mut id = range.first.max(1);
        while id <= range.last {
            let Some(event) = self.event(id) else {
                return (events, None);
            };
            bytes += event.encoded_len();
            if events.len() == most || (bytes > PAGE_BYTES && !events.is_empty()) {
                return (events, Some(id));
            }
            events.push(event.clone());
            id += 1;
        }
        (events, None)
    }

    fn envelope(&self, task_token: Vec<u8>) -> service::PollWorkflowTaskQueueResponse {
        service::PollWorkflowTaskQueueResponse {
            task_token,
            workflow_execution: Some(self.execution()),
            workflow_type: Some(WorkflowType {
                name: self.workflow_type().to_owned(),
            }),
            previous_started_event_id: self.state.last_started_id,
            workflow_execution_task_queue: Some(taskqueue::TaskQueue {
                name: self.task_queue().to_owned(),
                kind: enums::TaskQueueKind::Normal.into(),
                ..Default::default()
            }),
            ..Default::default()
        }
    }

    /// The task that just started, with the history that the worker lacks.
    pub(crate) fn deliver_task(&mut self, sticky: bool) -> service::PollWorkflowTaskQueueResponse {
        let queries: HashMap<_, _> = self.attached_queries().into_iter().collect();
        let Some(task) = self.tasks.current.clone() else {
            return service::PollWorkflowTaskQueueResponse::default();
        };
        let token = WorkflowToken {
            run_id: self.run_id.clone(),
            stamp: task.stamp,
        };
        let last = match task.kind {
            Kind::Normal => task.started_id,
            Kind::Transient | Kind::Speculative => task.scheduled_id - 1,
        };
        let first = if sticky {
            self.state.last_started_id + 1
        } else {
            1
        };
        let (history, next_page_token) = self.page_with_unwritten(first, last, task.stamp);
        service::PollWorkflowTaskQueueResponse {
            started_event_id: task.started_id,
            attempt: task.attempt,
            history: Some(history),
            next_page_token,
            scheduled_time: Some(task.scheduled_at.proto()),
            started_time: task.started_at.map(|at| at.proto()),
            queries,
            messages: self.update_messages(task.started_id),
            ..self.envelope(token.encode_to_vec())
        }
    }

    /// A page of a task's history, with the unwritten events behind its last one.
    pub(crate) fn page_with_unwritten(
        &self,
        first: i64,
        last: i64,
        stamp: u64,
    ) -> (History, Vec<u8>) {
        let range = HistoryRange {
            first,
            last,
            most: PAGE_EVENTS,
        };
        let (mut events, next) = self.page(&range);
        if let Some(next) = next {
            let token = PageToken {
                run_id: self.run_id.clone(),
                next,
                last,
                task: stamp,
            };
            return (History { events }, token.encode_to_vec());
        }
        let current = self.tasks.current.as_ref();
        if current.is_some_and(|task| task.stamp == stamp) {
            events.extend(self.unwritten_events());
        }
        (History { events }, Vec::new())
    }

    /// A query that travels alone.
    pub(crate) fn deliver_query(
        &self,
        id: u64,
        sticky: bool,
    ) -> service::PollWorkflowTaskQueueResponse {
        let Some(query) = self.queries.get(&id) else {
            return service::PollWorkflowTaskQueueResponse::default();
        };
        let token = QueryToken {
            run_id: self.run_id.clone(),
            query: id,
        };
        let last = self.next_event_id() - 1;
        let (history, next_page_token) = if sticky {
            (History::default(), Vec::new())
        } else {
            self.page_with_unwritten(1, last, 0)
        };
        service::PollWorkflowTaskQueueResponse {
            query: Some(query.query.clone()),
            history: Some(history),
            next_page_token,
            attempt: 1,
            ..self.envelope(token.encode_to_vec())
        }
    }
}
