//! The outputs of telemetry: exporters, writers and servers, from their start to their end.

use std::sync::{Arc, OnceLock, Weak};
#[cfg(feature = "logs")]
use std::time::Duration;

use parking_lot::Mutex;

use super::Health;
#[cfg(feature = "introspect")]
use super::process::Process;
#[cfg(feature = "logs")]
use super::written::Written;
#[cfg(feature = "logs")]
use crate::clock;
use crate::{
    env::Warnings,
    export::{ExportThread, ExportThreads, at_once},
    metrics::Pipeline,
    observe::Observer,
    trace::Traces,
};

/// How long a writer may take to write its buffered lines.
#[cfg(feature = "logs")]
const WRITING: Duration = Duration::from_secs(1);

/// Kept alive by everything that is wrapped.
pub(super) struct Outputs {
    /// Only for its counters.
    pub(super) counts: Observer,
    pub(super) traces: Option<Traces>,
    pub(super) pipeline: Pipeline,
    #[cfg(feature = "logs")]
    pub(super) lines: Written,
    #[cfg(feature = "introspect")]
    serving: OnceLock<crate::introspect::Serving>,
    thread: Option<Arc<ExportThread>>,
    warnings: Mutex<Option<Warnings>>,
    ended: OnceLock<()>,
}

impl Outputs {
    pub(super) fn new(
        observer: &Observer,
        pipeline: Pipeline,
        traces: Option<Traces>,
        mut threads: ExportThreads,
        mut warnings: Warnings,
    ) -> Self {
        // A recorder of the user's needs no thread, but the metrics of losses do.
        if pipeline.is_on()
            && let Err(error) = threads.get()
        {
            warnings.note(format!(
                "cannot keep the metrics of losses up to date: {error}"
            ));
        }
        Self {
            counts: observer.only_counts(),
            traces,
            pipeline,
            #[cfg(feature = "logs")]
            lines: Written::default(),
            #[cfg(feature = "introspect")]
            serving: OnceLock::new(),
            thread: threads.started(),
            warnings: Mutex::new(Some(warnings)),
            ended: OnceLock::new(),
        }
    }

    /// Adds the log records that are sent.
    #[cfg(all(feature = "logs", feature = "otlp"))]
    pub(super) fn with_records(mut self, records: Option<crate::logs::Records>) -> Self {
        self.lines.records = records;
        self
    }

    /// Says where telemetry goes and what was wrong with the environment, once.
    pub(super) fn say(&self) {
        let Some(mut warnings) = self.warnings.lock().take() else {
            return;
        };
        #[cfg(feature = "prometheus")]
        if let Some(address) = self.pipeline.exports.prometheus_address() {
            tracing::info!(endpoint = %format_args!("http://{address}/metrics"), "metrics are served");
        }
        #[cfg(feature = "introspect")]
        if let Some(address) = self.introspect_address() {
            tracing::info!(%address, "introspection is served");
        }
        warnings.say();
    }

    /// Serves introspection.
    #[cfg(feature = "introspect")]
    pub(super) fn serve(
        self: &Arc<Self>,
        bound: crate::introspect::Bound,
        watched: Arc<crate::observe::Watched>,
    ) {
        let process = Process::new(self, watched);
        self.serving.get_or_init(|| bound.serve(process));
    }

    #[cfg(feature = "introspect")]
    pub(super) fn introspect_address(&self) -> Option<std::net::SocketAddr> {
        Some(self.serving.get()?.address())
    }

    /// Updates the metrics of losses every few seconds.
    pub(super) fn keep_up(self: &Arc<Self>) {
        let (Some(thread), true) = (&self.thread, self.pipeline.is_on()) else {
            return;
        };
        let outputs: Weak<Self> = Arc::downgrade(self);
        thread.keep_up(move || {
            if let Some(outputs) = outputs.upgrade() {
                drop(outputs.health());
            }
        });
    }

    /// Returns the health of telemetry, and updates its metrics.
    pub(super) fn health(&self) -> Health {
        let health = Health::of(self);
        if let Some(measures) = self.pipeline.measures() {
            health.measure(measures.health());
        }
        health
    }

    /// Does something with the senders of spans and of log records, at the same time.
    fn each_sender(&self, spans: impl Fn(&Traces) + Sync, records: impl Fn(&Self) + Sync) {
        let spans = || self.traces.iter().for_each(&spans);
        let records = || records(self);
        match self.sends_records() {
            true => drop(at_once(&[&records as &(dyn Fn() + Sync), &spans], |act| {
                act()
            })),
            false => spans(),
        }
    }

    fn sends_records(&self) -> bool {
        #[cfg(feature = "logs")]
        return self.lines.records().is_some();
        #[cfg(not(feature = "logs"))]
        false
    }

    fn flush_records(&self) {
        #[cfg(feature = "logs")]
        self.lines.flush_records();
    }

    fn end_records(&self) {
        #[cfg(feature = "logs")]
        self.lines.end_records();
    }

    /// Sends and writes all buffered telemetry.
    fn flush(&self) {
        if self.ended.get().is_some() {
            return;
        }
        self.each_sender(Traces::flush, Self::flush_records);
        drop(self.health());
        self.pipeline.exports.flush();
        #[cfg(feature = "logs")]
        self.lines.flush(clock::now() + WRITING);
    }

    /// Does the same, and ends all outputs.
    pub(super) fn shutdown(&self) {
        self.ended.get_or_init(|| {
            self.each_sender(Traces::shutdown, Self::end_records);
            drop(self.health());
            self.pipeline.exports.shutdown();
            #[cfg(feature = "introspect")]
            if let Some(serving) = self.serving.get() {
                serving.shutdown();
            }
            if let Some(thread) = &self.thread {
                thread.end();
            }
            // Last, since the others may log while they shut down.
            #[cfg(feature = "logs")]
            self.lines.shutdown();
        });
    }
}

/// Flushes when the user's last value is dropped.
pub(super) struct FlushedWhenDropped(pub(super) Arc<Outputs>);

impl Drop for FlushedWhenDropped {
    fn drop(&mut self) {
        self.0.flush();
    }
}
