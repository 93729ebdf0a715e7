//! Queries: attached to the next workflow task while one is due, sent on their own otherwise.

use tokio::sync::oneshot;
use tonic::Status;

use super::{Run, effect::Effect};
use crate::{
    clock::Time,
    error,
    proto::{
        Payloads,
        enums::QueryResultType,
        query::{WorkflowQuery, WorkflowQueryResult},
    },
    queue::Task,
};

/// What a query comes to.
pub(crate) type Answer = Result<Option<Payloads>, Status>;

/// A query without an answer yet.
#[derive(Debug)]
pub(crate) struct Query {
    pub(crate) query: WorkflowQuery,
    pub(crate) answer: oneshot::Sender<Answer>,
    /// It travels alone; otherwise it waits for a workflow task.
    direct: bool,
    /// How long it waits on the sticky queue before it goes to the normal one.
    pub(crate) sticky_until: Option<Time>,
    /// A worker has it.
    pub(crate) taken: bool,
}

/// From this attempt of a workflow task on, a query has no hope.
const HOPELESS_ATTEMPT: i32 = 3;

impl Run {
    /// Takes a query in.
    pub(crate) fn ask(
        &mut self,
        query: WorkflowQuery,
        answer: oneshot::Sender<Answer>,
    ) -> Result<(), Status> {
        let never_ran = self.state.completed_tasks == 0;
        if !self.state.is_running() && never_ran {
            return Err(error::not_ready(
                "Workflow execution closed before WorkflowTaskStarted event",
            ));
        }
        if self.state.is_running() && self.tasks.attempt >= HOPELESS_ATTEMPT {
            return Err(error::not_ready(
                "Unable to query workflow due to Workflow Task in failed state.",
            ));
        }
        let id = self.next_stamp();
        let query = Query {
            query,
            answer,
            direct: false,
            sticky_until: None,
            taken: false,
        };
        self.queries.insert(id, query);
        let busy = self.tasks.current.is_some() || never_ran;
        if !self.state.is_running() || !busy {
            self.send_query(id);
        }
        Ok(())
    }

    /// Sends a query on its own, to the sticky queue if there is one.
    pub(crate) fn send_query(&mut self, id: u64) {
        let sticky = self.tasks.sticky.clone();
        let now = self.now;
        let Some(query) = self.queries.get_mut(&id) else {
            return;
        };
        query.direct = true;
        query.sticky_until = sticky.as_ref().map(|sticky| now.after(sticky.timeout));
        self.outbox.push(Effect::OfferTask {
            sticky: sticky.map(|sticky| sticky.queue),
            task: Task::Query { id },
        });
    }

    /// The sticky worker did not take the query.
    pub(super) fn send_query_elsewhere(&mut self, id: u64) {
        self.tasks.sticky = None;
        self.send_query(id);
    }

    /// A worker takes the query, if its asker still waits.
    pub(crate) fn take_query(&mut self, id: u64) -> bool {
        self.queries.retain(|_, query| !query.answer.is_closed());
        let Some(query) = self.queries.get_mut(&id) else {
            return false;
        };
        query.sticky_until = None;
        !std::mem::replace(&mut query.taken, true)
    }

    /// The queries that go with the task that just started.
    pub(super) fn attached_queries(&mut self) -> Vec<(String, WorkflowQuery)> {
        self.queries.retain(|_, query| !query.answer.is_closed());
        let waiting = self.queries.iter().filter(|(_, query)| !query.direct);
        waiting
            .map(|(id, query)| (id.to_string(), query.query.clone()))
            .collect()
    }

    /// Gives a query its answer; says whether somebody waited for one.
    pub(crate) fn answer_query(&mut self, id: u64, answer: Answer) -> bool {
        let query = self.queries.remove(&id);
        query.is_some_and(|query| query.answer.send(answer).is_ok())
    }

    /// Takes the answers that came with a completed task.
    pub(super) fn answer_attached(
        &mut self,
        results: impl IntoIterator<Item = (String, WorkflowQueryResult)>,
    ) {
        for (id, result) in results {
            if let Ok(id) = id.parse() {
                self.answer_query(id, answer(result));
            }
        }
    }

    /// No task is due any more: queries that waited for one travel alone.
    pub(super) fn release_queries(&mut self) {
        let waiting = self.queries.iter().filter(|(_, query)| !query.direct);
        let mut waiting: Vec<_> = waiting.map(|(id, _)| *id).collect();
        waiting.sort_unstable();
        for id in waiting {
            self.send_query(id);
        }
    }
}

fn answer(result: WorkflowQueryResult) -> Answer {
    match result.result_type() {
        QueryResultType::Answered => Ok(result.answer),
        QueryResultType::Failed | QueryResultType::Unspecified => {
            Err(error::query_failed(&result.error_message, result.failure))
        }
    }
}
