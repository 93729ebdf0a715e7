//! The wiring of what is tested: the one file that knows its API.

use std::{
    cell::RefCell,
    path::Path,
    sync::{Arc, LazyLock},
};

use chronoscope::{
    Builder, Observability,
    activity::{Pool, Pooled, Stack},
    commit::{Emission, OnCommit},
    execution::Execution,
    export::Collector,
    logs::{ExecutionFormat, Held, Layout, LogFormat, ReplayFilter},
    rebuild::Recording,
    schema::Outcome,
    search_attributes::{Int, Key},
    trace::{Boundary, Edge, FailureMessages, Granularity, Sampling, Tracer},
};
use metrics_util::debugging::DebuggingRecorder;
use opentelemetry::{
    KeyValue,
    trace::{Span as _, Tracer as _, TracerProvider as _},
};
use serde_json::Value;
use temporalio_client::{Client, ClientOptions, Connection, ConnectionOptions, WorkflowHistory};
use temporalio_common::data_converters::PayloadConversionError;
use temporalio_sdk::{
    Runtime, WorkerOptions, WorkflowContext, activities::ActivityContext, runtime::RuntimeOptions,
    workflow_replayer::WorkflowReplayerOptions,
};
use tracing::{Dispatch, level_filters::LevelFilter};
use tracing_subscriber::{Layer as _, fmt, layer::SubscriberExt as _};

use crate::{
    activities::{Block, Pools},
    emitted::{Emitted, Ended, Hooks, Lines, Recordings, Spans},
    settings::{self, Edges, Grain, Sampled, Settings, Sink, Wiring},
    workflow::Interpreter,
};

/// The search attribute that programs change.
pub const ATTRIBUTE: &str = "Step";
const STEP: Key<Int> = Key::new(ATTRIBUTE);

thread_local! {
    static TRACER: RefCell<Option<Tracer>> = const { RefCell::new(None) };
}

/// Logs a line by our own macro.
pub fn say(step: &str) {
    chronoscope::info!("{step}");
}

/// What the run is said to wait for.
pub fn waits() -> String {
    chronoscope::execution::waits().to_string()
}

/// Waits under a span of our own.
pub async fn hold<F: Future>(name: &str, future: F) -> F::Output {
    chronoscope::trace::wait(name.to_owned(), future).await
}

/// A span that ends when it is dropped.
pub struct ByHand {
    _span: Option<chronoscope::trace::Span>,
}

/// Opens a span by OpenTelemetry's API.
pub fn by_hand(step: &str) -> ByHand {
    let span = TRACER.with_borrow(|tracer| Some(tracer.as_ref()?.start("by hand")));
    let span = span.map(|mut span| {
        span.set_attribute(KeyValue::new("step", step.to_owned()));
        span
    });
    ByHand { _span: span }
}

/// Has code of this thread open no more spans by hand.
pub fn leave() {
    TRACER.set(None);
}

/// Changes the search attribute.
pub fn upsert(ctx: &WorkflowContext<Interpreter>, n: u32) {
    let changed = chronoscope::search_attributes::upsert(ctx, [STEP.set(i64::from(n))]);
    assert!(changed.is_ok(), "{changed:?}");
}

/// Registers the activity that runs on a pool.
pub fn register_pooled(options: &mut WorkerOptions, pools: Pools) {
    options.register_activity::<Pooled<Block>>(Pool::new(2).with(pools));
}

/// Sends a heartbeat.
pub async fn beat(ctx: &ActivityContext, details: String) -> Result<(), PayloadConversionError> {
    chronoscope::record_heartbeat(ctx, details).await
}

/// What code of other threads writes to.
pub struct Carried {
    dispatch: Dispatch,
    tracer: Tracer,
    recorder: Arc<dyn metrics::Recorder + Send + Sync>,
}

impl Carried {
    /// Runs code of another thread, whose signals go where those of the thread go that carried them.
    pub fn within<T>(&self, code: impl FnOnce() -> T) -> T {
        TRACER.set(Some(self.tracer.clone()));
        tracing::dispatcher::with_default(&self.dispatch, || {
            metrics::with_local_recorder(&*self.recorder, code)
        })
    }
}

/// Where nobody listens.
const NOBODY: &str = "http://127.0.0.1:9";

/// The tested wiring, and its emitted signals.
pub struct Observed {
    observability: Observability,
    settings: Settings,
    lines: Lines,
    spans: Spans,
    recordings: Recordings,
    hooks: Hooks,
    /// What code of this thread writes to; nothing if the process has it.
    subscriber: Option<Dispatch>,
}

/// Has code of this thread write to what is tested, until it is dropped.
pub struct Entered {
    _default: Option<tracing::subscriber::DefaultGuard>,
}

/// Two dispatchers that live as long as the process: with a single one, `tracing` keeps what the
/// first thread says of a callsite for all.
static SEVERAL: LazyLock<[Dispatch; 2]> =
    LazyLock::new(|| [(); 2].map(|()| Dispatch::new(tracing_subscriber::registry())));

impl Observed {
    pub fn new(settings: Settings) -> Self {
        LazyLock::force(&SEVERAL);
        let lines = match settings.sink {
            Sink::Blocked => Lines::blocked(),
            _ => Lines::default(),
        };
        let (builder, observed) = parts(settings, lines, Spans::default());
        let mut observed = observed(builder.build().expect("nothing is opened"));
        observed.subscriber = Some(observed.subscriber());
        observed
    }

    /// Writes signals to files of a folder at once, so that they outlive this process; it has room
    /// for what is installed.
    pub fn to_files(settings: Settings, folder: &Path) -> Self {
        LazyLock::force(&SEVERAL);
        let (builder, observed) = parts(settings, Lines::to(folder), Spans::to(folder));
        if settings.sink != Sink::Own {
            return observed(builder.install().expect("the process has nothing yet"));
        }
        let mut observed = observed(builder.build().expect("nothing is opened"));
        observed.subscriber = Some(observed.subscriber());
        observed
    }

    pub fn settings(&self) -> Settings {
        self.settings
    }

    /// What users' metrics of this thread go to.
    pub fn recorder(&self) -> impl metrics::Recorder + Send + Sync + use<> {
        self.observability.recorder()
    }

    /// What code of other threads is to write to.
    pub fn carry(&self) -> Carried {
        Carried {
            dispatch: tracing::dispatcher::get_default(Dispatch::clone),
            tracer: self.observability.tracer_provider().tracer("programs"),
            recorder: Arc::new(self.recorder()),
        }
    }

    /// Makes what is tested the one that code of this thread writes to.
    pub fn enter(&self) -> Entered {
        let provider = self.observability.tracer_provider();
        TRACER.set(Some(provider.tracer("programs")));
        let dispatch = self.subscriber.as_ref();
        Entered {
            _default: dispatch.map(tracing::dispatcher::set_default),
        }
    }

    fn subscriber(&self) -> Dispatch {
        let registry = tracing_subscriber::registry();
        if self.settings.sink != Sink::Own {
            return registry
                .with(self.observability.log_layer())
                .with(self.observability.tracing_layer())
                .with(LevelFilter::INFO)
                .into();
        }
        let registry = registry.with(self.observability.tracing_layer());
        let format = fmt::layer()
            .json()
            .with_writer(Held::new(Layout::Json, self.lines.clone()))
            .map_event_format(ExecutionFormat::new);
        match self.settings.per_layer {
            true => {
                let filtered = format.with_filter(ReplayFilter::new());
                registry.with(filtered).with(LevelFilter::INFO).into()
            }
            false => registry
                .with(format)
                .with(LevelFilter::INFO)
                .with(ReplayFilter::global().with_spans())
                .into(),
        }
    }

    /// A client, and with it what plugins wire.
    pub async fn client(&self, connection: ConnectionOptions, wiring: Wiring) -> Client {
        let options = ClientOptions::new("default");
        let connection = match wiring {
            Wiring::Bare => connection,
            _ => self.observability.wrap(connection),
        };
        let connection = Connection::connect(connection)
            .await
            .expect("there is a server");
        let options = match wiring {
            Wiring::Bare => options.build(),
            Wiring::Wrap => self.observability.wrap(options.build()),
            Wiring::Plugin => options.plugin(self.observability.plugin()).build(),
        };
        Client::new(connection, options).expect("options are sound")
    }

    pub fn runtime(&self) -> Runtime {
        let options = RuntimeOptions::builder()
            .telemetry_options(self.observability.telemetry_options())
            .build()
            .expect("options are sound");
        Runtime::from_current_tokio(options).expect("there is a runtime")
    }

    pub fn worker(&self, options: WorkerOptions, wiring: Wiring) -> WorkerOptions {
        let options = match self.settings.stack && wiring != Wiring::Bare {
            true => Stack::new(self.observability.activity()).wrap(options),
            false => options,
        };
        match wiring {
            Wiring::Wrap => self.observability.wrap(options),
            Wiring::Plugin | Wiring::Bare => options,
        }
    }

    /// Takes the signals emitted so far.
    pub fn emitted(&self) -> Emitted {
        self.lines.unblock();
        if self.settings.sink != Sink::Own {
            // What waits for the writer is written.
            self.observability.shutdown();
        }
        let text = self.lines.text();
        let parse = |line| serde_json::from_str::<Value>(line).expect("a line is JSON");
        let health = self.observability.health();
        let sum = |count: fn(&chronoscope::replay::Replayed) -> u64| -> u64 {
            health.replayed.iter().map(count).sum()
        };
        Emitted {
            lines: text.lines().map(parse).collect(),
            spans: self.spans.all(),
            metrics: self.recordings.take(),
            hooks: self.hooks.all(),
            suppressed: (sum(|of| of.events), sum(|of| of.metrics)),
            lost: health.lines.overflowed + health.lines.failed + health.lines.left_behind,
            left_out: (
                health.commits.repeated.lines + health.commits.refused.lines,
                health.commits.repeated.recordings + health.commits.refused.recordings,
            ),
            held: health.commits.held,
            runs_left: health.runs,
            health: format!("{health:?}"),
            text,
        }
    }

    /// The spans of a run out of its history.
    pub async fn rebuild(
        &self,
        replayer: WorkflowReplayerOptions,
        history: WorkflowHistory,
    ) -> Result<Vec<Ended>, String> {
        let (settings, spans) = (self.settings, Spans::default());
        let observability = Observability::builder()
            .traces(|traces| traced(traces, settings, spans.clone()))
            .build()
            .map_err(|error| error.to_string())?;
        TRACER.set(Some(observability.tracer_provider().tracer("programs")));
        let registry = tracing_subscriber::registry().with(observability.tracing_layer());
        let registry = registry.with(LevelFilter::INFO);
        let _default =
            tracing::subscriber::set_default(registry.with(ReplayFilter::global().with_spans()));
        let recording = Recording::new("default", history);
        let rebuilt = observability.rebuild(replayer, recording).await;
        rebuilt.map_err(|error| format!("{error:?}"))?;
        Ok(spans.all())
    }

    /// The same layers around a replayer.
    pub fn replayer(&self, options: WorkflowReplayerOptions) -> WorkflowReplayerOptions {
        self.observability.wrap(options)
    }

    /// Ends it, and says how many spans were told of: to those who take them, and by their fates in
    /// health.
    pub fn shut_down(&self) -> (u64, u64) {
        self.observability.shutdown();
        leave();
        let counts = self.observability.health().spans;
        let told = counts.exported + counts.failed + counts.dropped + counts.waiting;
        (self.spans.count(), told)
    }
}

/// A builder with all that the settings say, and what is made of it.
fn parts(
    settings: Settings,
    lines: Lines,
    spans: Spans,
) -> (Builder, impl FnOnce(Observability) -> Observed) {
    let (recorder, hooks) = (DebuggingRecorder::new(), Hooks::default());
    let recordings = Recordings::new(recorder.snapshotter());
    let (started, ended) = (hooks.clone(), hooks.clone());
    let mut builder = Observability::builder()
        .on_start(move |of: &Execution| started.note(of.operation().name()))
        .on_end(move |of: &Execution, outcome: &Outcome| {
            ended.note(&format!("{} {}", of.operation().name(), outcome.class()));
        });
    if settings.emission == settings::Emission::OnCommit {
        builder = builder.emission(Emission::OnCommit(OnCommit::default()));
    }
    if settings.sink != Sink::Own {
        let writer = lines.clone();
        builder = builder.logs(|logs| logs.format(LogFormat::Json).writer(writer).buffer(ROOM));
    }
    if settings.metrics {
        builder = builder.metrics(|metrics| {
            let metrics = metrics.recorder(recorder);
            match settings.down {
                true => metrics.otlp(Collector::at(NOBODY)),
                false => metrics,
            }
        });
    }
    if settings.traces {
        let spans = spans.clone();
        builder = builder.traces(|traces| {
            let traces = traced(traces, settings, spans);
            match settings.down {
                true => traces.otlp(Collector::at(NOBODY)),
                false => traces,
            }
        });
    }
    let observed = move |observability| Observed {
        observability,
        settings,
        lines,
        spans,
        recordings,
        hooks,
        subscriber: None,
    };
    (builder, observed)
}

/// How many lines may wait for a writer.
const ROOM: usize = 64;

fn traced(
    traces: chronoscope::trace::TracesBuilder,
    settings: Settings,
    spans: Spans,
) -> chronoscope::trace::TracesBuilder {
    let traces = traces
        .processor(spans)
        .granularity(granularity(settings.grain));
    let traces = match settings.own_grain {
        Some(own) => traces.granularity_of("Interpreter", granularity(own)),
        None => traces,
    };
    let traces = match settings.sampled {
        Sampled::All => traces,
        Sampled::None => traces.sampling(Sampling::Never),
        Sampled::Half => traces.sampling(Sampling::Ratio(0.5)),
    };
    let traces = match settings.hide {
        true => traces.failure_messages(FailureMessages::Hide),
        false => traces,
    };
    let edges = [
        (Edge::Child, settings.edges),
        (Edge::Signal, settings.signal_edges),
        (Edge::ContinueAsNew, settings.again_edges),
    ];
    edges
        .into_iter()
        .fold(traces, |traces, (edge, edges)| match edges {
            Edges::Default => traces,
            Edges::Parent => traces.boundary(edge, Boundary::Parent),
            Edges::Link => traces.boundary(edge, Boundary::Link),
            Edges::Root => traces.boundary(edge, Boundary::Root),
        })
}

fn granularity(grain: Grain) -> Granularity {
    match grain {
        Grain::Full => Granularity::Full,
        Grain::Marker => Granularity::Marker,
        Grain::Off => Granularity::Off,
    }
}
