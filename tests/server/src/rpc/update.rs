//! Updates, alone or with the start of their workflow.

use std::time::Duration;

use tokio::sync::watch;
use tonic::Status;

use super::{Patience, check_id, check_payloads};
use crate::{
    error,
    proto::{
        WorkflowExecution,
        enums::UpdateWorkflowExecutionLifecycleStage as Stage,
        service::{self, UpdateWorkflowExecutionRequest, UpdateWorkflowExecutionResponse},
        update,
    },
    run::{
        fresh_id,
        update::{Standing, Verdict, failed},
    },
    server::Shared,
    store::{RunRef, Store},
};

/// An answer comes by then, if only to say how far it went.
const LONGEST: Duration = Duration::from_secs(20);

/// An update that somebody waits for.
pub(super) struct Watched {
    at: RunRef,
    execution: WorkflowExecution,
    id: String,
    standing: Standing,
    changed: watch::Receiver<u64>,
    wanted: Stage,
}

impl Shared {
    pub(super) async fn update_workflow(
        &self,
        request: UpdateWorkflowExecutionRequest,
        patience: Patience,
    ) -> Result<UpdateWorkflowExecutionResponse, Status> {
        let watched = {
            let mut store = self.store();
            let at = store.find_in_chain(
                &request.namespace,
                request.workflow_execution.as_ref(),
                &request.first_execution_run_id,
            )?;
            admit(&mut store, at, request)
        }?;
        self.watch(watched, patience).await
    }

    pub(super) async fn poll_update(
        &self,
        request: service::PollWorkflowExecutionUpdateRequest,
        patience: Patience,
    ) -> Result<service::PollWorkflowExecutionUpdateResponse, Status> {
        let reference = request.update_ref.unwrap_or_default();
        check_id(&reference.update_id, "UpdateId")?;
        let wanted = request.wait_policy.map(|policy| policy.lifecycle_stage());
        let watched = {
            let store = self.store();
            let execution = reference.workflow_execution.as_ref();
            let at = store.find_in_chain(&request.namespace, execution, "")?;
            let run = store.run(at).ok_or_else(error::closed)?;
            let standing = run.update_standing(&reference.update_id).ok_or_else(|| {
                error::not_found(format!("update {:?} not found", reference.update_id))
            })?;
            Watched {
                at,
                execution: run.execution(),
                id: reference.update_id,
                standing,
                changed: run.changed.subscribe(),
                wanted: wanted.unwrap_or_default(),
            }
        };
        let response = self.watch(watched, patience).await?;
        Ok(service::PollWorkflowExecutionUpdateResponse {
            outcome: response.outcome,
            stage: response.stage,
            update_ref: response.update_ref,
        })
    }

    /// Waits, bounded, until the update is as far as wanted.
    pub(super) async fn watch(
        &self,
        watched: Watched,
        patience: Patience,
    ) -> Result<UpdateWorkflowExecutionResponse, Status> {
        let Watched {
            at,
            execution,
            id,
            standing,
            changed,
            wanted,
        } = watched;
        let span = patience.hold(LONGEST);
        let mut decided = match standing {
            Standing::Pending(verdict) => match wait_for_verdict(verdict, span).await {
                Verdict::Rejected(failure) => Some(failed(*failure)),
                Verdict::Aborted(status) => return Err(status),
                Verdict::Waiting => return Ok(response(execution, id, Stage::Admitted, None)),
                Verdict::Accepted => None,
            },
            Standing::Completed(outcome) => Some(*outcome),
            Standing::Accepted => None,
        };
        let look = || {
            let store = self.store();
            let now = store.run(at).and_then(|run| run.update_standing(&id));
            Ok(match now {
                Some(Standing::Completed(outcome)) => Some(*outcome),
                _ => None,
            })
        };
        if decided.is_none() {
            decided = match wanted {
                Stage::Completed => self.wait_for(changed, span, look).await?,
                _ => look()?,
            };
        }
        let reached = match decided {
            Some(_) => Stage::Completed,
            None => Stage::Accepted,
        };
        Ok(response(execution, id, reached, decided))
    }
}

/// Waits, bounded, for what the worker says of the update.
async fn wait_for_verdict(mut verdict: watch::Receiver<Verdict>, span: Duration) -> Verdict {
    let waiting = verdict.wait_for(|verdict| !matches!(verdict, Verdict::Waiting));
    let waited = tokio::time::timeout(span, waiting).await;
    let decided = waited
        .ok()
        .and_then(Result::ok)
        .map(|verdict| verdict.clone());
    decided.unwrap_or(Verdict::Waiting)
}

/// Takes the update in.
pub(super) fn admit(
    store: &mut Store,
    at: RunRef,
    request: UpdateWorkflowExecutionRequest,
) -> Result<Watched, Status> {
    let mut update = request.request.unwrap_or_default();
    let meta = update.meta.get_or_insert_default();
    if meta.update_id.is_empty() {
        meta.update_id = fresh_id();
    }
    let id = meta.update_id.clone();
    check_id(&id, "UpdateId")?;
    let input = update.input.as_ref();
    check_id(input.map_or("", |input| &input.name), "UpdateName")?;
    check_payloads(input.and_then(|input| input.args.as_ref()))?;
    let admitted = store.transact(at, |run| {
        let standing = run.admit_update(update)?;
        Ok((standing, run.execution(), run.changed.subscribe()))
    });
    let admitted = admitted.unwrap_or_else(|| Err(error::closed()));
    let (standing, execution, changed) = admitted?;
    let wanted = request.wait_policy.map(|policy| policy.lifecycle_stage());
    Ok(Watched {
        at,
        execution,
        id,
        standing,
        changed,
        wanted: wanted.unwrap_or_default(),
    })
}

fn response(
    execution: WorkflowExecution,
    id: String,
    stage: Stage,
    outcome: Option<update::Outcome>,
) -> UpdateWorkflowExecutionResponse {
    UpdateWorkflowExecutionResponse {
        update_ref: Some(update::UpdateRef {
            workflow_execution: Some(execution),
            update_id: id,
        }),
        outcome,
        stage: stage.into(),
        ..Default::default()
    }
}
