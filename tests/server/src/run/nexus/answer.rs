//! What handlers answer, and how operations end.

use tonic::Status;

use super::Asked;
use crate::{
    error,
    proto::{
        Failure, Payload, TimeoutType,
        enums::NexusHandlerErrorRetryBehavior as Retried,
        failure::{self, failure::FailureInfo},
        history, nexus,
    },
    run::{Run, effect::ChildEnd},
};

/// How an operation ends.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Completed(Option<Payload>),
    Failed(Failure),
    Canceled(Failure),
    TimedOut,
}

impl Answer {
    /// The end of an operation that was a run.
    fn of_run(end: ChildEnd) -> Self {
        match end {
            ChildEnd::Completed(result) => {
                Self::Completed(result.and_then(|result| result.payloads.into_iter().next()))
            }
            ChildEnd::Failed(failure, _) => Self::Failed(failure.map(|f| *f).unwrap_or_default()),
            ChildEnd::Canceled(_) => Self::Canceled(canceled("operation canceled")),
            ChildEnd::Terminated => Self::Failed(with(
                "operation terminated",
                FailureInfo::TerminatedFailureInfo(failure::TerminatedFailureInfo::default()),
            )),
            ChildEnd::TimedOut(_) => Self::Failed(timed_out(
                "operation exceeded internal timeout",
                TimeoutType::StartToClose,
            )),
        }
    }
}

fn with(message: &str, info: FailureInfo) -> Failure {
    Failure {
        message: message.to_owned(),
        failure_info: Some(info),
        ..Default::default()
    }
}

fn canceled(message: &str) -> Failure {
    let info = failure::CanceledFailureInfo::default();
    with(message, FailureInfo::CanceledFailureInfo(info))
}

fn timed_out(message: &str, kind: TimeoutType) -> Failure {
    let info = failure::TimeoutFailureInfo {
        timeout_type: kind.into(),
        last_heartbeat_details: None,
    };
    with(message, FailureInfo::TimeoutFailureInfo(info))
}

/// A handler's failure as Temporal has it.
fn read(failure: Option<nexus::Failure>) -> Failure {
    let failure = failure.unwrap_or_default();
    let info = failure::ApplicationFailureInfo {
        r#type: "NexusFailure".to_owned(),
        ..Default::default()
    };
    Failure {
        stack_trace: failure.stack_trace,
        ..with(&failure.message, FailureInfo::ApplicationFailureInfo(info))
    }
}

fn is_retried(error: &nexus::HandlerError) -> bool {
    match error.retry_behavior() {
        Retried::Retryable => true,
        Retried::NonRetryable => false,
        Retried::Unspecified => !matches!(
            error.error_type.as_str(),
            "BAD_REQUEST"
                | "UNAUTHENTICATED"
                | "UNAUTHORIZED"
                | "NOT_FOUND"
                | "NOT_IMPLEMENTED"
                | "CONFLICT"
        ),
    }
}

fn of_handler(error: nexus::HandlerError) -> Failure {
    let text = error
        .failure
        .as_ref()
        .map_or("", |failure| &failure.message);
    let message = format!("handler error ({}): {text}", error.error_type);
    let info = failure::NexusHandlerFailureInfo {
        retry_behavior: error.retry_behavior,
        r#type: error.error_type,
    };
    Failure {
        cause: Some(Box::new(read(error.failure))),
        ..with(&message, FailureInfo::NexusHandlerFailureInfo(info))
    }
}

impl Run {
    /// Whether a worker has the request with the stamp; and what it was asked for.
    fn asked(&self, id: i64, stamp: u64) -> Result<Asked, Status> {
        let sent = self.requests.get(&id).filter(|sent| sent.stamp == stamp);
        let sent = sent.filter(|_| self.state.is_running());
        sent.map(|sent| sent.asked)
            .ok_or_else(|| error::not_found("Nexus task not found or already expired"))
    }

    /// The handler of an operation answers.
    pub(crate) fn request_answered(
        &mut self,
        id: i64,
        stamp: u64,
        response: nexus::Response,
    ) -> Result<(), Status> {
        use nexus::{response::Variant, start_operation_response::Variant as Started};
        let asked = self.asked(id, stamp)?;
        match (asked, response.variant) {
            (Asked::Cancel, Some(Variant::CancelOperation(_))) => self.cancel_answered(id, None),
            (Asked::Start, Some(Variant::StartOperation(response))) => match response.variant {
                Some(Started::SyncSuccess(sync)) => {
                    self.end_operation(id, Answer::Completed(sync.payload));
                }
                Some(Started::AsyncSuccess(started)) => {
                    self.operation_started(id, &started.operation_token);
                }
                #[expect(deprecated, reason = "what workers send to servers of this version")]
                Some(Started::OperationError(error)) => {
                    let failure = read(error.failure);
                    let end = match error.operation_state.as_str() {
                        "canceled" => Answer::Canceled(canceled(&failure.message)),
                        _ => Answer::Failed(failure),
                    };
                    self.end_operation(id, end);
                }
                Some(Started::Failure(failure)) => self.end_operation(id, Answer::Failed(failure)),
                None => return Err(error::invalid("response is not set on request.")),
            },
            _ => return Err(error::invalid("response does not fit its request.")),
        }
        Ok(())
    }

    /// The handler of an operation can't answer.
    pub(crate) fn request_failed(
        &mut self,
        id: i64,
        stamp: u64,
        error: nexus::HandlerError,
    ) -> Result<(), Status> {
        let asked = self.asked(id, stamp)?;
        match (is_retried(&error), asked) {
            (true, _) => self.go_on_asking(id),
            (false, Asked::Start) => self.end_operation(id, Answer::Failed(of_handler(error))),
            (false, Asked::Cancel) => self.cancel_answered(id, Some(of_handler(error))),
        }
        Ok(())
    }

    #[expect(deprecated, reason = "older workers read the token by its former name")]
    fn operation_started(&mut self, id: i64, token: &str) {
        let request_id = self.operation_request(id);
        self.requests.remove(&id);
        self.hear(history::NexusOperationStartedEventAttributes {
            scheduled_event_id: id,
            operation_id: token.to_owned(),
            operation_token: token.to_owned(),
            request_id,
        });
        let operation = self.state.operations.get(&id);
        if operation.is_some_and(|operation| operation.cancel_requested.is_some()) {
            self.send(id, Asked::Cancel, 1);
        }
    }

    fn cancel_answered(&mut self, id: i64, failure: Option<Failure>) {
        self.requests.remove(&id);
        let operation = self.state.operations.get(&id);
        let requested = operation.and_then(|operation| operation.cancel_requested);
        let requested_event_id = requested.unwrap_or_default();
        let completed = self.event(requested_event_id);
        let completed = completed.and_then(|event| match event.attributes.as_ref()? {
            crate::proto::Attributes::NexusOperationCancelRequestedEventAttributes(request) => {
                Some(request.workflow_task_completed_event_id)
            }
            _ => None,
        });
        let workflow_task_completed_event_id = completed.unwrap_or_default();
        match failure {
            None => self.hear(
                history::NexusOperationCancelRequestCompletedEventAttributes {
                    requested_event_id,
                    workflow_task_completed_event_id,
                    scheduled_event_id: id,
                },
            ),
            failure => self.hear(history::NexusOperationCancelRequestFailedEventAttributes {
                requested_event_id,
                workflow_task_completed_event_id,
                failure,
                scheduled_event_id: id,
            }),
        }
    }

    /// The run that an operation was has closed.
    pub(crate) fn operation_run_ended(&mut self, id: i64, request_id: &str, end: ChildEnd) {
        if !self.is_open_operation(id) || self.operation_request(id) != request_id {
            return;
        }
        // It may be quicker than its handler.
        if self.operation_token(id).is_none() {
            self.operation_started(id, "");
        }
        self.end_operation(id, Answer::of_run(end));
    }

    /// Ends an operation.
    pub(super) fn end_operation(&mut self, id: i64, end: Answer) {
        if !self.is_open_operation(id) {
            return;
        }
        let (scheduled_event_id, request_id) = (id, self.operation_request(id));
        self.requests.remove(&id);
        match end {
            Answer::Completed(result) => {
                self.hear(history::NexusOperationCompletedEventAttributes {
                    scheduled_event_id,
                    result,
                    request_id,
                });
            }
            Answer::Failed(cause) => self.hear(history::NexusOperationFailedEventAttributes {
                scheduled_event_id,
                failure: Some(self.operation_failure(id, cause)),
                request_id,
            }),
            Answer::Canceled(cause) => self.hear(history::NexusOperationCanceledEventAttributes {
                scheduled_event_id,
                failure: Some(self.operation_failure(id, cause)),
                request_id,
            }),
            Answer::TimedOut => {
                let cause = timed_out("operation timed out", TimeoutType::ScheduleToClose);
                self.hear(history::NexusOperationTimedOutEventAttributes {
                    scheduled_event_id,
                    failure: Some(self.operation_failure(id, cause)),
                    request_id,
                });
            }
        }
    }

    fn operation_request(&self, id: i64) -> String {
        let scheduled = self.operation_scheduled(id);
        scheduled.map_or_else(String::new, |scheduled| scheduled.request_id.clone())
    }

    #[expect(deprecated, reason = "older workers read the token by its former name")]
    fn operation_failure(&self, id: i64, cause: Failure) -> Failure {
        let scheduled = self.operation_scheduled(id).cloned().unwrap_or_default();
        let token = self.operation_token(id).unwrap_or_default();
        let info = failure::NexusOperationFailureInfo {
            scheduled_event_id: id,
            endpoint: scheduled.endpoint,
            service: scheduled.service,
            operation: scheduled.operation,
            operation_id: token.clone(),
            operation_token: token,
        };
        Failure {
            cause: Some(Box::new(cause)),
            ..with(
                "nexus operation completed unsuccessfully",
                FailureInfo::NexusOperationExecutionFailureInfo(info),
            )
        }
    }
}
