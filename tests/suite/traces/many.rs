//! Many concurrent runs, evicted after each task: with chronoscope, and with the official
//! plugin.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    collected,
    logical::{Expected, Logical, told},
    orders,
};
use crate::support::{
    collector::{Collector, Span},
    connect, peer, sized, unique, work,
};

/// How many there are.
fn runs() -> usize {
    sized(50, 200)
}

/// Places orders, and returns their spans and what their histories tell of them.
async fn place() -> (Vec<Span>, BTreeMap<Logical, Expected>) {
    let (collector, observability) = collected().await;
    let client = connect(Some(&observability)).await;
    let queue = unique("orders");
    let options = observability.wrap(orders::worker(&queue, 0));
    let placed = work(&client, options, orders::place(&client, &queue, runs())).await;
    let histories = orders::histories(&client, placed).await;
    tokio::task::spawn_blocking(move || observability.shutdown())
        .await
        .unwrap();
    (collector.spans(), told(&histories))
}

/// Each span in the history was received once, under its parent, at its time; and no other.
fn check(spans: &[Span], told: &BTreeMap<Logical, Expected>) {
    let by_id: BTreeMap<_, _> = spans.iter().map(|span| (&*span.id, span)).collect();
    assert_eq!(by_id.len(), spans.len(), "no id comes twice");
    let came: BTreeMap<_, _> = spans
        .iter()
        .map(|span| (Logical::of_span(span), span))
        .collect();
    assert_eq!(came.len(), spans.len(), "no span has two ids");
    assert!(came.keys().eq(told.keys()), "{}", difference(&came, told));
    for (logical, told) in told {
        let span = came[logical];
        let parent = by_id.get(&*span.parent);
        let parent_is = parent.map(|parent| Logical::of_span(parent));
        assert_eq!(parent_is, told.parent, "{logical:?}");
        if let Some(parent) = parent {
            assert_eq!(span.trace, parent.trace, "{logical:?}");
        }
        if let Some(times) = told.times {
            assert_eq!((span.start, span.end), times, "{logical:?}");
        }
    }
}

fn difference(came: &BTreeMap<Logical, &Span>, told: &BTreeMap<Logical, Expected>) -> String {
    let came: BTreeSet<_> = came.keys().collect();
    let told: BTreeSet<_> = told.keys().collect();
    format!(
        "missing: {:#?}, untold: {:#?}",
        &told - &came,
        &came - &told
    )
}

fn named<'a>(spans: &'a [Span], operation: &str) -> Vec<&'a Span> {
    let prefix = format!("{operation}:");
    let named = spans.iter().filter(|span| span.name.starts_with(&prefix));
    named.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_all_runs_each_span_comes_once_under_its_parent_and_at_its_time() {
    let (spans, told) = place().await;
    // A call and a signal; the order's run, marker, timer, signal's handler, child and two
    // activities with an attempt each; the delivery's run, marker and activity with an attempt.
    assert_eq!(told.len(), runs() * (2 + 9 + 4));
    check(&spans, &told);
}

/// The topmost span over one that has arrived.
fn top<'a>(by_id: &BTreeMap<&str, &'a Span>, mut span: &'a Span) -> &'a Span {
    while let Some(parent) = by_id.get(&*span.parent) {
        span = parent;
    }
    span
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "real: the official plugin, which is built"]
async fn of_the_official_plugins_runs_none_comes_and_every_activity_is_an_orphan() {
    let (collector, endpoint) = Collector::start().await;
    peer::official_plugin(&endpoint, runs(), 0).await;
    let spans = collector.spans();
    let by_id: BTreeMap<_, _> = spans.iter().map(|span| (&*span.id, span)).collect();
    assert_eq!(named(&spans, "StartWorkflow").len(), runs());
    assert_eq!(named(&spans, "RunWorkflow"), Vec::<&Span>::new());
    // An attempt hangs from the command that started it, and that from nothing.
    for operation in ["StartActivity", "RunActivity"] {
        let activities = named(&spans, operation);
        assert_eq!(activities.len(), 3 * runs(), "{operation}");
        for activity in activities {
            let top = top(&by_id, activity);
            assert!(top.name.starts_with("StartActivity:"), "{}", top.name);
            assert_ne!(top.parent, "", "it has a parent, which never comes");
        }
    }
}
