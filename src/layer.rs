//! The wiring as a layer over the SDK's options.

use std::sync::Arc;

use temporalio_client::{ClientInterceptor, ClientOptions, ConnectionOptions, PluginError};
use temporalio_sdk::{
    SimplePlugin, WorkerOptions, WorkerPlugin,
    interceptors::{ActivityInboundInterceptor, WorkerInterceptor},
    workflow_interceptors::WorkflowInterceptorConstructor,
    workflow_replayer::WorkflowReplayerOptions,
};
use tower::Layer;

use crate::{
    activity::ObserveActivity, client::ObserveClient, execution::Signals, observe::Observer,
    rpc::read_answers, worker::ObserveWorker, workflow, workflow::TaskSource,
};

/// The name of this wiring in the SDK's reports.
pub(crate) const NAME: &str = "chronoscope";

/// Options that an [`Observability`](crate::Observability) can be wired into, by
/// [`wrap`](crate::Observability::wrap): those of connections, clients, workers and replayers.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be wrapped",
    label = "these are not options of the SDK that can be wrapped",
    note = "wrap `ConnectionOptions`, `ClientOptions`, `WorkerOptions` and `WorkflowReplayerOptions`; \
            pass `runtime_options()` to the runtime"
)]
pub trait Wrap: sealed::Sealed {
    #[doc(hidden)]
    #[must_use]
    fn wrapped_by(self, layer: &ObservabilityLayer) -> Self;
}

mod sealed {
    //! The list of types that can be wrapped.

    pub trait Sealed {}
}

/// Wires an [`Observability`](crate::Observability) into the SDK, as a [`tower::Layer`] over its
/// options. It does what [`wrap`](crate::Observability::wrap) does, for code that composes layers.
///
/// | options | what is added |
/// |---|---|
/// | `ConnectionOptions` | the meter of the core's metrics, for the `temporal_request*` metrics; with [`Emission::OnCommit`](crate::commit::Emission::OnCommit) what reads the server's answers |
/// | `ClientOptions` | an execution around each client call |
/// | `WorkerOptions` | an execution around workflow code and activities |
/// | `WorkflowReplayerOptions` | an execution around workflow code, all of it as replay |
///
/// It puts itself outermost, before all interceptors that the options already hold, so that those
/// run, and log, inside chronoscope's executions. An `Observability` that is wired in twice
/// observes once.
///
/// ```
/// use chronoscope::Observability;
/// use temporalio_client::ClientOptions;
/// use temporalio_sdk::WorkerOptions;
/// use tower::Layer as _;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let layer = Observability::builder().build()?.layer();
/// let client_options = layer.layer(ClientOptions::new("default").build());
/// let worker_options = layer.layer(WorkerOptions::new("orders").build());
/// # let _ = (client_options, worker_options);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ObservabilityLayer {
    pub(crate) observer: Observer,
    pub(crate) meter: Option<temporalio_common::telemetry::metrics::TemporalMeter>,
    /// Whether activities are observed from here, rather than by layers of a stack.
    pub(crate) activities: bool,
}

impl ObservabilityLayer {
    /// Leaves a worker's activities to the layers of a user's stack: see
    /// [`Observability::activity`](crate::Observability::activity).
    #[must_use]
    pub fn without_activities(mut self) -> Self {
        self.activities = false;
        self
    }

    /// Gives the connection a meter, unless it has one, and reads the server's answers if signals wait
    /// for them.
    pub(crate) fn wrap_connection(&self, options: &mut ConnectionOptions) {
        self.observer.note_identity(&options.identity);
        if let Some(holding) = self.observer.registry().holding()
            && let Err(refused) = read_answers(&self.observer, options)
        {
            holding.refused(refused.option(), &refused);
        }
        if options.metrics_meter.is_none() {
            options.metrics_meter = self.meter.clone();
        }
    }

    pub(crate) fn wrap_client(&self, options: &mut ClientOptions) {
        self.observer.note_namespace(&options.namespace);
        if let Some(traces) = self.observer.traced() {
            traces.workers().namespace(&options.namespace);
        }
        let ours = ObserveClient::new(self.observer.clone(), &options.namespace);
        let ours: Arc<dyn ClientInterceptor> = Arc::new(ours);
        options.client_interceptors.insert(0, ours);
    }

    pub(crate) fn wrap_worker(&self, options: &mut WorkerOptions) -> Result<(), PluginError> {
        let worker = ObserveWorker::new(self.observer.clone(), options);
        let activity: Option<Arc<dyn ActivityInboundInterceptor>> = match self.activities {
            true => Some(Arc::new(ObserveActivity {
                observer: self.observer.clone(),
            })),
            false => None,
        };
        wiring(&self.observer, TaskSource::Worker, worker, activity)
            .configure_worker_options(options)
    }

    pub(crate) fn wrap_replayer(
        &self,
        options: &mut WorkflowReplayerOptions,
    ) -> Result<(), PluginError> {
        self.wrap_replayer_for(TaskSource::Replayer, options)
    }

    pub(crate) fn wrap_replayer_for(
        &self,
        source: TaskSource,
        options: &mut WorkflowReplayerOptions,
    ) -> Result<(), PluginError> {
        let observer = self.observer.only(Signals::ALL.without(Signals::METRICS));
        let worker = ObserveWorker::of_replayer(observer.clone());
        wiring(&observer, source, worker, None).configure_workflow_replayer_options(options)
    }
}

/// Built options can only append. An SDK plugin gets the old lists and may reorder them.
fn wiring(
    observer: &Observer,
    source: TaskSource,
    worker: ObserveWorker,
    activity: Option<Arc<dyn ActivityInboundInterceptor>>,
) -> SimplePlugin {
    let workflow = workflow::constructor(observer.clone(), source);
    let worker: Arc<dyn WorkerInterceptor> = Arc::new(worker);
    SimplePlugin::builder(NAME)
        .workflow_interceptors(move |old: Option<Vec<WorkflowInterceptorConstructor>>| {
            outermost(&workflow, old)
        })
        .worker_interceptors(move |old: Option<Vec<Arc<dyn WorkerInterceptor>>>| {
            outermost(&worker, old)
        })
        .activity_inbound_interceptors(
            move |old: Option<Vec<Arc<dyn ActivityInboundInterceptor>>>| match &activity {
                Some(activity) => outermost(activity, old),
                None => old.unwrap_or_default(),
            },
        )
        .build()
}

fn outermost<T: Clone>(ours: &T, old: Option<Vec<T>>) -> Vec<T> {
    let mut all = old.unwrap_or_default();
    all.insert(0, ours.clone());
    all
}

macro_rules! wrapped {
    ($($options:ty: |$layer:ident, $value:ident| $wrap:expr;)*) => {$(
        impl sealed::Sealed for $options {}

        impl Wrap for $options {
            fn wrapped_by(mut self, $layer: &ObservabilityLayer) -> Self {
                let $value = &mut self;
                $wrap;
                self
            }
        }

        impl Layer<$options> for ObservabilityLayer {
            type Service = $options;

            fn layer(&self, options: $options) -> $options {
                options.wrapped_by(self)
            }
        }
    )*};
}

wrapped! {
    ConnectionOptions: |layer, options| layer.wrap_connection(options);
    ClientOptions: |layer, options| layer.wrap_client(options);
    WorkerOptions: |layer, options| warn_of_failure(layer.wrap_worker(options));
    WorkflowReplayerOptions: |layer, options| warn_of_failure(layer.wrap_replayer(options));
}

/// An SDK plugin fails only when it registers workflows, and this one registers none. A layer has
/// no error to return anyway, and telemetry must never prevent a worker from starting.
fn warn_of_failure(wired: Result<(), PluginError>) {
    if let Err(error) = wired {
        tracing::warn!(error = %error, "cannot wire chronoscope in; continuing without it");
    }
}
