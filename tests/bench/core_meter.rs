//! What the core does at each task and call: extend a label set, bind an instrument, record. On
//! the facade and on the SDK's own Prometheus meter, in the same run.
//!
//! `cargo bench -p chronoscope-bench --bench core_meter`. Budget: less than the SDK's meter.

#![allow(missing_docs, unreachable_pub, reason = "a benchmark")]

#[path = "cases/atomics.rs"]
mod atomics;

use std::{
    hint::black_box,
    net::{Ipv4Addr, SocketAddr},
};

use atomics::Atomics;
use chronoscope::metrics::{FacadeMeter, Naming};
use criterion::{Criterion, criterion_group, criterion_main};
use temporalio_common::telemetry::{
    PrometheusExporterOptions,
    metrics::{CoreMeter, CounterBase as _, MetricAttributable as _, MetricKeyValue},
    start_prometheus_metric_exporter,
};

fn measure(criterion: &mut Criterion, name: &str, meter: &dyn CoreMeter) {
    let base = [("namespace", "default"), ("task_queue", "orders")];
    let base = base.map(|(label, value)| MetricKeyValue::new(label, value));
    let base = meter.new_attributes(base.into());
    let counter = meter.counter("c".into());
    let mut group = criterion.benchmark_group("extend, bind, record");
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            let more = [MetricKeyValue::new(
                "workflow_type",
                black_box("OrderWorkflow"),
            )];
            let extended = meter.extend_attributes(base.clone(), more.into());
            if let Ok(bound) = counter.with_attributes(&extended) {
                bound.adds(1);
            }
        });
    });
    group.finish();
}

fn core_meter(criterion: &mut Criterion) {
    measure(
        criterion,
        "facade",
        &FacadeMeter::new(Atomics, Naming::Prometheus),
    );
    let Ok(runtime) = tokio::runtime::Runtime::new() else {
        return;
    };
    let _entered = runtime.enter();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let options = PrometheusExporterOptions::builder()
        .socket_addr(address)
        .build();
    if let Ok(server) = start_prometheus_metric_exporter(options) {
        measure(criterion, "the SDK's Prometheus meter", &*server.meter);
        server.abort_handle.abort();
    }
}

criterion_group!(benches, core_meter);
criterion_main!(benches);
