//! Which run is meant.

use tonic::Status;

use super::{RunRef, Store};
use crate::{error, proto::WorkflowExecution};

impl Store {
    /// The namespace must be there.
    pub(crate) fn check_namespace(&self, namespace: &str) -> Result<(), Status> {
        if namespace.is_empty() {
            return Err(error::invalid("Namespace not set on request."));
        }
        match self.namespaces.contains_key(namespace) {
            true => Ok(()),
            false => Err(error::no_such_namespace(namespace)),
        }
    }

    /// The run with the ids; without a run id, the newest one.
    pub(crate) fn find(
        &self,
        namespace: &str,
        execution: &WorkflowExecution,
    ) -> Result<RunRef, Status> {
        self.check_namespace(namespace)?;
        error::check_execution(execution)?;
        let id = &execution.workflow_id;
        let found = if execution.run_id.is_empty() {
            self.newest(namespace, id)
        } else {
            let found = self.by_run_id.get(&execution.run_id).copied();
            found.filter(|at| {
                let run = self.runs.get(at);
                run.is_some_and(|run| run.namespace == namespace && run.workflow_id == *id)
            })
        };
        found.ok_or_else(|| error::no_such_run(id))
    }

    /// The run that a request means, whose chain began with a certain run if that is given.
    pub(crate) fn find_in_chain(
        &self,
        namespace: &str,
        execution: Option<&WorkflowExecution>,
        first: &str,
    ) -> Result<RunRef, Status> {
        let execution =
            execution.ok_or_else(|| error::invalid("Execution is not set on request."))?;
        let at = self.find(namespace, execution)?;
        let started = self.runs.get(&at).and_then(|run| run.started());
        let chain = started.map_or("", |started| &started.first_execution_run_id);
        if !first.is_empty() && first != chain {
            return Err(error::not_found("workflow execution not found"));
        }
        Ok(at)
    }

    /// The newest run of a workflow id.
    pub(crate) fn newest(&self, namespace: &str, workflow_id: &str) -> Option<RunRef> {
        let key = (namespace.to_owned(), workflow_id.to_owned());
        self.current.get(&key).copied()
    }

    /// The run with a run id.
    pub(crate) fn by_run_id(&self, run_id: &str) -> Result<RunRef, Status> {
        let found = self.by_run_id.get(run_id).copied();
        found.ok_or_else(|| error::not_found("workflow execution not found"))
    }
}
