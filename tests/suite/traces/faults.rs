//! Collectors that are down, silent or refusing: work continues, little is kept, and each span is
//! accounted for.

use std::{net::SocketAddr, thread, time::Duration};

use chronoscope::{Observability, export, testing::Capture, trace::SpanCounts};
use opentelemetry::trace::{Tracer as _, TracerProvider as _};

use super::orders;
use crate::support::{
    collector::{Collector, Fault},
    connect, http, moment, unique, work,
};

/// How many spans may wait.
const ROOM: usize = 64;

/// How many each of four threads ends.
const SPANS: usize = 2_500;

/// Every span that ended is one of four, and few of them wait.
fn accounted(capture: &Capture) -> SpanCounts {
    let counts = capture.observability().health().spans;
    let SpanCounts {
        exported,
        failed,
        dropped,
        waiting,
        ..
    } = counts;
    let ended = capture.spans().len() as u64;
    assert_eq!(exported + failed + dropped + waiting, ended, "{counts:?}");
    assert!(waiting <= ROOM as u64, "{counts:?}");
    counts
}

fn observe(endpoints: &[String]) -> Capture {
    let mut builder = Observability::builder();
    for endpoint in endpoints {
        builder = builder.traces(|t| t.otlp(export::Collector::at(endpoint)));
    }
    // Whatever the order of the calls.
    Capture::of(builder.traces(|t| t.buffer(ROOM))).unwrap()
}

/// Ends more spans at once than there is room for.
async fn end_spans(observability: &Observability) {
    let tracer = observability.tracer_provider().tracer("suite");
    let threads = [(); 4].map(|()| {
        let tracer = tracer.clone();
        move || (0..SPANS).for_each(|_| drop(tracer.start("of a thread")))
    });
    let all = move || {
        let threads = threads.map(thread::spawn);
        threads.map(|thread| thread.join().unwrap())
    };
    tokio::task::spawn_blocking(all).await.unwrap();
}

/// Waits for the shutdown, which takes a bounded time.
async fn shut_down(observability: &Observability) {
    let observability = observability.clone();
    let down = tokio::task::spawn_blocking(move || observability.shutdown());
    let down = tokio::time::timeout(Duration::from_secs(60), down).await;
    down.unwrap().unwrap();
}

async fn place_orders(observability: &Observability) {
    let client = connect(Some(observability)).await;
    let queue = unique("faults");
    let options = observability.wrap(orders::worker(&queue, 0));
    work(&client, options, orders::place(&client, &queue, 5)).await;
}

async fn check(fault: Fault) {
    let capture = observe(&[fault.start().await]);
    let observability = capture.observability();
    place_orders(observability).await;
    let counts = accounted(&capture);
    assert_eq!(counts.exported, 0, "{fault:?}: {counts:?}");
    end_spans(observability).await;
    let counts = accounted(&capture);
    assert!(counts.dropped > 0, "{fault:?}: {counts:?}");
    shut_down(observability).await;
    let before = accounted(&capture);
    assert_eq!(before.exported, 0, "{fault:?}: {before:?}");
    if fault != Fault::Silent {
        assert!(before.failed > 0 && before.waiting == 0, "{before:?}");
    }
    end_spans(observability).await;
    let after = accounted(&capture);
    let more = after.dropped - before.dropped;
    assert_eq!(more, 4 * SPANS as u64, "{fault:?}: {after:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_for_a_collector_that_is_down_fail_or_are_dropped() {
    check(Fault::Down).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_for_a_collector_that_never_answers_wait_or_are_dropped() {
    check(Fault::Silent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_for_a_collector_that_refuses_them_fail_or_are_dropped() {
    check(Fault::Refusing).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_collector_that_is_up_got_is_what_counts_as_exported() {
    let (collector, endpoint) = Collector::start().await;
    let capture = observe(&[endpoint]);
    let observability = capture.observability();
    end_spans(observability).await;
    shut_down(observability).await;
    let counts = accounted(&capture);
    assert_eq!((counts.failed, counts.waiting), (0, 0), "{counts:?}");
    assert_eq!(counts.exported, collector.spans().len() as u64);
    assert!(counts.exported >= ROOM as u64, "{counts:?}");
}

/// What a scrape says that was lost for this reason.
fn lost(scrape: &str, reason: &str) -> Option<u64> {
    let series = format!("chronoscope_spans_lost_total{{reason=\"{reason}\"}} ");
    let value = scrape.lines().find_map(|line| line.strip_prefix(&*series));
    value.and_then(|value| value.parse().ok())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_lost_is_among_the_metrics() {
    let refusing = Fault::Refusing.start().await;
    let observability = Observability::builder()
        .metrics(|m| m.prometheus(SocketAddr::from(([127, 0, 0, 1], 0))))
        .traces(|t| t.otlp(export::Collector::at(refusing)).buffer(ROOM))
        .build()
        .unwrap();
    end_spans(&observability).await;
    let SpanCounts {
        failed, dropped, ..
    } = loop {
        match observability.health().spans {
            spans if spans.waiting == 0 => break spans,
            _ => moment().await,
        }
    };
    assert!(failed > 0 && dropped > 0, "{failed}, {dropped}");
    let address = observability.prometheus_address().unwrap();
    loop {
        let scrape = http::get(address, "/metrics").unwrap();
        let found = (lost(&scrape, "failed"), lost(&scrape, "dropped"));
        if found == (Some(failed), Some(dropped)) {
            break;
        }
        assert!(
            found.0 <= Some(failed) && found.1 <= Some(dropped),
            "{found:?}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_never_answers_takes_no_room_from_another() {
    let (collector, endpoint) = Collector::start().await;
    let capture = observe(&[Fault::Silent.start().await, endpoint]);
    let observability = capture.observability();
    let tracer = observability.tracer_provider().tracer("suite");
    // The first of these take all room that the silent one has.
    for n in 1..=4 {
        (0..ROOM).for_each(|_| drop(tracer.start("one of a batch")));
        while observability.health().spans.exported < (n * ROOM) as u64 {
            moment().await;
        }
    }
    shut_down(observability).await;
    assert_eq!(collector.spans().len(), 4 * ROOM);
    let counts = observability.health().spans;
    assert_eq!(counts.exported, 4 * ROOM as u64);
    assert_eq!(counts.dropped, 3 * ROOM as u64);
    assert_eq!(counts.failed + counts.waiting, ROOM as u64);
}
