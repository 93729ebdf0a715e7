//! Of a run that the server closed, history has nothing but what a worker did before.

use std::collections::BTreeMap;

use super::Case;
use crate::{
    emitted::Ended,
    journal::{Entry, Kind},
    oracle::{Close, Told},
};

pub fn check(case: &Case<'_>, found: &mut Vec<String>) {
    if case.rebuilt.len() != case.told.len() {
        return;
    }
    let runs = case.told.iter().zip(case.rebuilt);
    for (told, rebuilt) in runs.filter(|(told, _)| told.close == Close::Closed) {
        own(told, rebuilt, found);
        taken_up(told, rebuilt, found);
    }
}

/// Its own span says that it has failed.
fn own(told: &Told, rebuilt: &[Ended], found: &mut Vec<String>) {
    let mut own = rebuilt
        .iter()
        .filter(|span| span.operation() == "RunWorkflow");
    if own.any(|span| !span.failed && span.run.as_ref() == Some(&told.run)) {
        found.push(format!(
            "{} was closed, and is rebuilt as well ended",
            told.run
        ));
    }
}

/// What nobody took up has no spans.
fn taken_up(told: &Told, rebuilt: &[Ended], found: &mut Vec<String>) {
    let mut executed = BTreeMap::<String, usize>::new();
    for step in told
        .steps
        .iter()
        .filter(|step| told.task(step.at).is_some())
    {
        if let Some(name) = name(step) {
            *executed.entry(name).or_default() += 1;
        }
    }
    let mut known = BTreeMap::<String, usize>::new();
    for span in rebuilt
        .iter()
        .filter(|span| span.run.as_ref() == Some(&told.run))
    {
        let step = span.step.as_deref().and_then(|step| step.split(' ').nth(1));
        let name = step.map_or_else(|| span.operation().to_owned(), str::to_owned);
        *known.entry(name).or_default() += 1;
    }
    let handled = ["HandleSignal", "HandleUpdate"];
    for (name, times) in known {
        let is_step = name.contains('/');
        let executed = executed.get(&name).copied().unwrap_or_default();
        if (is_step || handled.contains(&&*name)) && times > executed {
            found.push(format!(
                "{name} is rebuilt {times} times, done {executed} times"
            ));
        }
    }
}

/// By what a step's span is known.
fn name(step: &Entry) -> Option<String> {
    match step.kind {
        Kind::Span => Some(step.path.clone()),
        Kind::Call(operation) => Some(format!("{operation:?}")),
        _ => None,
    }
}
