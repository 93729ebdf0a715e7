//! Collectors that are down, silent or refusing: each record is accounted for, and few are kept.

use std::{collections::BTreeSet, io, net::SocketAddr};

use chronoscope::{Observability, export::Collector, logs::RecordCounts};

use super::{set_default, shut_down};
use crate::support::{
    collector::{self, Fault},
    free_port, http, moment,
};

/// How many records may wait.
const ROOM: usize = 64;

/// How many are logged at a time.
const MORE: u64 = 2_500;

fn observe(endpoints: &[String]) -> Observability {
    let mut builder = Observability::builder()
        .metrics(|m| m.prometheus(SocketAddr::from(([127, 0, 0, 1], 0))))
        .logs(|l| l.buffer(ROOM).writer(io::sink()));
    for endpoint in endpoints {
        builder = builder.logs(|l| l.otlp(Collector::at(endpoint)));
    }
    builder.build().unwrap()
}

/// Logs more than there is room for, from several threads.
async fn log(observability: &Observability) {
    let _default = set_default(observability);
    let dispatch = tracing::dispatcher::get_default(Clone::clone);
    let threads = [0, 1, 2, 3].map(|thread| {
        let dispatch = dispatch.clone();
        tokio::task::spawn_blocking(move || {
            tracing::dispatcher::with_default(&dispatch, || {
                let numbers = (0..MORE).filter(|n| n % 4 == thread);
                numbers.for_each(|n| tracing::info!(n, "of a thread"));
            });
        })
    });
    for thread in threads {
        thread.await.unwrap();
    }
}

/// Every record is one of four, and few of them wait.
fn accounted(observability: &Observability, logged: u64) -> RecordCounts {
    let counts = observability.health().records;
    let RecordCounts {
        exported,
        failed,
        dropped,
        waiting,
        ..
    } = counts;
    assert_eq!(exported + failed + dropped + waiting, logged, "{counts:?}");
    assert!(waiting <= ROOM as u64, "{counts:?}");
    counts
}

async fn check(fault: Fault) {
    let observability = observe(&[fault.start().await]);
    log(&observability).await;
    let counts = accounted(&observability, MORE);
    assert_eq!(counts.exported, 0, "{fault:?}: {counts:?}");
    assert!(counts.dropped > 0, "{fault:?}: {counts:?}");
    shut_down(&observability).await;
    let counts = accounted(&observability, MORE);
    assert_eq!(counts.exported, 0, "{fault:?}: {counts:?}");
    if fault != Fault::Silent {
        assert!(counts.failed > 0 && counts.waiting == 0, "{counts:?}");
    }
    let [.., exporter] = &observability.health().exporters[..] else {
        panic!("there are two");
    };
    assert_eq!(
        (exporter.name, exporter.failures),
        ("otlp_logs", counts.failed)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_down_silent_or_refusing_costs_records_alone() {
    for fault in [Fault::Down, Fault::Silent, Fault::Refusing] {
        check(fault).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_collector_gets_each_record_that_waited_once() {
    let (collector, endpoint) = collector::Collector::start().await;
    let observability = observe(&[endpoint]);
    let slow = collector.hold_records().await;
    log(&observability).await;
    let counts = accounted(&observability, MORE);
    assert!(counts.exported == 0 && counts.dropped > 0, "{counts:?}");
    drop(slow);
    shut_down(&observability).await;
    let counts = accounted(&observability, MORE);
    assert_eq!((counts.failed, counts.waiting), (0, 0), "{counts:?}");
    let arrived = collector.records();
    assert_eq!(arrived.len() as u64, counts.exported, "{counts:?}");
    let numbers = arrived.iter().map(|record| record.attribute("n"));
    let different: BTreeSet<_> = numbers.collect();
    assert_eq!(different.len(), arrived.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_after_the_end_is_dropped_and_counted() {
    let (collector, endpoint) = collector::Collector::start().await;
    let observability = observe(&[endpoint]);
    let default = set_default(&observability);
    tracing::info!("before");
    shut_down(&observability).await;
    tracing::info!("after");
    drop(default);
    let counts = accounted(&observability, 2);
    assert_eq!((counts.exported, counts.dropped), (1, 1));
    assert_eq!(collector.records().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_is_bounded_in_bytes_and_losses_are_metrics() {
    const LONG: usize = 100_000;
    let observability = Observability::builder()
        .metrics(|m| m.prometheus(SocketAddr::from(([127, 0, 0, 1], 0))))
        .logs(|l| {
            l.otlp(Collector::at("http://127.0.0.1:1"))
                .buffer_bytes(10 * LONG)
                .writer(io::sink())
        })
        .build()
        .unwrap();
    let default = set_default(&observability);
    (0..100).for_each(|_| tracing::info!("{}", "x".repeat(LONG)));
    drop(default);
    let before = accounted(&observability, 100);
    // Nine wait, or some more if a batch has failed meanwhile.
    assert!(before.dropped >= 50 && before.waiting <= 9, "{before:?}");
    let address = observability.prometheus_address().unwrap();
    let page = tokio::task::spawn_blocking(move || http::get(address, "/metrics").unwrap());
    let page = page.await.unwrap();
    let lost = format!(
        "chronoscope_log_records_lost_total{{reason=\"dropped\"}} {}\n",
        before.dropped
    );
    assert!(page.contains(&lost), "{lost}: {page}");
    shut_down(&observability).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_comes_twice_once_a_collector_is_there() {
    let port = free_port();
    let observability = observe(&[format!("http://127.0.0.1:{port}")]);
    let default = set_default(&observability);
    (0..ROOM).for_each(|n| tracing::info!(n, "before"));
    while observability.health().records.failed == 0 {
        moment().await;
    }
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port));
    let collector = collector::Collector::serving(listener.await.unwrap());
    let mut n = 0;
    // The connection is made anew when the next batch is sent.
    while observability.health().records.exported == 0 {
        if observability.health().records.waiting == 0 {
            tracing::info!(n, "after");
            n += 1;
        }
        moment().await;
    }
    drop(default);
    shut_down(&observability).await;
    let counts = accounted(&observability, ROOM as u64 + n);
    let arrived = collector.records();
    assert_eq!(arrived.len() as u64, counts.exported, "{counts:?}");
    let mut once: Vec<_> = arrived
        .iter()
        .map(|record| (&record.body, record.attribute("n")))
        .collect();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), arrived.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_collector_takes_no_room_from_another() {
    let (collector, endpoint) = collector::Collector::start().await;
    let observability = observe(&[Fault::Silent.start().await, endpoint]);
    let default = set_default(&observability);
    for n in 1..=3 {
        (0..ROOM).for_each(|n| tracing::info!(n, "one of a batch"));
        while observability.health().records.exported < (n * ROOM) as u64 {
            moment().await;
        }
    }
    drop(default);
    shut_down(&observability).await;
    assert_eq!(collector.records().len(), 3 * ROOM);
    let counts = observability.health().records;
    assert_eq!(counts.dropped, 2 * ROOM as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_buffer_without_end_is_as_large_as_one_may_be() {
    let observability = Observability::builder()
        .logs(|l| {
            l.otlp(Collector::at("http://127.0.0.1:1"))
                .buffer(usize::MAX)
        })
        .traces(|t| {
            t.otlp(Collector::at("http://127.0.0.1:1"))
                .buffer(usize::MAX)
        })
        .build()
        .unwrap();
    shut_down(&observability).await;
}
