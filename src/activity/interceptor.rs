use std::sync::Arc;

use temporalio_sdk::{
    activities::ActivityInfo,
    interceptors::{ActivityInboundInterceptor, ExecuteActivityInput, ExecuteActivityOutput, Next},
};

use super::call::Attempt;
use crate::{
    execution::Fields,
    observe::{Observer, Retries, observe},
    schema::{Field, Operation},
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
        let mut call = None;
        let prepare = |about| {
            let headers = input.headers();
            let (attempt, about) = Attempt::starting(
                &self.observer,
                about,
                retries(info),
                info.scheduled_time,
                headers,
            );
            call = Some(attempt);
            about
        };
        let fields = Arc::new(fields(info));
        let execution = self
            .observer
            .execution(Operation::RunActivity, fields, prepare);
        let (Some(execution), Some(call)) = (execution, call) else {
            return next.run(input);
        };
        Box::pin(observe(&self.observer, execution, call, || next.run(input)))
    }
}

pub(super) fn fields(info: &ActivityInfo) -> Fields {
    Fields::default()
        .with(Field::Namespace, info.namespace.as_str())
        .with(Field::TaskQueue, info.task_queue.as_str())
        .with_some(Field::WorkflowId, info.workflow_id.as_deref())
        .with_some(
            Field::RunId,
            info.workflow_run_id
                .as_deref()
                .or(info.activity_run_id.as_deref()),
        )
        .with_some(Field::WorkflowType, info.workflow_type.as_deref())
        .with(Field::Attempt, info.attempt)
        .with(Field::ActivityId, info.activity_id.as_str())
        .with(Field::ActivityType, info.activity_type.as_str())
        .with(Field::IsLocal, info.is_local)
}

pub(super) fn retries(info: &ActivityInfo) -> Retries {
    let policy = info.retry_policy.as_ref();
    Retries {
        attempt: info.attempt,
        maximum_attempts: policy.map_or(0, |policy| policy.maximum_attempts()),
        non_retryable_error_types: policy
            .map(|policy| policy.non_retryable_error_types().to_vec())
            .unwrap_or_default(),
    }
}
