//! The cost of recording on each path, compared with the bare facade, the SDK's Prometheus meter
//! and OpenTelemetry's instruments, in one run; what a scrape takes.
//!
//! `cargo bench -p chronoscope-bench --bench metrics`. Budget: a kept counter at most 3 ns over the bare
//! one.

#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a benchmark"
)]

use std::{
    hint::black_box,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use chronoscope::{
    Observability,
    execution::Execution,
    export::Collector,
    metrics::{Meter, export::Otlp},
    schema::{Field, Operation},
    testing,
};
use criterion::{Criterion, criterion_group, criterion_main};
use metrics::{Recorder, counter, histogram, with_local_recorder};
use metrics_exporter_prometheus::PrometheusBuilder;
use opentelemetry::{KeyValue, metrics::MeterProvider as _};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use temporalio_common::telemetry::{
    PrometheusExporterOptions,
    metrics::{
        CoreMeter, CounterBase as _, HistogramDurationBase as _, MetricAttributable as _,
        MetricKeyValue,
    },
    start_prometheus_metric_exporter,
};

const LABELS: [(&str, &str); 3] = [
    ("namespace", "default"),
    ("task_queue", "orders"),
    ("workflow_type", "Order"),
];

fn anywhere() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

/// A collector that nobody listens for: nothing is sent within a benchmark.
fn nowhere() -> Otlp {
    Otlp::to(Collector::at("http://127.0.0.1:1")).interval(Duration::from_secs(86_400))
}

fn activity(operation: Operation) -> Execution {
    testing::execution(operation)
        .field(Field::Namespace, "default")
        .field(Field::TaskQueue, "orders")
        .field(Field::WorkflowType, "Order")
        .field(Field::ActivityType, "charge")
        .build()
}

/// Counters and histograms of users, through a recorder: a kept handle of each, and the macro.
fn users(criterion: &mut Criterion, name: &str, recorder: &impl Recorder) {
    let workflow = activity(Operation::RunWorkflow);
    with_local_recorder(recorder, || {
        workflow.run(|| {
            let meter = Meter::current();
            let (counter, histogram) = (meter.counter("c_total"), meter.histogram("h"));
            let mut group = criterion.benchmark_group("kept counter");
            group.bench_function(name, |b| b.iter(|| counter.increment(black_box(1))));
            group.finish();
            let mut group = criterion.benchmark_group("kept histogram");
            group.bench_function(name, |b| b.iter(|| histogram.record(black_box(0.5))));
            group.finish();
            let mut group = criterion.benchmark_group("counter macro");
            group.bench_function(name, |b| b.iter(|| counter!("m_total").increment(1)));
            group.finish();
        });
    });
}

fn kept(criterion: &mut Criterion) {
    let bare = PrometheusBuilder::new().build_recorder();
    let upkeep = bare.handle();
    users(criterion, "bare facade", &bare);
    upkeep.run_upkeep();
    let prometheus = Observability::builder().metrics(|m| m.prometheus(anywhere()));
    users(
        criterion,
        "ours, Prometheus",
        &prometheus.build().unwrap().recorder(),
    );
    let otlp = Observability::builder().metrics(|m| m.otlp(nowhere()));
    users(criterion, "ours, OTLP", &otlp.build().unwrap().recorder());
    sdk(criterion);
    opentelemetry(criterion);
}

/// A label value that is folded, recorded by one thread and by two at once.
fn folded(criterion: &mut Criterion) {
    let prometheus = Observability::builder().metrics(|m| m.prometheus(anywhere()));
    let recorder = prometheus.build().unwrap().recorder();
    let count = |times: u64| {
        with_local_recorder(&recorder, || {
            (0..times).for_each(|_| counter!("f_total", "order" => "20261129-0007").increment(1));
        });
    };
    let mut group = criterion.benchmark_group("folded label");
    for threads in [1, 2] {
        group.bench_function(format!("threads: {threads}"), |b| {
            b.iter_custom(|times| {
                let started = Instant::now();
                thread::scope(|scope| {
                    (0..threads).for_each(|_| drop(scope.spawn(|| count(times))));
                });
                started.elapsed()
            });
        });
    }
    group.finish();
}

/// The SDK's own Prometheus meter, bound.
fn sdk(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _entered = runtime.enter();
    let options = PrometheusExporterOptions::builder()
        .socket_addr(anywhere())
        .build();
    let server = start_prometheus_metric_exporter(options).unwrap();
    let labels = LABELS.map(|(name, value)| MetricKeyValue::new(name, value));
    let labels = server.meter.new_attributes(labels.into());
    let counter = server.meter.counter("c".into());
    let counter = counter.with_attributes(&labels).unwrap();
    let histogram = server.meter.histogram_duration("h".into());
    let histogram = histogram.with_attributes(&labels).unwrap();
    let name = "SDK's Prometheus meter, bound";
    let mut group = criterion.benchmark_group("kept counter");
    group.bench_function(name, |b| b.iter(|| counter.adds(black_box(1))));
    group.finish();
    let mut group = criterion.benchmark_group("kept histogram");
    let duration = Duration::from_millis(500);
    group.bench_function(name, |b| b.iter(|| histogram.records(black_box(duration))));
    group.finish();
    server.abort_handle.abort();
}

/// OpenTelemetry's instruments, unbound and bound.
fn opentelemetry(criterion: &mut Criterion) {
    let provider = SdkMeterProvider::builder()
        .with_reader(opentelemetry_sdk::metrics::ManualReader::builder().build())
        .build();
    let meter = provider.meter("bench");
    let labels = LABELS.map(|(name, value)| KeyValue::new(name, value));
    let counter = meter.u64_counter("c").build();
    let histogram = meter.f64_histogram("h").build();
    let (bound_counter, bound_histogram) = (counter.bind(&labels), histogram.bind(&labels));
    let mut group = criterion.benchmark_group("kept counter");
    group.bench_function("OpenTelemetry, unbound", |b| {
        b.iter(|| counter.add(black_box(1), &labels));
    });
    group.bench_function("OpenTelemetry, bound", |b| {
        b.iter(|| bound_counter.add(black_box(1)));
    });
    group.finish();
    let mut group = criterion.benchmark_group("kept histogram");
    group.bench_function("OpenTelemetry, unbound", |b| {
        b.iter(|| histogram.record(black_box(0.5), &labels));
    });
    group.bench_function("OpenTelemetry, bound", |b| {
        b.iter(|| bound_histogram.record(black_box(0.5)));
    });
    group.finish();
}

/// A page of 10,000 series.
fn render(criterion: &mut Criterion) {
    let recorder = Arc::new(PrometheusBuilder::new().build_recorder());
    with_local_recorder(&recorder, || {
        for series in 0..5000 {
            counter!(format!("c{}_total", series % 50), "n" => series.to_string()).increment(1);
        }
        for series in 0..455 {
            histogram!("h", "n" => series.to_string()).record(0.5);
        }
    });
    let handle = recorder.handle();
    let mut group = criterion.benchmark_group("render");
    group.sample_size(20);
    group.bench_function("10,000 series", |b| b.iter(|| handle.render()));
    group.finish();
}

criterion_group!(benches, kept, folded, render);
criterion_main!(benches);
