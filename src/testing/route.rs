//! The process's one subscriber and one recorder, shared by all its captures.

use std::{
    collections::HashMap,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use metrics::Recorder;
use opentelemetry::{
    Context,
    trace::{Span as _, SpanId},
};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanProcessor},
};
use parking_lot::Mutex;
use tracing::Subscriber;
use tracing_subscriber::{
    Layer,
    filter::{FilterExt as _, dynamic_filter_fn},
    layer::SubscriberExt as _,
    registry::LookupSpan,
};

use super::{
    line::CaptureLines,
    sample::{CaptureMetrics, To},
    sink::Sink,
};
use crate::{
    execution::Mark, logs::ReplayFilter, metrics::ReplayRecorder, observability::Observability,
};

/// Whether the process has a layer and a recorder that feed captures.
static HAS_LAYER: AtomicBool = AtomicBool::new(false);
static HAS_RECORDER: AtomicBool = AtomicBool::new(false);

/// Returns the layer that feeds lines and `tracing` spans to captures, for a test program with its
/// own subscriber. If there is none, [`Capture`](super::Capture) sets one.
pub fn layer<S>() -> impl Layer<S> + Send + Sync
where
    S: Subscriber + Send + Sync + for<'span> LookupSpan<'span>,
{
    HAS_LAYER.store(true, Ordering::Relaxed);
    let observed = dynamic_filter_fn(|_, _| Mark::current::<Sink>().is_some());
    let lines = CaptureLines.with_filter(observed.and(ReplayFilter::new()));
    lines.and_then(bridge().tracing_layer())
}

/// Returns the recorder that feeds `counter!` and the other macros to captures, for a test program
/// with its own recorder, which must pass recordings on to this one. If there is none,
/// [`Capture`](super::Capture) sets it.
pub fn recorder() -> impl Recorder + Send + Sync {
    HAS_RECORDER.store(true, Ordering::Relaxed);
    ReplayRecorder::new(CaptureMetrics(To::Current))
}

/// Sets the process's subscriber and recorder, unless they are set.
///
/// # Panics
///
/// If the process has a subscriber or a recorder that does not feed captures.
pub(super) fn install() {
    static INSTALLED: Mutex<bool> = Mutex::new(false);
    let mut installed = INSTALLED.lock();
    if *installed {
        return;
    }
    if !HAS_LAYER.load(Ordering::Relaxed) {
        let subscriber = tracing_subscriber::registry().with(layer());
        let set = tracing::subscriber::set_global_default(subscriber);
        assert!(
            set.is_ok(),
            "this process has a `tracing` subscriber: add `chronoscope::testing::layer()` to it"
        );
        // A logger of the test program's own stays.
        let _ = tracing_log::LogTracer::init();
    }
    if !HAS_RECORDER.load(Ordering::Relaxed) {
        let set = metrics::set_global_recorder(recorder());
        assert!(
            set.is_ok(),
            "this process has a `metrics` recorder: have it record into \
             `chronoscope::testing::recorder()`, too"
        );
    }
    *installed = true;
}

/// What turns users' `tracing` spans into spans, for all captures.
fn bridge() -> &'static Observability {
    static BRIDGE: OnceLock<Observability> = OnceLock::new();
    BRIDGE.get_or_init(|| {
        let built = Observability::builder()
            .traces(|t| t.processor(RouteSpans::default()))
            .build();
        built.unwrap_or_else(|error| panic!("nothing is opened here: {error}"))
    })
}

/// Passes spans to the captures that observed the execution in which they were opened.
#[derive(Debug, Default)]
struct RouteSpans {
    open: Mutex<HashMap<SpanId, Arc<Sink>>>,
}

impl SpanProcessor for RouteSpans {
    fn on_start(&self, span: &mut Span, _: &Context) {
        if let Some(sink) = Mark::current::<Sink>() {
            self.open.lock().insert(span.span_context().span_id(), sink);
        }
    }

    fn on_end(&self, span: SpanData) {
        let sink = self.open.lock().remove(&span.span_context.span_id());
        if let Some(sink) = sink {
            sink.span(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}
