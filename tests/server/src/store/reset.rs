//! Resetting a run: a new one begins where it was, and takes its place.

use tonic::Status;

use super::{RunRef, Store};
use crate::{error, run::fork::Fork};

impl Store {
    /// Ends the newest run of a workflow id, if it is open, for one that begins where another of them
    /// was; answers its id.
    pub(crate) fn reset(&mut self, base: RunRef, fork: Fork) -> Result<String, Status> {
        let gone = || error::not_found("workflow execution not found");
        let clock = self.clock.now();
        let run = self.runs.get(&base).ok_or_else(gone)?;
        let key = (run.namespace.clone(), run.workflow_id.clone());
        let newest = self.current.get(&key).copied();
        let before = newest.and_then(|newest| self.runs.get(&newest));
        if let Some(before) = before.filter(|before| before.request_id == fork.request_id) {
            return Ok(before.run_id.clone());
        }
        let reason = fork.reason.clone();
        let run = run.fork(fork, clock)?;
        if let Some(newest) = newest.filter(|newest| self.is_open(*newest)) {
            let server = crate::run::signal::SERVER;
            self.step(newest, |run| {
                run.terminate(&reason, None, server, Vec::new())
            });
        }
        let run_id = run.run_id.clone();
        self.put(run);
        self.finish();
        Ok(run_id)
    }
}
