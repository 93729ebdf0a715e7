//! The cost of an event that becomes a line, and of one that becomes a log record for a collector.
//!
//! `cargo bench -p chronoscope-bench --bench log_records`. An event with one field in a workflow with six
//! ids, as a JSON line behind a writer that discards it, as a log record in the queue to a collector
//! that takes it, and as both; live, and suppressed by replay. What is printed are the medians of
//! rounds that each wait until nothing is buffered: no event is dropped, and sending is not timed.

#![allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark"
)]

#[path = "../suite/support/collector/faulty.rs"]
#[allow(dead_code, reason = "shared with tests, which need more of it")]
mod faulty;
#[path = "../../src/introspect/routes.rs"]
mod routes;

use std::{
    hint::black_box,
    io, thread,
    time::{Duration, Instant},
};

use chronoscope::{
    Observability,
    execution::{Execution, Phase},
    export::Collector,
    logs::LogFormat,
    schema::{Field, Operation},
    testing,
};
use tracing::Dispatch;
use tracing_subscriber::{layer::SubscriberExt as _, registry};

const ROUNDS: usize = 200;
/// Fewer than wait at most.
const EVENTS: u32 = 4_000;

/// Starts a collector on a thread of its own.
fn collector() -> String {
    let (sender, started) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().build().unwrap();
        runtime.block_on(async {
            sender.send(faulty::Fault::None.start().await).unwrap();
            std::future::pending::<()>().await;
        });
    });
    started.recv().unwrap()
}

fn execution(phase: Phase) -> Execution {
    testing::execution(Operation::RunWorkflow)
        .field(Field::Namespace, "default")
        .field(Field::TaskQueue, "orders")
        .field(Field::WorkflowId, "order-7")
        .field(Field::RunId, "01a1fed9-0c6d-78ed-bc22-af6edcfb2f9c")
        .field(Field::WorkflowType, "Order")
        .field(Field::Attempt, 1)
        .phase(phase)
        .build()
}

/// Which layers there are.
#[derive(Clone, Copy, Debug)]
enum To {
    Line,
    Record,
    Both,
}

/// Returns the median time of an event, in nanoseconds.
fn measure(to: To, phase: Phase, endpoint: &str) -> f64 {
    let observability = Observability::builder()
        .logs(|l| {
            l.otlp(Collector::at(endpoint))
                .writer(io::sink())
                .format(LogFormat::Json)
        })
        .build()
        .unwrap();
    let lines = || registry().with(observability.log_layer());
    let dispatch: Dispatch = match to {
        To::Line => lines().into(),
        To::Record => registry().with(observability.log_record_layer()).into(),
        To::Both => lines().with(observability.log_record_layer()).into(),
    };
    let mut rounds: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let took = tracing::dispatcher::with_default(&dispatch, || {
                execution(phase).run(|| {
                    let started = Instant::now();
                    (0..EVENTS).for_each(|n| tracing::info!(n = black_box(n), "a step"));
                    started.elapsed()
                })
            });
            while observability.health().records.waiting > 0 {
                thread::sleep(Duration::from_millis(1));
            }
            took.as_secs_f64() * 1e9 / f64::from(EVENTS)
        })
        .collect();
    observability.shutdown();
    let health = observability.health();
    assert_eq!((health.records.dropped, health.records.failed), (0, 0));
    rounds.sort_by(f64::total_cmp);
    rounds[ROUNDS / 2]
}

fn main() {
    let endpoint = collector();
    for phase in [Phase::Live, Phase::Replaying] {
        for to in [To::Line, To::Record, To::Both] {
            let median = measure(to, phase, &endpoint);
            println!("{phase:?} {to:?}: {median:.1} ns an event");
        }
    }
}
