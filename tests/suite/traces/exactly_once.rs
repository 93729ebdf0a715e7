//! Evicted at every task or never: each span of each scenario once, at history's times.

use std::collections::BTreeSet;

use super::play;
use crate::{oracle, scenarios::ALL, support::collector::Span};

/// The spans of workflows that histories tell of.
fn of_workflows(spans: &[Span]) -> Vec<oracle::Expected> {
    const TOLD: &[&str] = &[
        "WorkflowExecutionStarted",
        "RunWorkflow",
        "StartActivity",
        "StartTimer",
        "StartChildWorkflow",
        "SignalChildWorkflow",
        "SignalExternalWorkflow",
        "ContinueAsNew",
        "HandleSignal",
        "HandleUpdate",
    ];
    let is_told = |span: &&Span| {
        let operation = span.name.split(':').next().unwrap();
        TOLD.contains(&operation) && span.attribute("temporalAbandoned").is_empty()
    };
    let mut told: Vec<_> = spans
        .iter()
        .filter(is_told)
        .map(|span| match span.name.starts_with("HandleSignal") {
            // A history tells when a signal came, not when its handler ended.
            true => (span.name.clone(), span.start, span.start),
            false => (span.name.clone(), span.start, span.end),
        })
        .collect();
    told.sort();
    told
}

/// Scenarios of which the core takes a replay for live: it executes a first task that gave no
/// command together with the task of an update that follows it.
const TAKEN_FOR_LIVE: &[&str] = &["updates"];

/// Leaves out what repeats a marker to the letter, in those.
fn once_executed(name: &str, spans: &[Span]) -> Vec<Span> {
    let (mut seen, mut once) = (BTreeSet::new(), spans.to_vec());
    let is_marker = |span: &Span| span.name.starts_with("WorkflowExecutionStarted");
    if TAKEN_FOR_LIVE.contains(&name) {
        once.retain(|span| !is_marker(span) || seen.insert(span.clone()));
    }
    once
}

fn check(name: &str, cache: usize, spans: &[Span], told: &[oracle::Expected]) {
    let spans = once_executed(name, spans);
    let mut ids = BTreeSet::new();
    for span in &spans {
        let is_new = ids.insert(&span.id);
        assert!(is_new, "{name}, cache {cache}: {} twice", span.name);
    }
    for span in spans.iter().filter(|span| !span.parent.is_empty()) {
        assert!(
            ids.contains(&span.parent),
            "{name}, cache {cache}: {} has no parent",
            span.name
        );
    }
    assert_eq!(of_workflows(&spans), told, "{name}, cache {cache}");
}

#[tokio::test]
async fn each_span_of_each_scenario_comes_once_and_at_its_time() {
    for scenario in ALL {
        for cache in [0, 1000] {
            let played = play(*scenario, cache).await;
            let told = oracle::all_spans(&played.histories);
            check(scenario.name, cache, &played.spans, &told);
        }
    }
}
