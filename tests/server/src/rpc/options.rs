//! Options of a running workflow: how it skips time, and the wait for a stretch that it skips.

use std::time::Duration;

use tokio::{sync::watch, time::timeout};
use tonic::Status;

use super::{Patience, check_id, start::skipping};
use crate::{
    error,
    proto::{
        common::TimeSkippingFastForwardInfo as Forward,
        enums::FastForwardPollingResult as Outcome,
        service::{
            PollWorkflowExecutionTimeSkippingRequest as PollRequest,
            PollWorkflowExecutionTimeSkippingResponse as PollResponse,
            UpdateWorkflowExecutionOptionsRequest, UpdateWorkflowExecutionOptionsResponse,
        },
        workflow::WorkflowExecutionOptions,
    },
    run::{Run, options::Change},
    server::Shared,
    store::RunRef,
};

/// The one option that can be changed.
const SKIPPING: &str = "time_skipping_config";

impl Shared {
    pub(super) fn update_options(
        &self,
        request: UpdateWorkflowExecutionOptionsRequest,
    ) -> Result<UpdateWorkflowExecutionOptionsResponse, Status> {
        let mut store = self.store();
        let mask = request
            .update_mask
            .ok_or_else(|| error::invalid("UpdateMask is required."))?;
        let mut paths = mask.paths.iter();
        if let Some(other) = paths.find(|path| *path != SKIPPING) {
            return Err(error::invalid(format!(
                "UpdateMask: {other} is no option that this test server can change"
            )));
        }
        let execution = request.workflow_execution.as_ref();
        let at = store.find_in_chain(&request.namespace, execution, "")?;
        let options = request.workflow_execution_options.unwrap_or_default();
        let config = skipping(&store, options.time_skipping_config)?;
        let updated = store.transact(at, |run| {
            if !run.state.is_running() {
                return Err(error::closed());
            }
            if mask.paths.is_empty() {
                return Ok(UpdateWorkflowExecutionOptionsResponse::default());
            }
            let change = Change {
                time_skipping_config: config,
                time_skipping_config_updated: true,
                identity: request.identity,
                ..Default::default()
            };
            let update_time = Some(run.now.proto());
            run.update_options(change, Vec::new())?;
            Ok(UpdateWorkflowExecutionOptionsResponse {
                update_time,
                ..Default::default()
            })
        });
        let updated = updated.unwrap_or_else(|| Err(error::closed()))?;
        let config = store.run(at).and_then(|run| run.state.skip.config.clone());
        Ok(UpdateWorkflowExecutionOptionsResponse {
            workflow_execution_options: Some(WorkflowExecutionOptions {
                time_skipping_config: config,
                ..Default::default()
            }),
            ..updated
        })
    }

    pub(super) async fn poll_time_skipping(
        &self,
        request: PollRequest,
        patience: Patience,
    ) -> Result<PollResponse, Status> {
        check_id(&request.fast_forward_id, "FastForwardId")?;
        let (mut wait, span) = {
            let store = self.store();
            let execution = request.workflow_execution.as_ref();
            let at = store.find_in_chain(&request.namespace, execution, "")?;
            (
                Wait {
                    at,
                    pending: None,
                    id: request.fast_forward_id,
                },
                store.settings.long_poll / 3,
            )
        };
        let span = patience.hold(span);
        let settled = timeout(span, self.settle_forward(&mut wait, span)).await;
        match settled.unwrap_or(Ok(None))? {
            Some(settled) => Ok(settled),
            None => Ok(response(Outcome::PollTimeout, "", wait.pending)),
        }
    }

    /// Waits for the end of the stretch, through all runs of the chain.
    async fn settle_forward(
        &self,
        wait: &mut Wait,
        span: Duration,
    ) -> Result<Option<PollResponse>, Status> {
        loop {
            let changed = self.changes_of(wait.at)?;
            let found = self.wait_for(changed, span, || self.look_forward(wait));
            match found.await? {
                Some(Found::Settled(response)) => return Ok(Some(response)),
                Some(Found::GoesOn) => {}
                None => return Ok(None),
            }
        }
    }

    fn changes_of(&self, at: RunRef) -> Result<watch::Receiver<u64>, Status> {
        let store = self.store();
        let run = store.run(at).ok_or_else(error::closed)?;
        Ok(run.changed.subscribe())
    }

    fn look_forward(&self, wait: &mut Wait) -> Result<Option<Found>, Status> {
        let store = self.store();
        let run = store.run(wait.at).ok_or_else(error::closed)?;
        if let Some(settled) = wait.settled(run) {
            return Ok(Some(Found::Settled(settled)));
        }
        let Some(next) = run.continued_in() else {
            return Ok(None);
        };
        wait.at = store.by_run_id(next)?;
        Ok(Some(Found::GoesOn))
    }
}

/// A poll that waits for a stretch to be skipped.
struct Wait {
    at: RunRef,
    id: String,
    /// The stretch as it was seen first.
    pending: Option<Forward>,
}

enum Found {
    Settled(PollResponse),
    /// The run ended, and another one goes on.
    GoesOn,
}

impl Wait {
    /// The result of the stretch, once it is certain.
    fn settled(&mut self, run: &Run) -> Option<PollResponse> {
        let skip = &run.state.skip;
        let failed =
            |reason: &str, forward| Some(response(Outcome::FastForwardFailed, reason, forward));
        let Some(forward) = skip
            .forward_info()
            .filter(|forward| forward.fast_forward_id == self.id)
        else {
            return failed(
                "the requested fast_forward_id does not match the execution's current fast-forward",
                skip.forward_info(),
            );
        };
        let pending = self.pending.get_or_insert_with(|| forward.clone());
        if pending.target_time != forward.target_time {
            return failed("the fast-forward was reset", Some(forward));
        }
        if forward.has_completed {
            return Some(response(Outcome::FastForwardCompleted, "", Some(forward)));
        }
        if !run.state.is_running() && run.continued_in().is_none() {
            let reason = "the execution ended before the fast-forward completed";
            return failed(reason, Some(forward));
        }
        let enabled = skip.config.as_ref().is_some_and(|config| config.enabled);
        if !enabled {
            let reason = "time skipping was disabled before the fast-forward completed";
            return failed(reason, Some(forward));
        }
        None
    }
}

fn response(outcome: Outcome, reason: &str, forward: Option<Forward>) -> PollResponse {
    PollResponse {
        fast_forward_polling_result: outcome.into(),
        failed_reason: reason.to_owned(),
        fast_forward_info: forward,
    }
}
