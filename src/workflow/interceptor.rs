use std::sync::Arc;

use temporalio_sdk::{TimerResult, WorkflowContextView, workflow_interceptors::*};

use super::{
    calls::{Ask, Handle, Initialize, Named, Run, Validate},
    outbound::{Calls, carry, wait},
    run,
};
use crate::{
    execution::{Execution, Fields, Tally},
    metrics::{Handler, WorkflowSeries},
    observe::{Call, Observer, Retries, Runs, observe, observe_sync},
    schema::{Field, Operation},
    trace::Traced,
};

/// Where workflow code gets its tasks from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// A worker that polls a server.
    Worker,
    /// The SDK's replayer.
    Replayer,
    /// The SDK's replayer, to get the spans of one run.
    #[cfg(feature = "rebuild")]
    Rebuild(Arc<super::Rebuilding>),
}

impl Source {
    pub(super) fn is_replay(&self) -> bool {
        !matches!(self, Self::Worker)
    }

    fn fields(&self, view: &WorkflowContextView) -> Fields {
        match self {
            #[cfg(feature = "rebuild")]
            Self::Rebuild(rebuilding) => rebuilding.fields(view),
            _ => run::fields(view),
        }
    }

    fn calls(
        &self,
        observer: &Observer,
        fields: &Fields,
        view: &WorkflowContextView,
    ) -> Option<Calls> {
        let calls = run::traced(observer.traced()?, fields, view)?;
        #[cfg(feature = "rebuild")]
        if let Self::Rebuild(rebuilding) = self {
            rebuilding.traced_by(&calls.run);
        }
        Some(calls)
    }
}

/// Creates the constructor of one interceptor a cached run.
pub(crate) fn constructor(
    observer: Observer,
    source: Source,
    runs: Runs,
) -> WorkflowInterceptorConstructor {
    WorkflowInterceptorConstructor::new(move |view: &WorkflowContextView| {
        ObserveWorkflow::new(&observer, &source, &runs, view)
    })
}

struct ObserveWorkflow {
    observer: Observer,
    is_replay: bool,
    fields: Arc<Fields>,
    tally: Arc<Tally>,
    retries: Retries,
    series: Option<Arc<WorkflowSeries>>,
    calls: Option<Calls>,
}

impl ObserveWorkflow {
    fn new(observer: &Observer, source: &Source, runs: &Runs, view: &WorkflowContextView) -> Self {
        let fields = source.fields(view);
        let tally = observer.tally(view.workflow_type());
        let series = observer.measured().map(|measures| {
            measures.workflow(view.namespace(), view.task_queue(), view.workflow_type())
        });
        if let Some(series) = &series {
            runs.loaded(view.run_id(), series.clone(), tally.clone());
        }
        Self {
            observer: observer.clone(),
            is_replay: source.is_replay(),
            calls: source.calls(observer, &fields, view),
            fields: Arc::new(fields),
            tally,
            retries: run::retries(view),
            series,
        }
    }

    fn execution(
        &self,
        operation: Operation,
        fields: Arc<Fields>,
        trace: impl FnOnce(&Calls, &Fields) -> Traced,
    ) -> Option<Execution> {
        self.observer.execution(operation, fields, |info| {
            let info = info.counted_by(self.tally.clone());
            match &self.calls {
                Some(calls) => trace(calls, info.fields()).trace(info),
                None => info,
            }
        })
    }

    fn handler(
        &self,
        operation: Operation,
        names: &[(Field, &str)],
        trace: impl FnOnce(&Calls, &Fields) -> Traced,
    ) -> Option<Execution> {
        let fields = names
            .iter()
            .fold(Fields::on(&self.fields), |fields, (field, name)| {
                fields.with(*field, *name)
            });
        self.execution(operation, Arc::new(fields), trace)
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
            is_replay: self.is_replay,
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

type Next<I, O> = WorkflowNext<'static, I, O>;
type Cancellable<T> = CancellableWorkflowOutboundFuture<T>;

impl WorkflowInterceptor for ObserveWorkflow {
    fn initialize_workflow(
        &self,
        view: WorkflowContextView,
        input: InitializeWorkflowInput,
        next: WorkflowNext<'_, InitializeWorkflowInput, InitializeWorkflowOutput>,
    ) -> InitializeWorkflowOutput {
        let fields = self.fields.clone();
        let execution = self.execution(Operation::InitializeWorkflow, fields, Calls::executed);
        let call = Initialize {
            run_id: view.run_id().to_owned(),
            workflow_time: view.start_time(),
            is_replay: self.is_replay,
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
        let fields = self.fields.clone();
        let execution = self.execution(Operation::RunWorkflow, fields, Calls::executed);
        let call = Run {
            context,
            is_replay: self.is_replay,
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
        let execution = self.handler(Operation::HandleSignal, &names, |calls, fields| {
            calls.handled(
                Operation::HandleSignal,
                fields,
                input.headers(),
                context.workflow_time(),
            )
        });
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
        let execution = self.handler(Operation::HandleUpdate, &names, |calls, fields| {
            calls.handled(
                Operation::HandleUpdate,
                fields,
                input.headers(),
                context.workflow_time(),
            )
        });
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
        let execution = self.handler(Operation::HandleQuery, &names, |calls, fields| {
            calls.answered(Operation::HandleQuery, fields, input.headers())
        });
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
        let execution = self.handler(Operation::ValidateUpdate, &names, |calls, fields| {
            calls.answered(Operation::ValidateUpdate, fields, input.headers())
        });
        let call = Validate(self.named(Handler::Update, input.name()));
        self.observe_sync(execution, &call, || next.run(input))
    }

    fn start_timer(
        &self,
        _: WorkflowInterceptorContext,
        input: StartTimerInput,
        next: Next<StartTimerInput, Cancellable<TimerResult>>,
    ) -> Cancellable<TimerResult> {
        wait(&self.calls, Operation::StartTimer, || next.run(input))
    }

    fn schedule_activity(
        &self,
        _: WorkflowInterceptorContext,
        input: ScheduleActivityInput,
        next: Next<ScheduleActivityInput, Cancellable<ScheduleActivityResult>>,
    ) -> Cancellable<ScheduleActivityResult> {
        let activity = input.activity_type().to_owned();
        carry(
            &self.calls,
            Operation::StartActivity,
            &activity,
            input,
            next,
        )
    }

    fn schedule_local_activity(
        &self,
        _: WorkflowInterceptorContext,
        input: ScheduleLocalActivityInput,
        next: Next<ScheduleLocalActivityInput, Cancellable<ScheduleActivityResult>>,
    ) -> Cancellable<ScheduleActivityResult> {
        let activity = input.activity_type().to_owned();
        carry(
            &self.calls,
            Operation::StartActivity,
            &activity,
            input,
            next,
        )
    }

    fn start_child_workflow(
        &self,
        _: WorkflowInterceptorContext,
        input: StartChildWorkflowInput,
        next: Next<StartChildWorkflowInput, Cancellable<StartChildWorkflowResult>>,
    ) -> Cancellable<StartChildWorkflowResult> {
        let child = input.workflow_type().to_owned();
        carry(
            &self.calls,
            Operation::StartChildWorkflow,
            &child,
            input,
            next,
        )
    }

    fn signal_workflow(
        &self,
        _: WorkflowInterceptorContext,
        input: SignalWorkflowInput,
        next: Next<SignalWorkflowInput, Cancellable<SignalWorkflowResult>>,
    ) -> Cancellable<SignalWorkflowResult> {
        let operation = match input.target() {
            SignalWorkflowTarget::Child { .. } => Operation::SignalChildWorkflow,
            _ => Operation::SignalExternalWorkflow,
        };
        let signal = input.signal_name().to_owned();
        carry(&self.calls, operation, &signal, input, next)
    }

    fn cancel_external_workflow(
        &self,
        _: WorkflowInterceptorContext,
        input: CancelExternalWorkflowInput,
        next: Next<
            CancelExternalWorkflowInput,
            WorkflowOutboundFuture<CancelExternalWorkflowResult>,
        >,
    ) -> WorkflowOutboundFuture<CancelExternalWorkflowResult> {
        wait(&self.calls, Operation::CancelExternalWorkflow, || {
            next.run(input)
        })
    }

    fn continue_as_new(
        &self,
        context: SyncWorkflowInterceptorContext,
        mut input: ContinueAsNewInput,
        next: Next<ContinueAsNewInput, ContinueAsNewResult>,
    ) -> ContinueAsNewResult {
        if let Some(calls) = &self.calls {
            calls.continues(context.workflow_type(), &mut input);
        }
        next.run(input)
    }

    fn start_nexus_operation(
        &self,
        _: WorkflowInterceptorContext,
        input: StartNexusOperationInput,
        next: Next<StartNexusOperationInput, Cancellable<StartNexusOperationResult>>,
    ) -> Cancellable<StartNexusOperationResult> {
        wait(&self.calls, Operation::StartNexusOperation, || {
            next.run(input)
        })
    }
}
