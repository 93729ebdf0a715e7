use std::sync::Arc;

use temporalio_sdk::{
    WorkflowContextView,
    workflow_interceptors::{
        ExecuteWorkflowInput, ExecuteWorkflowResult, HandleQueryInput, HandleQueryResult,
        HandleSignalInput, HandleSignalResult, HandleUpdateInput, HandleUpdateResult,
        InitializeWorkflowInput, InitializeWorkflowOutput, SyncWorkflowInterceptorContext,
        ValidateUpdateInput, ValidateUpdateResult, WorkflowInterceptor,
        WorkflowInterceptorConstructor, WorkflowInterceptorContext, WorkflowInterceptorFuture,
        WorkflowNext,
    },
};

use super::calls::{Ask, Handle, Initialize, Named, Run, Validate};
use crate::{
    execution::{Execution, Fields, Info, Tally},
    metrics::{Handler, WorkflowSeries},
    observe::{Call, Observer, Retries, Runs, observe, observe_sync},
    schema::{Field, Operation},
};

/// Where workflow code gets its tasks from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A worker that polls a server.
    Worker,
    /// The SDK's replayer.
    Replayer,
}

/// Creates the constructor of one interceptor a cached run.
pub(crate) fn constructor(
    observer: Observer,
    source: Source,
    runs: Runs,
) -> WorkflowInterceptorConstructor {
    WorkflowInterceptorConstructor::new(move |view: &WorkflowContextView| {
        ObserveWorkflow::new(&observer, source, &runs, view)
    })
}

struct ObserveWorkflow {
    observer: Observer,
    source: Source,
    fields: Arc<Fields>,
    tally: Arc<Tally>,
    retries: Retries,
    series: Option<Arc<WorkflowSeries>>,
}

impl ObserveWorkflow {
    fn new(observer: &Observer, source: Source, runs: &Runs, view: &WorkflowContextView) -> Self {
        let fields = Fields::default()
            .with(Field::Namespace, view.namespace())
            .with(Field::TaskQueue, view.task_queue())
            .with(Field::WorkflowId, view.workflow_id())
            .with(Field::RunId, view.run_id())
            .with(Field::WorkflowType, view.workflow_type())
            .with(Field::Attempt, view.attempt());
        let tally = observer.tally(view.workflow_type());
        let series = observer.measured().map(|measures| {
            measures.workflow(view.namespace(), view.task_queue(), view.workflow_type())
        });
        if let Some(series) = &series {
            runs.loaded(view.run_id(), series.clone(), tally.clone());
        }
        Self {
            observer: observer.clone(),
            source,
            fields: Arc::new(fields),
            tally,
            retries: retries(view),
            series,
        }
    }

    fn execution(&self, operation: Operation, fields: Arc<Fields>) -> Option<Execution> {
        let info = Info::new(operation, fields).counted_by(self.tally.clone());
        self.observer.execution(info)
    }

    fn handler(&self, operation: Operation, names: &[(Field, &str)]) -> Option<Execution> {
        let fields = names
            .iter()
            .fold(Fields::on(&self.fields), |fields, (field, name)| {
                fields.with(*field, *name)
            });
        self.execution(operation, Arc::new(fields))
    }

    fn named(&self, handler: Handler, name: &str) -> Named {
        Named {
            handler,
            name: name.to_owned(),
            series: self.series.clone(),
        }
    }

    fn handle(&self, context: WorkflowInterceptorContext, named: Named) -> Handle {
        Handle {
            context,
            source: self.source,
            named,
        }
    }

    /// Runs a call inside its execution, or as it is where there is none to enter.
    fn observe<'a, T>(
        &self,
        execution: Option<Execution>,
        call: impl Call<T> + 'a,
        next: impl FnOnce() -> WorkflowInterceptorFuture<'a, T>,
    ) -> WorkflowInterceptorFuture<'a, T>
    where
        T: 'a,
    {
        match execution {
            Some(execution) => {
                WorkflowInterceptorFuture::new(observe(&self.observer, execution, call, next))
            }
            None => next(),
        }
    }

    /// The same, for a call that returns at once.
    fn observe_sync<T>(
        &self,
        execution: Option<Execution>,
        call: &impl Call<T>,
        next: impl FnOnce() -> T,
    ) -> T {
        match execution {
            Some(execution) => observe_sync(&self.observer, execution, call, next),
            None => next(),
        }
    }
}

fn retries(view: &WorkflowContextView) -> Retries {
    let policy = view.raw().retry_policy.as_ref();
    Retries {
        attempt: view.attempt(),
        // A run without a policy is never retried.
        maximum_attempts: policy.map_or(1, |policy| {
            u32::try_from(policy.maximum_attempts).unwrap_or_default()
        }),
        non_retryable_error_types: policy
            .map(|policy| policy.non_retryable_error_types.clone())
            .unwrap_or_default(),
    }
}

impl WorkflowInterceptor for ObserveWorkflow {
    fn initialize_workflow(
        &self,
        view: WorkflowContextView,
        input: InitializeWorkflowInput,
        next: WorkflowNext<'_, InitializeWorkflowInput, InitializeWorkflowOutput>,
    ) -> InitializeWorkflowOutput {
        let execution = self.execution(Operation::InitializeWorkflow, self.fields.clone());
        let call = Initialize {
            run_id: view.run_id().to_owned(),
            source: self.source,
        };
        self.observe_sync(execution, &call, || next.run(input))
    }

    fn execute<'a>(
        &'a self,
        context: WorkflowInterceptorContext,
        input: ExecuteWorkflowInput,
        next: WorkflowNext<
            'a,
            ExecuteWorkflowInput,
            WorkflowInterceptorFuture<'a, ExecuteWorkflowResult>,
        >,
    ) -> WorkflowInterceptorFuture<'a, ExecuteWorkflowResult> {
        let execution = self.execution(Operation::RunWorkflow, self.fields.clone());
        let call = Run {
            context,
            source: self.source,
            retries: self.retries.clone(),
            series: self.series.clone(),
        };
        self.observe(execution, call, || next.run(input))
    }

    fn handle_signal<'a>(
        &'a self,
        context: WorkflowInterceptorContext,
        input: HandleSignalInput,
        next: WorkflowNext<
            'a,
            HandleSignalInput,
            WorkflowInterceptorFuture<'a, HandleSignalResult>,
        >,
    ) -> WorkflowInterceptorFuture<'a, HandleSignalResult> {
        let names = [(Field::SignalName, input.name())];
        let execution = self.handler(Operation::HandleSignal, &names);
        let call = self.handle(context, self.named(Handler::Signal, input.name()));
        self.observe(execution, call, || next.run(input))
    }

    fn handle_update<'a>(
        &'a self,
        context: WorkflowInterceptorContext,
        input: HandleUpdateInput,
        next: WorkflowNext<
            'a,
            HandleUpdateInput,
            WorkflowInterceptorFuture<'a, HandleUpdateResult>,
        >,
    ) -> WorkflowInterceptorFuture<'a, HandleUpdateResult> {
        let names = [
            (Field::UpdateName, input.name()),
            (Field::UpdateId, input.id()),
        ];
        let execution = self.handler(Operation::HandleUpdate, &names);
        let call = self.handle(context, self.named(Handler::Update, input.name()));
        self.observe(execution, call, || next.run(input))
    }

    fn handle_query(
        &self,
        _: SyncWorkflowInterceptorContext,
        input: HandleQueryInput,
        next: WorkflowNext<'_, HandleQueryInput, HandleQueryResult>,
    ) -> HandleQueryResult {
        let names = [(Field::QueryName, input.name())];
        let execution = self.handler(Operation::HandleQuery, &names);
        let call = Ask(self.named(Handler::Query, input.name()));
        self.observe_sync(execution, &call, || next.run(input))
    }

    fn validate_update(
        &self,
        _: SyncWorkflowInterceptorContext,
        input: ValidateUpdateInput,
        next: WorkflowNext<'_, ValidateUpdateInput, ValidateUpdateResult>,
    ) -> ValidateUpdateResult {
        let names = [
            (Field::UpdateName, input.name()),
            (Field::UpdateId, input.id()),
        ];
        let execution = self.handler(Operation::ValidateUpdate, &names);
        let call = Validate(self.named(Handler::Update, input.name()));
        self.observe_sync(execution, &call, || next.run(input))
    }
}
