//! Metrics with delta temporality, as a real collector receives them.

use std::time::Duration;

use chronoscope::{
    Observability,
    export::Collector,
    metrics::export::{Otlp, Temporality},
};
use metrics::counter;

use crate::support::collector::Taking;

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_of_ten_and_then_thirteen_arrives_as_ten_and_three() {
    let real = Taking::start().await;
    let otlp = Otlp::to(Collector::at(&real.grpc))
        .interval(Duration::from_millis(50))
        .temporality(Temporality::Delta);
    let observability = Observability::builder()
        .metrics(|m| m.otlp(otlp))
        .build()
        .unwrap();
    let recorder = observability.recorder();
    let count = |by| metrics::with_local_recorder(&recorder, || counter!("parcels").increment(by));
    let arrived = || {
        let sums = real.taken.sums("parcels{}");
        sums.into_iter().filter(|sum| *sum != 0).collect::<Vec<_>>()
    };
    count(10);
    while arrived().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    count(3);
    let ends = tokio::task::spawn_blocking(move || observability.shutdown());
    ends.await.unwrap();
    assert_eq!(arrived(), [10, 3], "{}", real.log());
}
