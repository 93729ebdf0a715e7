//! The calls in a journal: a client's calls, and their effects that leave no event.

use chronoscope::schema::{Failure, Outcome, Retry};

use super::{
    expected::Expected,
    journal::{Attempt, Call},
    nodes::{About, Node, Parent, operation},
    rows::Row,
};

impl Expected {
    /// Adds what a client did.
    pub(super) fn add_calls(&mut self) {
        for (n, call) in self.calls.clone().into_iter().enumerate() {
            let subject = match &*call.operation {
                "StartWorkflow" | "SignalWithStartWorkflow" | "UpdateWithStartWorkflow" => {
                    &call.workflow_type
                }
                "SignalWorkflow" | "QueryWorkflow" | "StartWorkflowUpdate" => &call.name,
                "ListWorkflows"
                | "CountWorkflows"
                | "FetchWorkflowHistory"
                | "PollWorkflowUpdate"
                | "ListSchedules"
                | "SendScheduleUpdate"
                | "HeartbeatAsyncActivity" => continue,
                _ => "",
            };
            let index = self.add(live(&call.operation, subject, &call, call.outcome()));
            self.nodes[index].parent = match &call.caller {
                Some(caller) => self.attempt(caller).map_or(Parent::Root, Parent::Node),
                None => Parent::Root,
            };
            self.by_call.insert(n, index);
        }
    }

    fn attempt(&self, of: &Attempt) -> Option<usize> {
        let key = |a: &Attempt| (a.run_id.clone(), a.activity_id.clone(), a.attempt);
        let mut nodes = self.nodes.iter();
        nodes.position(|node| node.attempt().map(key) == Some(key(of)))
    }

    /// Adds queries and validations, which leave no event.
    pub(super) fn add_answers(&mut self, row: &Row) {
        for (n, call) in self.calls.clone().into_iter().enumerate() {
            let answer = match &*call.operation {
                "QueryWorkflow" => match (&*call.end, call.status) {
                    ("completed", _) => ("HandleQuery", Outcome::Completed),
                    // INVALID_ARGUMENT says that the handler failed.
                    (_, Some(3)) => ("HandleQuery", refused()),
                    _ => continue,
                },
                "StartWorkflowUpdate" | "UpdateWithStartWorkflow" if call.end == "completed" => {
                    match self.is_accepted(&call.update_id) {
                        false => ("ValidateUpdate", refused()),
                        true if row.validated.contains(&&*call.name) => {
                            ("ValidateUpdate", Outcome::Completed)
                        }
                        true => continue,
                    }
                }
                _ => continue,
            };
            let mut node = live(answer.0, &call.name, &call, answer.1);
            node.parent = Parent::Node(self.by_call[&n]);
            let run = self.runs.iter().find(|run| {
                run.started.workflow_id == call.workflow_id
                    && call
                        .run_id
                        .as_ref()
                        .is_none_or(|id| id.is_empty() || *id == run.id)
            });
            if let Some(run) = run {
                node.task_queue = run.task_queue().to_owned();
                node.workflow_type = run.kind().to_owned();
            }
            self.add(node);
        }
    }

    /// Whether the update is in a history.
    fn is_accepted(&self, update_id: &str) -> bool {
        let mut readings = self.runs.iter().flat_map(|run| &run.readings);
        readings
            .any(|reading| operation(&reading.name) == "HandleUpdate" && reading.of == update_id)
    }
}

fn refused() -> Outcome {
    Outcome::Failed(Failure::new("HandlerError", Retry::Final))
}

fn live(operation: &str, subject: &str, call: &Call, outcome: Outcome) -> Node {
    let name = match subject {
        "" => operation.to_owned(),
        _ => format!("{operation}:{subject}"),
    };
    Node {
        name,
        outcome,
        about: About::Call {
            workflow_id: call.workflow_id.clone(),
        },
        parent: Parent::Root,
        task_queue: String::new(),
        workflow_type: String::new(),
    }
}
