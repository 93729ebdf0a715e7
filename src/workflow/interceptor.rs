//! The SDK's workflow interceptor: passes each hook to its observed call.

use temporalio_sdk::{TimerResult, WorkflowContextView, workflow_interceptors::*};

use super::{
    calls::{Ask, Initialize, Run, Validate},
    observed::ObserveWorkflow,
    outbound::{Calls, carry, wait},
};
use crate::{
    commit::Awaits,
    metrics::Handler,
    schema::{Field, Operation},
};

type Next<I, O> = WorkflowNext<'static, I, O>;
type Cancellable<T> = CancellableWorkflowOutboundFuture<T>;

impl WorkflowInterceptor for ObserveWorkflow {
    fn initialize_workflow(
        &self,
        view: WorkflowContextView,
        input: InitializeWorkflowInput,
        next: WorkflowNext<'_, InitializeWorkflowInput, InitializeWorkflowOutput>,
    ) -> InitializeWorkflowOutput {
        let fields = self.known.fields.clone();
        let execution = self.execution(Operation::InitializeWorkflow, fields, Calls::executed);
        let call = Initialize {
            workflow_time: view.start_time(),
            is_replay: self.is_replay || self.run.is_replaying(),
            ledger: self.run.ledger().clone(),
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
        let fields = self.known.fields.clone();
        let execution = self.execution(Operation::RunWorkflow, fields, Calls::executed);
        let call = Run {
            context,
            is_replay: self.is_replay,
            record: self.run.clone(),
            known: self.known.clone(),
            stuck: self.observer.stuck().clone(),
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
        let named = self.named(Handler::Signal, input.name(), Awaits::Completion);
        let call = self.handle(context, named, None);
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
        let named = self.named(Handler::Update, input.name(), self.answer_to(input.id()));
        let call = self.handle(context, named, Some(input.id()));
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
        let awaits = Awaits::Query(input.id().into());
        let call = Ask(self.named(Handler::Query, input.name(), awaits));
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
        let awaits = self.validation_of(input.id());
        let call = Validate(self.named(Handler::Update, input.name(), awaits));
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
            calls.continues(&context, &mut input);
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
