//! The interceptor of one cached run.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use temporalio_sdk::{
    WorkflowContextView,
    workflow_interceptors::{
        WorkflowInterceptorConstructor, WorkflowInterceptorContext, WorkflowInterceptorFuture,
    },
};

use super::{
    TaskSource,
    calls::{HandlerCall, Named},
    outbound::Calls,
    run,
};
use crate::{
    commit::Awaits,
    execution::{Execution, Fields, Watched},
    metrics::Handler,
    observe::{Call, Known, Observer, Opened, Run, observe, observe_sync, polled},
    schema::{Field, Operation},
    search_attributes::RunAttributes,
    trace::{Traced, trace_id},
};

/// Creates the constructor of one interceptor per cached run.
pub(crate) fn constructor(
    observer: Observer,
    source: TaskSource,
) -> WorkflowInterceptorConstructor {
    WorkflowInterceptorConstructor::new(move |view: &WorkflowContextView| {
        ObserveWorkflow::new(&observer, &source, view)
    })
}

pub(super) struct ObserveWorkflow {
    pub(super) observer: Observer,
    /// Whether it is the SDK's replayer that executes the run.
    pub(super) is_replay: bool,
    /// The run's record, or a separate one if no worker's hook knows the run.
    pub(super) run: Arc<Run>,
    /// Whose polls are watched: this run's, or nobody's.
    watched: Watched,
    pub(super) known: Arc<Known>,
    pub(super) calls: Option<Calls>,
    pub(super) attributes: Arc<RunAttributes>,
    /// How many signal and update handlers have begun.
    handlers: AtomicU32,
}

impl ObserveWorkflow {
    fn new(observer: &Observer, source: &TaskSource, view: &WorkflowContextView) -> Self {
        let fields = Arc::new(source.fields(view));
        let run = cached(view).unwrap_or_else(|| Arc::new(Run::unregistered()));
        let measures = observer.measured();
        let series = measures.map(|measures| {
            measures.workflow(view.namespace(), view.task_queue(), view.workflow_type())
        });
        let known = run.created(Known {
            fields: fields.clone(),
            tally: observer.tally(view.workflow_type()),
            series,
            retries: run::retries(view),
        });
        let calls = source.calls(observer, &fields, run.ledger().clone(), view);
        let trace = calls
            .as_ref()
            .and_then(|calls| trace_id(calls.run().context()));
        let is_watched = !source.is_replay() && !observer.stuck().blocked_after().is_zero();
        Self {
            observer: observer.clone(),
            is_replay: source.is_replay(),
            watched: match is_watched {
                true => Watched::run(run.number),
                false => Watched::default(),
            },
            attributes: observer
                .attributed()
                .run(trace, view.raw().search_attributes.as_ref()),
            calls,
            known,
            run,
            handlers: AtomicU32::new(0),
        }
    }

    pub(super) fn execution(
        &self,
        operation: Operation,
        fields: Arc<Fields>,
        trace: impl FnOnce(&Calls, &Fields) -> Traced,
    ) -> Option<Execution> {
        self.observer.execution(operation, fields, |info| {
            info.counted_by(self.known.tally.clone());
            info.watched_as(self.watched);
            info.waits_in(self.run.waits().clone());
            info.recorded_in(self.run.ledger().clone(), self.routine(operation));
            self.attributes.describe(info);
            if let Some(calls) = &self.calls {
                trace(calls, info.fields()).trace(info);
            }
        })
    }

    /// Returns the number of the routine that begins: the same whoever executes the run.
    fn routine(&self, operation: Operation) -> u32 {
        match operation {
            Operation::HandleSignal | Operation::HandleUpdate => {
                self.handlers.fetch_add(1, Ordering::Relaxed) + 1
            }
            _ => 0,
        }
    }

    pub(super) fn handler(
        &self,
        operation: Operation,
        names: &[(Field, &str)],
        trace: impl FnOnce(&Calls, &Fields) -> Traced,
    ) -> Option<Execution> {
        let fields = names
            .iter()
            .fold(Fields::on(&self.known.fields), |fields, (field, name)| {
                fields.with(*field, *name)
            });
        self.execution(operation, Arc::new(fields), trace)
    }

    pub(super) fn named(&self, handler: Handler, name: &str, awaits: Awaits) -> Named {
        Named {
            handler,
            name: name.to_owned(),
            ledger: self.run.ledger().clone(),
            awaits,
            series: self.known.series.clone(),
        }
    }

    /// Returns the answer that the end of an update waits for.
    pub(super) fn answer_to(&self, update_id: &str) -> Awaits {
        Awaits::Update(self.run.instance_of(update_id))
    }

    /// Returns the answer that the end of an update's validation waits for.
    pub(super) fn validation_of(&self, update_id: &str) -> Awaits {
        Awaits::Validation(self.run.instance_of(update_id))
    }

    pub(super) fn handle(
        &self,
        context: WorkflowInterceptorContext,
        named: Named,
        update_id: Option<&str>,
    ) -> HandlerCall {
        HandlerCall {
            context,
            is_replay: self.is_replay,
            _opened: Opened::begin(&self.run, &named.name, update_id),
            named,
        }
    }

    /// Runs a call inside its execution, or unchanged if there is none to enter.
    pub(super) fn observe<'a, T>(
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

    /// The same for a call that returns at once.
    pub(super) fn observe_sync<T>(
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

/// Returns the record of the run that is being created, in the table of the worker that is polled.
fn cached(view: &WorkflowContextView) -> Option<Arc<Run>> {
    let worker = polled()?;
    worker.works_in(view.namespace());
    worker.cached(view.run_id())
}
