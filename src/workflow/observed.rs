use std::sync::Arc;

use temporalio_sdk::{
    WorkflowContextView,
    workflow_interceptors::{
        WorkflowInterceptorConstructor, WorkflowInterceptorContext, WorkflowInterceptorFuture,
    },
};

use super::{
    Source,
    calls::{Handle, Named},
    outbound::Calls,
    run,
};
use crate::{
    execution::{Execution, Fields, Tally},
    metrics::{Handler, WorkflowSeries},
    observe::{Call, Observer, Retries, Runs, observe, observe_sync},
    schema::{Field, Operation},
    search_attributes::RunAttributes,
    trace::{Traced, trace_id},
};

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

pub(super) struct ObserveWorkflow {
    pub(super) observer: Observer,
    pub(super) is_replay: bool,
    pub(super) fields: Arc<Fields>,
    pub(super) tally: Arc<Tally>,
    pub(super) retries: Retries,
    pub(super) series: Option<Arc<WorkflowSeries>>,
    pub(super) calls: Option<Calls>,
    pub(super) attributes: Arc<RunAttributes>,
}

impl ObserveWorkflow {
    fn new(observer: &Observer, source: &Source, runs: &Runs, view: &WorkflowContextView) -> Self {
        let fields = Arc::new(source.fields(view));
        let tally = observer.tally(view.workflow_type());
        if let Some(seated) = runs.seated() {
            seated.works_in(view.namespace());
            seated.created(view.run_id(), &fields);
        }
        let series = observer.measured().map(|measures| {
            measures.workflow(view.namespace(), view.task_queue(), view.workflow_type())
        });
        if let Some(series) = &series {
            runs.loaded(view.run_id(), series.clone(), tally.clone());
        }
        let calls = source.calls(observer, &fields, view);
        Self {
            observer: observer.clone(),
            is_replay: source.is_replay(),
            attributes: observer.attributed().run(
                calls
                    .as_ref()
                    .and_then(|calls| trace_id(calls.run.context())),
                view.raw().search_attributes.as_ref(),
            ),
            calls,
            fields,
            tally,
            retries: run::retries(view),
            series,
        }
    }

    pub(super) fn execution(
        &self,
        operation: Operation,
        fields: Arc<Fields>,
        trace: impl FnOnce(&Calls, &Fields) -> Traced,
    ) -> Option<Execution> {
        self.observer.execution(operation, fields, |info| {
            info.counted_by(self.tally.clone());
            self.attributes.describe(info);
            if let Some(calls) = &self.calls {
                trace(calls, info.fields()).trace(info);
            }
        })
    }

    pub(super) fn handler(
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

    pub(super) fn named(&self, handler: Handler, name: &str) -> Named {
        Named {
            handler,
            name: name.to_owned(),
            series: self.series.clone(),
        }
    }

    pub(super) fn handle(&self, context: WorkflowInterceptorContext, named: Named) -> Handle {
        Handle {
            context,
            is_replay: self.is_replay,
            named,
        }
    }

    /// Runs a call inside its execution, or as it is where there is none to enter.
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

    /// The same, for a call that returns at once.
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
