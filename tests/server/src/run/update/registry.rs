//! The updates that wait for the worker's verdict.

use std::{collections::BTreeMap, mem};

use tokio::sync::watch;
use tonic::Status;

use super::{Verdict, application_failure};
use crate::proto::update;

#[derive(Debug)]
pub(super) struct Pending {
    pub(super) request: update::Request,
    pub(super) order: u64,
    pub(super) sent: bool,
    pub(super) verdict: watch::Sender<Verdict>,
}

/// The updates that history does not know yet.
#[derive(Debug, Default)]
pub(crate) struct Updates {
    pub(super) pending: BTreeMap<String, Pending>,
    /// Told to those who wait once the transaction stands.
    verdicts: Vec<(watch::Sender<Verdict>, Verdict)>,
    pub(super) admitted: u64,
}

impl Updates {
    /// Tells those who wait what was decided.
    pub(in crate::run) fn publish(&mut self) {
        for (sender, verdict) in mem::take(&mut self.verdicts) {
            sender.send_replace(verdict);
        }
    }

    /// The task that delivered them is gone: they go with the next one.
    pub(in crate::run) fn requeue(&mut self) {
        for pending in self.pending.values_mut() {
            pending.sent = false;
        }
    }

    /// Whether some wait for a task.
    pub(in crate::run) fn any_unsent(&self) -> bool {
        self.pending.values().any(|pending| !pending.sent)
    }

    pub(super) fn decide(&mut self, id: &str, verdict: Verdict) -> Option<update::Request> {
        let pending = self.pending.remove(id)?;
        self.verdicts.push((pending.verdict, verdict));
        Some(pending.request)
    }

    /// Nothing that was decided in this transaction stands, and nothing is retried.
    pub(in crate::run) fn abort_all(&mut self, status: &Status) {
        for (_, verdict) in &mut self.verdicts {
            *verdict = Verdict::Aborted(status.clone());
        }
        self.abort_pending(status);
    }

    /// What is not accepted yet never will be.
    pub(in crate::run) fn abort_pending(&mut self, status: &Status) {
        for (_, pending) in mem::take(&mut self.pending) {
            self.verdicts
                .push((pending.verdict, Verdict::Aborted(status.clone())));
        }
    }

    /// The worker was sent these and said nothing of them.
    pub(in crate::run) fn reject_ignored(&mut self) {
        let ignored = self.pending.iter().filter(|(_, pending)| pending.sent);
        let ignored: Vec<String> = ignored.map(|(id, _)| id.clone()).collect();
        for id in ignored {
            let failure = application_failure(
                "Workflow Update is rejected because it wasn't processed by worker. Probably, Workflow Update is not supported by the worker.",
                "UnprocessedUpdate",
            );
            self.decide(&id, Verdict::Rejected(Box::new(failure)));
        }
    }
}
