//! The wiring of what is tested: the one file that knows its API.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    path::Path,
    sync::{Arc, LazyLock, Mutex},
};

use chronoscope::{
    Observability,
    activity::Stack,
    execution::Execution,
    logs::{ExecutionFormat, ReplayFilter},
    rebuild::Recording,
    schema::Outcome,
    search_attributes::{Int, Key},
    trace::{Boundary, Edge, FailureMessages, Granularity, Tracer},
};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
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
    emitted::{Emitted, Ended, Lines, Spans},
    settings::{Edges, Grain, Settings, Wiring},
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

/// Waits under a span of our own.
pub async fn hold<F: Future>(name: &str, future: F) -> F::Output {
    chronoscope::trace::wait(name, future).await
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

/// Sends a heartbeat.
pub async fn beat(ctx: &ActivityContext, details: String) -> Result<(), PayloadConversionError> {
    chronoscope::record_heartbeat(ctx, details).await
}

/// The tested wiring, and its emitted signals.
pub struct Observed {
    observability: Observability,
    settings: Settings,
    lines: Lines,
    spans: Spans,
    recordings: Snapshotter,
    hooks: Hooks,
}

/// How often a user's hooks were called.
#[derive(Clone, Default)]
struct Hooks(Arc<Mutex<BTreeMap<String, usize>>>);

impl Hooks {
    fn note(&self, what: &str) {
        let mut calls = self.0.lock().expect("nobody panics here");
        *calls.entry(what.to_owned()).or_default() += 1;
    }
}

/// What code of this thread writes to, until it is dropped.
pub struct Entered {
    _default: tracing::subscriber::DefaultGuard,
}

/// Two dispatchers that live as long as the process: with a single one, `tracing` keeps what the
/// first thread says of a callsite for all.
static SEVERAL: LazyLock<[Dispatch; 2]> =
    LazyLock::new(|| [(); 2].map(|()| Dispatch::new(tracing_subscriber::registry())));

impl Observed {
    pub fn new(settings: Settings) -> Self {
        Self::with(settings, Lines::default(), Spans::default())
    }

    /// Writes signals to files of a folder at once, so that they outlive this process.
    pub fn to_files(settings: Settings, folder: &Path) -> Self {
        Self::with(settings, Lines::to(folder), Spans::to(folder))
    }

    pub fn settings(&self) -> Settings {
        self.settings
    }

    fn with(settings: Settings, lines: Lines, spans: Spans) -> Self {
        LazyLock::force(&SEVERAL);
        let recorder = DebuggingRecorder::new();
        let recordings = recorder.snapshotter();
        let hooks = Hooks::default();
        let (started, ended) = (hooks.clone(), hooks.clone());
        let mut builder = Observability::builder()
            .on_start(move |of: &Execution| started.note(of.operation().name()))
            .on_end(move |of: &Execution, outcome: &Outcome| {
                ended.note(&format!("{} {}", of.operation().name(), outcome.class()));
            });
        if settings.metrics {
            builder = builder.metrics(|metrics| metrics.recorder(recorder));
        }
        if settings.traces {
            builder = builder.traces(|traces| traced(traces, settings, spans.clone()));
        }
        Self {
            observability: builder.build().expect("nothing is opened"),
            settings,
            lines,
            spans,
            recordings,
            hooks,
        }
    }

    /// What users' metrics of this thread go to.
    pub fn recorder(&self) -> impl metrics::Recorder + use<> {
        self.observability.recorder()
    }

    /// Makes what is tested the one that code of this thread writes to.
    pub fn enter(&self) -> Entered {
        let provider = self.observability.tracer_provider();
        TRACER.set(Some(provider.tracer("programs")));
        let registry = tracing_subscriber::registry().with(self.observability.tracing_layer());
        let format = fmt::layer()
            .json()
            .with_writer(self.lines.clone())
            .map_event_format(ExecutionFormat::new);
        let dispatch: Dispatch = match self.settings.per_layer {
            true => {
                let filtered = format.with_filter(ReplayFilter::new());
                registry.with(filtered).with(LevelFilter::INFO).into()
            }
            false => registry
                .with(format)
                .with(LevelFilter::INFO)
                .with(ReplayFilter::global().with_spans())
                .into(),
        };
        Entered {
            _default: tracing::dispatcher::set_default(&dispatch),
        }
    }

    pub async fn client(&self, connection: ConnectionOptions) -> Client {
        let options = ClientOptions::new("default");
        let connection = match self.settings.wiring {
            Wiring::Bare => connection,
            _ => self.observability.wrap(connection),
        };
        let connection = Connection::connect(connection)
            .await
            .expect("there is a server");
        let options = match self.settings.wiring {
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

    pub fn worker(&self, options: WorkerOptions) -> WorkerOptions {
        let options = match self.settings.stack && self.settings.wiring != Wiring::Bare {
            true => Stack::new(self.observability.activity()).wrap(options),
            false => options,
        };
        match self.settings.wiring {
            Wiring::Wrap => self.observability.wrap(options),
            Wiring::Plugin | Wiring::Bare => options,
        }
    }

    /// Takes the signals emitted so far.
    pub fn emitted(&self) -> Emitted {
        let text = self.lines.text();
        let parse = |line| serde_json::from_str::<Value>(line).expect("a line is JSON");
        let health = self.observability.health();
        let sum = |count: fn(&chronoscope::replay::Replayed) -> u64| -> u64 {
            health.replayed.iter().map(count).sum()
        };
        Emitted {
            lines: text.lines().map(parse).collect(),
            spans: self.spans.all(),
            metrics: self.metrics(),
            hooks: self.hooks.0.lock().expect("nobody panics here").clone(),
            suppressed: (sum(|of| of.events), sum(|of| of.metrics)),
            runs_left: health.runs,
            health: format!("{health:?}"),
            text,
        }
    }

    fn metrics(&self) -> BTreeMap<String, f64> {
        let value = |value| match value {
            DebugValue::Counter(count) => count as f64,
            DebugValue::Gauge(gauge) => gauge.into_inner(),
            DebugValue::Histogram(values) => values.len() as f64,
        };
        let series = self.recordings.snapshot().into_vec().into_iter();
        series
            .map(|(key, _, _, seen)| {
                let labels = key.key().labels();
                let mut labels: Vec<_> = labels
                    .map(|label| format!("{}={}", label.key(), label.value()))
                    .collect();
                labels.sort();
                let name = format!("{}{{{}}}", key.key().name(), labels.join(","));
                (name, value(seen))
            })
            .collect()
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

    pub fn shut_down(&self) {
        self.observability.shutdown();
        leave();
    }
}

fn traced(
    traces: chronoscope::trace::TracesBuilder,
    settings: Settings,
    spans: Spans,
) -> chronoscope::trace::TracesBuilder {
    let traces = traces.processor(spans).granularity(match settings.grain {
        Grain::Full => Granularity::Full,
        Grain::Marker => Granularity::Marker,
        Grain::Off => Granularity::Off,
    });
    let traces = match settings.hide {
        true => traces.failure_messages(FailureMessages::Hide),
        false => traces,
    };
    let boundary = match settings.edges {
        Edges::Default => return traces,
        Edges::Parent => Boundary::Parent,
        Edges::Link => Boundary::Link,
        Edges::Root => Boundary::Root,
    };
    let edges = [Edge::Child, Edge::Signal, Edge::ContinueAsNew];
    edges
        .into_iter()
        .fold(traces, |traces, edge| traces.boundary(edge, boundary))
}
