//! Paths that promise not to allocate.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use allocation_counter::measure;
use chronoscope::{
    Observability,
    execution::{Phase, in_current},
    export::Collector,
    logs::ReplayFilter,
    metrics::{Meter, ReplayRecorder, export::Otlp},
    schema::{Field, Operation},
    testing::{execution, unwired::attempt},
};
use tracing_subscriber::{Layer as _, fmt, layer::SubscriberExt as _};

fn replaying() -> chronoscope::execution::Execution {
    execution(Operation::RunWorkflow)
        .field(Field::WorkflowId, "w")
        .phase(Phase::Replaying)
        .build()
}

/// Logs once to warm callsites up, then counts.
fn allocations(body: impl Fn()) -> u64 {
    replaying().run(&body);
    let warm = replaying();
    let mut counted = 0;
    warm.run(|| counted = measure(&body).count_total);
    counted
}

fn events() {
    for i in 0..100 {
        tracing::info!(i, text = "some", "plain {}", i);
        chronoscope::info!(i, text = "some", "ours {}", i);
    }
}

#[test]
fn a_suppressed_event_allocates_nothing_under_the_global_filter() {
    let subscriber = tracing_subscriber::registry()
        .with(fmt::layer().with_writer(std::io::sink))
        .with(ReplayFilter::global());
    tracing::subscriber::with_default(subscriber, || assert_eq!(allocations(events), 0));
}

#[test]
fn a_suppressed_event_allocates_nothing_under_a_per_layer_filter() {
    let layer = fmt::layer()
        .with_writer(std::io::sink)
        .with_filter(ReplayFilter::new());
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, || assert_eq!(allocations(events), 0));
}

#[test]
fn entering_and_leaving_an_execution_allocates_nothing() {
    let carried = replaying().run(|| in_current(poll_fn(|_| Poll::<()>::Pending)));
    let mut carried = pin!(carried);
    let mut poll = || {
        let polled = carried
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
    };
    poll();
    assert_eq!(measure(|| (0..100).for_each(|_| poll())).count_total, 0);
}

#[test]
fn a_kept_handle_allocates_nothing_recorded_or_not() {
    let recorder = ReplayRecorder::new(metrics::NoopRecorder);
    metrics::with_local_recorder(&recorder, || {
        let (counter, histogram) = (metrics::counter!("c"), metrics::histogram!("h"));
        let record = || {
            counter.increment(1);
            histogram.record(1.0);
        };
        assert_eq!(allocations(record), 0);
        assert_eq!(measure(record).count_total, 0);
    });
}

#[test]
fn kept_handles_of_the_exporters_allocate_nothing() {
    let anywhere = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let collector =
        Otlp::to(Collector::at("http://127.0.0.1:1")).interval(Duration::from_secs(3600));
    let prometheus = Observability::builder().metrics(|m| m.prometheus(anywhere));
    let otlp = Observability::builder().metrics(|m| m.otlp(collector));
    // Prometheus's exporter buffers samples in blocks of 64.
    for (builder, blocks) in [(prometheus, 5), (otlp, 0)] {
        let observability = builder.build().unwrap();
        let live = execution(Operation::RunWorkflow)
            .field(Field::WorkflowType, "Order")
            .build();
        metrics::with_local_recorder(&observability.recorder(), || {
            live.run(|| {
                let meter = Meter::current();
                let (counter, gauge) = (meter.counter("c"), meter.gauge("g"));
                let histogram = meter.histogram("h");
                let record = || {
                    counter.increment(1);
                    gauge.set(1.0);
                };
                let times = |body: &dyn Fn()| measure(|| (0..100).for_each(|_| body())).count_total;
                assert_eq!(times(&record), 0);
                assert!(times(&|| histogram.record(1.0)) <= blocks);
            });
        });
    }
}

#[test]
fn queues_without_end_take_no_memory_without_end() {
    const MANY: u32 = 10_000;
    let observability = Observability::builder().build().unwrap();
    let attempts = |queues: std::ops::Range<u32>| {
        for queue in queues {
            let execution = execution(Operation::RunActivity)
                .field(Field::TaskQueue, &*format!("queue-{queue}"))
                .field(Field::ActivityType, "charge")
                .build();
            let attempt = attempt(&observability, execution, async || Ok(()));
            futures::executor::block_on(attempt).unwrap();
        }
    };
    attempts(0..MANY);
    let further = measure(|| attempts(MANY..2 * MANY));
    assert!(further.bytes_current < 10_000, "{further:?}");
}
