use std::sync::Arc;

use temporalio_sdk::{
    activities::ActivityInfo,
    interceptors::{ActivityInboundInterceptor, ExecuteActivityInput, ExecuteActivityOutput, Next},
};

use super::{call::Attempt, heartbeat::Heartbeats};
use crate::{
    execution::Fields,
    metrics::Caller,
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
        let fields = Arc::new(fields(info));
        let Some(execution) = self
            .observer
            .execution(Operation::RunActivity, fields, None)
        else {
            return next.run(input);
        };
        let series = self.observer.measured().map(|measures| {
            let caller = Caller {
                workflow_type: info.workflow_type.as_deref().unwrap_or_default(),
                is_local: info.is_local,
            };
            measures.activity(
                &info.namespace,
                &info.task_queue,
                &info.activity_type,
                caller,
            )
        });
        if let Some(series) = &series {
            execution
                .info()
                .attach(|| Heartbeats::starting(series.clone()));
        }
        let call = Attempt {
            retries: retries(info),
            first_scheduled: info.scheduled_time,
            series,
        };
        Box::pin(observe(&self.observer, execution, call, || next.run(input)))
    }
}

fn fields(info: &ActivityInfo) -> Fields {
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

fn retries(info: &ActivityInfo) -> Retries {
    let policy = info.retry_policy.as_ref();
    Retries {
        attempt: info.attempt,
        maximum_attempts: policy.map_or(0, |policy| policy.maximum_attempts()),
        non_retryable_error_types: policy
            .map(|policy| policy.non_retryable_error_types().to_vec())
            .unwrap_or_default(),
    }
}
