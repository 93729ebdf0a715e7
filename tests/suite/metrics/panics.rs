//! A recorder that panics in any call fails no task.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use chronoscope::Observability;
use metrics::{
    Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};

use crate::{
    scenarios::{self, Activities},
    support::{run, unique},
};

/// Hands out counters that panic, and panics instead of handing out anything else.
#[derive(Clone, Default)]
struct Panics(Arc<AtomicU64>);

impl Panics {
    fn panic<T>(&self) -> T {
        self.0.fetch_add(1, Ordering::Relaxed);
        std::panic::resume_unwind(Box::new("on purpose"))
    }
}

impl CounterFn for Panics {
    fn increment(&self, _: u64) {
        self.panic()
    }

    fn absolute(&self, _: u64) {
        self.panic()
    }
}

impl Recorder for Panics {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {
        self.panic()
    }

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {
        self.panic()
    }

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {
        self.panic()
    }

    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(Arc::new(self.clone()))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        self.panic()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        self.panic()
    }
}

#[tokio::test]
async fn a_recorder_that_panics_hurts_no_task() {
    let panics = Panics::default();
    let observability = Observability::builder()
        .metrics(|m| m.recorder(panics.clone()))
        .build()
        .unwrap();
    let options = scenarios::worker(&unique("panics"), 0);
    run(&observability, options, Activities::run, ()).await;
    let panicked = panics.0.load(Ordering::Relaxed);
    assert!(panicked > 100);
    assert!(observability.health().recorder_panics >= panicked);
}
