//! A worker keeps running when it does not trust its collector.

use std::time::Duration;

use chronoscope::{
    Observability,
    export::{Collector, Protocol},
    metrics::export::Otlp,
};

use crate::{
    scenarios::{self, Timers},
    support::{
        authority::Trust,
        collector::{Asks, Real},
        connect, end, observed, start, unique,
    },
};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "real: a collector"]
async fn a_worker_runs_on_before_a_collector_that_nobody_vouches_for() {
    let trust = Trust::new();
    let server = trust.servers.sign("localhost");
    let real = Real::start(Asks::Tls(&server)).await;
    for protocol in [Protocol::Grpc, Protocol::Http] {
        let endpoint = match protocol {
            Protocol::Http => real.http(),
            _ => real.grpc(),
        };
        let collector = Collector::at(endpoint)
            .protocol(protocol)
            // It vouches for clients alone.
            .certificate(trust.file("worker.pem"));
        let otlp = Otlp::to(collector.clone()).interval(Duration::from_millis(50));
        let observability = Observability::builder()
            .traces(|t| t.otlp(collector))
            .metrics(|m| m.otlp(otlp))
            .build()
            .unwrap();
        let client = connect(Some(&observability)).await;
        let queue = unique("untrusting");
        observed(
            &client,
            &observability,
            scenarios::worker(&queue, 3),
            async {
                for _ in 0..3 {
                    end(&start(&client, &queue, Timers::run, ()).await).await;
                }
            },
        )
        .await;
        let ended = observability.clone();
        let ends = tokio::task::spawn_blocking(move || ended.shutdown());
        ends.await.unwrap();
        let health = observability.health();
        assert_eq!(health.spans.exported, 0);
        assert!(health.spans.failed > 0, "{health:?}");
        assert_eq!((health.spans.dropped, health.spans.waiting), (0, 0));
    }
    assert!(real.taken.spans().is_empty());
}
