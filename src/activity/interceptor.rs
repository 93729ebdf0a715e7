//! The SDK's activity interceptor, which runs each attempt inside its execution.

use std::sync::Arc;

use temporalio_sdk::{
    activities::ActivityInfo,
    interceptors::{ActivityInboundInterceptor, ExecuteActivityInput, ExecuteActivityOutput, Next},
};

use super::call::Attempt;
use crate::{
    execution::{ActivityAttempt, Info},
    observe::{Observer, RetryRule, observe},
    schema::Operation,
};

/// Runs each attempt of an activity inside its execution.
#[derive(Debug)]
pub(crate) struct ObserveActivity {
    pub(crate) observer: Observer,
}

impl ActivityInboundInterceptor for ObserveActivity {
    fn execute_activity<'a>(
        &'a self,
        input: ExecuteActivityInput,
        next: Next<'a, ExecuteActivityInput, ExecuteActivityOutput<'a>>,
    ) -> ExecuteActivityOutput<'a> {
        let info = input.activity_info();
        let attempt = ActivityAttempt::from(info);
        let kind = self.observer.kind(&attempt);
        let mut call = None;
        let prepare = |executing: &mut Info| {
            let starting = Attempt::starting(
                &self.observer,
                executing,
                &attempt,
                &kind,
                retries(info),
                info.scheduled_time,
                input.headers(),
            );
            call = Some(starting.beating(&self.observer, info));
        };
        let fields = Arc::new(attempt.fields(&kind.fields));
        let execution = self
            .observer
            .execution(Operation::RunActivity, fields, prepare);
        let (Some(execution), Some(call)) = (execution, call) else {
            return next.run(input);
        };
        let call = call.executing(&self.observer, &execution);
        Box::pin(observe(&self.observer, execution, call, || next.run(input)))
    }
}

impl<'a> From<&'a ActivityInfo> for ActivityAttempt<'a> {
    fn from(info: &'a ActivityInfo) -> Self {
        let run_id = info.workflow_run_id.as_deref();
        Self {
            namespace: &info.namespace,
            task_queue: &info.task_queue,
            workflow_type: info.workflow_type.as_deref().unwrap_or_default(),
            activity_type: &info.activity_type,
            is_local: info.is_local,
            workflow_id: info.workflow_id.as_deref().unwrap_or_default(),
            run_id: run_id
                .or(info.activity_run_id.as_deref())
                .unwrap_or_default(),
            activity_id: &info.activity_id,
            attempt: info.attempt,
        }
    }
}

pub(super) fn retries(info: &ActivityInfo) -> RetryRule {
    let policy = info.retry_policy.as_ref();
    RetryRule {
        attempt: info.attempt,
        maximum_attempts: policy.map_or(0, |policy| policy.maximum_attempts()),
        non_retryable_error_types: policy
            .map(|policy| policy.non_retryable_error_types().to_vec())
            .unwrap_or_default(),
    }
}
