use std::sync::{Arc, Weak};

use super::Observability;
use crate::{
    metrics::{Board, Folds, Pipeline, Reading},
    observe::{Observer, Registry, Watched},
    replay::Replayed,
    trace::SpanCounts,
};

/// What can be seen from inside of the process. Keeps no sink and no exporter alive: they end with
/// the value that made them. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Inside {
    pub(crate) registry: Arc<Registry>,
    pub(crate) watched: Arc<Watched>,
    /// Only what it counts.
    counts: Observer,
    spans: Option<Spans>,
    #[cfg(feature = "logs")]
    sinks: Weak<crate::logs::Sinks>,
    pipeline: Weak<Pipeline>,
    board: Arc<Board>,
}

type Spans = Arc<dyn Fn() -> Option<SpanCounts> + Send + Sync>;

/// What sends or serves telemetry.
pub(crate) struct Exporting {
    pub(crate) name: &'static str,
    pub(crate) address: String,
    pub(crate) failures: u64,
}

impl Observability {
    /// Begins to keep what goes on, unless that is so already.
    pub(crate) fn inside(&self) -> Inside {
        let board = self.pipeline.board().clone();
        board.switch_on();
        let spans = self.observer.traced().map(|traces| {
            let spans: Spans = Arc::new(traces.watch());
            spans
        });
        Inside {
            registry: self.observer.registry().clone(),
            watched: self.observer.registry().watch(self.failure_messages),
            counts: self.observer.only_counts(),
            spans,
            #[cfg(feature = "logs")]
            sinks: Arc::downgrade(&self.sinks),
            pipeline: Arc::downgrade(&self.pipeline),
            board,
        }
    }
}

impl Inside {
    /// Returns what the core's gauges say of workers.
    pub(crate) fn readings(&self) -> Vec<Reading> {
        self.board.read()
    }

    /// Returns how many of them there was no room to read.
    pub(crate) fn unread_gauges(&self) -> u64 {
        self.board.unread()
    }

    pub(crate) fn replayed(&self) -> Vec<Replayed> {
        self.counts.replayed()
    }

    pub(crate) fn hook_panics(&self) -> u64 {
        self.counts.hook_panics()
    }

    pub(crate) fn spans(&self) -> SpanCounts {
        let counts = self.spans.as_ref().and_then(|spans| spans());
        counts.unwrap_or_default()
    }

    #[cfg(feature = "logs")]
    pub(crate) fn losses(&self) -> crate::logs::Losses {
        let sinks = self.sinks.upgrade();
        sinks.map_or_else(Default::default, |sinks| sinks.losses())
    }

    /// Returns how many values of labels were folded and series dropped.
    pub(crate) fn folds(&self) -> Folds {
        let pipeline = self.pipeline.upgrade();
        pipeline.map_or_else(Folds::default, |pipeline| pipeline.folds())
    }

    /// Returns the exporters that there are.
    pub(crate) fn exporters(&self) -> Vec<Exporting> {
        let mut exporting = Vec::new();
        if let Some(pipeline) = self.pipeline.upgrade() {
            #[cfg(feature = "prometheus")]
            if let Some(address) = pipeline.exports.prometheus_address() {
                exporting.push(Exporting {
                    name: "prometheus",
                    address: address.to_string(),
                    failures: 0,
                });
            }
            #[cfg(feature = "otlp")]
            if let Some(failures) = pipeline.exports.otlp_failures() {
                exporting.push(Exporting {
                    name: "otlp_metrics",
                    address: String::new(),
                    failures,
                });
            }
            drop(pipeline);
        }
        if self.spans.is_some() {
            exporting.push(Exporting {
                name: "spans",
                address: String::new(),
                failures: self.spans().failed,
            });
        }
        exporting
    }
}
