//! What workers, and others who know the ids, make of activities.

use tonic::Status;

use super::check_payloads;
use crate::{
    error,
    proto::{
        Failure, Payloads, WorkflowExecution,
        failure::{ServerFailureInfo, failure::FailureInfo},
        service,
    },
    run::activity::Outcome,
    server::Shared,
    token::{self, ActivityToken},
};

/// Which attempt is meant.
enum Which<'a> {
    Token(&'a [u8]),
    Id {
        namespace: &'a str,
        workflow_id: &'a str,
        run_id: &'a str,
        activity_id: &'a str,
    },
}

/// The attempt that a request names by ids.
macro_rules! by_id {
    ($request:expr) => {
        Which::Id {
            namespace: &$request.namespace,
            workflow_id: &$request.workflow_id,
            run_id: &$request.run_id,
            activity_id: &$request.activity_id,
        }
    };
}

impl Shared {
    /// Does something to an attempt.
    fn with_attempt<T>(
        &self,
        which: &Which<'_>,
        act: impl FnOnce(&mut crate::run::Run, i64) -> Result<T, Status>,
    ) -> Result<T, Status> {
        let mut store = self.store();
        let (at, scheduled, stamp) = match which {
            Which::Token(bytes) => {
                let token: ActivityToken = token::task(bytes)?;
                let at = store.by_run_id(&token.run_id)?;
                (at, token.scheduled, Some(token.stamp))
            }
            Which::Id {
                namespace,
                workflow_id,
                run_id,
                activity_id,
            } => {
                let execution = WorkflowExecution {
                    workflow_id: (*workflow_id).to_owned(),
                    run_id: (*run_id).to_owned(),
                };
                let at = store.find(namespace, &execution)?;
                let run = store.run(at).filter(|run| run.state.is_running());
                let run = run.ok_or_else(error::closed)?;
                (at, run.activity_by_id(activity_id)?, None)
            }
        };
        let done = store.transact(at, |run| {
            run.check_activity(scheduled, stamp)?;
            act(run, scheduled)
        });
        done.unwrap_or_else(|| Err(error::not_found("workflow execution not found")))
    }

    fn complete(
        &self,
        which: &Which<'_>,
        result: Option<Payloads>,
        identity: &str,
    ) -> Result<(), Status> {
        // Too large a result is the end of the activity: the next attempt would have the same.
        let outcome = match check_payloads(result.as_ref()) {
            Ok(()) => Outcome::Completed(result),
            Err(_) => Outcome::Failed(Box::new(too_large())),
        };
        self.with_attempt(which, |run, id| {
            run.end_attempt(id, outcome, identity);
            Ok(())
        })
    }

    fn fail(
        &self,
        which: &Which<'_>,
        failure: Option<Failure>,
        heartbeat: Option<Payloads>,
        identity: &str,
    ) -> Result<(), Status> {
        self.with_attempt(which, |run, id| {
            if heartbeat.is_some() {
                run.heartbeat(id, heartbeat);
            }
            let failure = Box::new(failure.unwrap_or_default());
            run.end_attempt(id, Outcome::Failed(failure), identity);
            Ok(())
        })
    }

    fn cancel(
        &self,
        which: &Which<'_>,
        details: Option<Payloads>,
        identity: &str,
    ) -> Result<(), Status> {
        check_payloads(details.as_ref())?;
        self.with_attempt(which, |run, id| {
            let activity = run.state.activities.get(&id);
            if activity.is_none_or(|activity| activity.cancel_requested.is_none()) {
                return Err(error::invalid(
                    "unable to mark activity as canceled without activity being request canceled first",
                ));
            }
            run.end_attempt(id, Outcome::Canceled(details), identity);
            Ok(())
        })
    }

    fn beat(&self, which: &Which<'_>, details: Option<Payloads>) -> Result<bool, Status> {
        check_payloads(details.as_ref())?;
        self.with_attempt(which, |run, id| Ok(run.heartbeat(id, details)))
    }

    pub(super) fn respond_activity_completed(
        &self,
        request: service::RespondActivityTaskCompletedRequest,
    ) -> Result<service::RespondActivityTaskCompletedResponse, Status> {
        let which = Which::Token(&request.task_token);
        self.complete(&which, request.result, &request.identity)?;
        Ok(service::RespondActivityTaskCompletedResponse {})
    }

    pub(super) fn respond_activity_completed_by_id(
        &self,
        request: service::RespondActivityTaskCompletedByIdRequest,
    ) -> Result<service::RespondActivityTaskCompletedByIdResponse, Status> {
        let which = by_id!(request);
        self.complete(&which, request.result, &request.identity)?;
        Ok(service::RespondActivityTaskCompletedByIdResponse {})
    }

    pub(super) fn respond_activity_failed(
        &self,
        request: service::RespondActivityTaskFailedRequest,
    ) -> Result<service::RespondActivityTaskFailedResponse, Status> {
        let which = Which::Token(&request.task_token);
        let details = request.last_heartbeat_details;
        self.fail(&which, request.failure, details, &request.identity)?;
        Ok(service::RespondActivityTaskFailedResponse::default())
    }

    pub(super) fn respond_activity_failed_by_id(
        &self,
        request: service::RespondActivityTaskFailedByIdRequest,
    ) -> Result<service::RespondActivityTaskFailedByIdResponse, Status> {
        let which = by_id!(request);
        let details = request.last_heartbeat_details;
        self.fail(&which, request.failure, details, &request.identity)?;
        Ok(service::RespondActivityTaskFailedByIdResponse::default())
    }

    pub(super) fn respond_activity_canceled(
        &self,
        request: service::RespondActivityTaskCanceledRequest,
    ) -> Result<service::RespondActivityTaskCanceledResponse, Status> {
        let which = Which::Token(&request.task_token);
        self.cancel(&which, request.details, &request.identity)?;
        Ok(service::RespondActivityTaskCanceledResponse {})
    }

    pub(super) fn respond_activity_canceled_by_id(
        &self,
        request: service::RespondActivityTaskCanceledByIdRequest,
    ) -> Result<service::RespondActivityTaskCanceledByIdResponse, Status> {
        let which = by_id!(request);
        self.cancel(&which, request.details, &request.identity)?;
        Ok(service::RespondActivityTaskCanceledByIdResponse {})
    }

    pub(super) fn record_heartbeat(
        &self,
        request: service::RecordActivityTaskHeartbeatRequest,
    ) -> Result<service::RecordActivityTaskHeartbeatResponse, Status> {
        let cancel_requested = self.beat(&Which::Token(&request.task_token), request.details)?;
        Ok(service::RecordActivityTaskHeartbeatResponse {
            cancel_requested,
            ..Default::default()
        })
    }

    pub(super) fn record_heartbeat_by_id(
        &self,
        request: service::RecordActivityTaskHeartbeatByIdRequest,
    ) -> Result<service::RecordActivityTaskHeartbeatByIdResponse, Status> {
        let which = by_id!(request);
        let cancel_requested = self.beat(&which, request.details)?;
        Ok(service::RecordActivityTaskHeartbeatByIdResponse {
            cancel_requested,
            ..Default::default()
        })
    }
}

fn too_large() -> Failure {
    Failure {
        message: "Complete result exceeds size limit.".to_owned(),
        failure_info: Some(FailureInfo::ServerFailureInfo(ServerFailureInfo {
            non_retryable: true,
        })),
        ..Default::default()
    }
}
