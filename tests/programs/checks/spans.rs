//! Each span once, with a parent, and the same out of history.

use std::collections::{BTreeMap, BTreeSet};

use super::Case;
use crate::{
    emitted::Ended,
    journal::{Entry, Kind, Operation, Place},
    oracle::Told,
    settings::{Grain, Sampled},
};

pub fn check(case: &Case<'_>, found: &mut Vec<String>) {
    if !case.program.settings.traces {
        return;
    }
    let spans = &case.played.emitted.spans;
    unique(case, spans, found);
    orphans(case, spans, found);
    let sampled = case.program.settings.sampled;
    if sampled == Sampled::None && !spans.is_empty() {
        found.push(format!("{} spans come that nobody samples", spans.len()));
    }
    if sampled == Sampled::All {
        elsewhere(case, spans, found);
    }
    let is_sampled = |told: &Told| {
        let of_run = |span: &Ended| span.run.as_ref() == Some(&told.run);
        sampled == Sampled::All || spans.iter().any(of_run)
    };
    for told in case.told.iter().filter(|told| is_sampled(told)) {
        users(case, told, spans, found);
        if case.program.settings.grain() == Grain::Full {
            calls(case, told, spans, found);
        }
        statuses(told, spans, found);
    }
    let runs = case.told.iter().filter(|told| told.inherited == 0);
    // A run that was not sampled is rebuilt all the same.
    for (told, rebuilt) in runs.zip(case.rebuilt).filter(|(told, _)| is_sampled(told)) {
        same(case, told, spans, rebuilt, found);
    }
}

/// What holds although some workers had nothing around them.
pub fn loose(case: &Case<'_>, found: &mut Vec<String>) {
    let spans = &case.played.emitted.spans;
    unique(case, spans, found);
    orphans(case, spans, found);
}

fn unique(case: &Case<'_>, spans: &[Ended], found: &mut Vec<String>) {
    let mut known = BTreeMap::<&str, &Ended>::new();
    for span in spans {
        let id = &span.id;
        let Some(former) = known.insert(id, span) else {
            continue;
        };
        // The id of a local activity follows from its number in the run, which the next attempt may give
        // to another one.
        let is_local = case.has_local && span.operation() == "RunActivity";
        let is_same = former.name == span.name && (former.parent == span.parent || is_local);
        // What a refused task did has an id that the next attempt may give to something else.
        let is_astray = |span| case.told.iter().any(|told| case.is_astray(told, span));
        let may_come_again = is_same && case.repeats();
        if !may_come_again && !is_astray(former) && !is_astray(span) {
            found.push(format!("{id} is {} and {}", former.name, span.name));
        }
    }
}

fn orphans(case: &Case<'_>, spans: &[Ended], found: &mut Vec<String>) {
    let ids: BTreeSet<_> = spans.iter().map(|span| &span.id).collect();
    let is_open = |told: &&Told| !case.ended(told) || case.skips(told);
    let open: Vec<_> = case.told.iter().filter(is_open).collect();
    for span in spans {
        let is_full = case.program.settings.grain() == Grain::Full;
        let is_full = is_full && !case.program.settings.bare_first;
        if is_full && span.operation() == "RunActivity" && span.parent.is_empty() {
            found.push(format!("{} is a root", span.name));
        }
        let has_parent = span.parent.is_empty() || ids.contains(&span.parent);
        let has_parent = has_parent || case.asked_elsewhere() > 0;
        let has_parent = has_parent || case.told.iter().any(|told| case.is_astray(told, span));
        // What a killed worker had open, its history has: see `same`.
        if !has_parent && open.is_empty() && case.kills == 0 {
            found.push(format!("{} has no parent", span.name));
        }
    }
}

/// The spans by the step that opened them.
fn by_step(spans: &[Ended]) -> BTreeMap<String, usize> {
    let mut steps = BTreeMap::new();
    for step in spans.iter().filter_map(|span| span.step.clone()) {
        *steps.entry(step).or_default() += 1;
    }
    steps
}

fn users(case: &Case<'_>, told: &Told, spans: &[Ended], found: &mut Vec<String>) {
    let steps = by_step(spans);
    let spans = told.steps.iter().filter(|step| step.kind == Kind::Span);
    for step in spans.filter(|step| step.place != Place::Reader) {
        let key = format!("{} {}", step.run, step.path);
        let times = steps.get(&key).copied().unwrap_or(0);
        let most = case.most_ends(told, step);
        // A handler's trace is its sender's, which may be sampled where the run's is not.
        let is_sure = case.program.settings.sampled == Sampled::All;
        let least = case.least_ends(told, step) * usize::from(is_sure);
        if times < least || times > most {
            let path = &step.path;
            found.push(format!(
                "span {path} came {times} times, not {least} to {most}"
            ));
        }
    }
}

/// In queries, validators and activities each execution has its span.
fn elsewhere(case: &Case<'_>, spans: &[Ended], found: &mut Vec<String>) {
    let steps = by_step(spans);
    for place in [Place::Reader, Place::Activity] {
        let mut executed = BTreeMap::<String, usize>::new();
        for Entry { run, path, .. } in case.executed(Kind::Span, place) {
            *executed.entry(format!("{run} {path}")).or_default() += 1;
        }
        for (key, executed) in executed {
            let times = steps.get(&key).copied().unwrap_or(0);
            if times > executed || times + case.kills < executed {
                found.push(format!(
                    "span {key} came {times} times, executed {executed} times"
                ));
            }
        }
    }
}

/// What a run calls and handles, as often as the replayer executes it.
fn calls(case: &Case<'_>, told: &Told, spans: &[Ended], found: &mut Vec<String>) {
    let of_run = |span: &&Ended| span.run.as_ref() == Some(&told.run);
    let mut came = BTreeMap::<&str, BTreeSet<&str>>::new();
    for span in spans.iter().filter(of_run) {
        came.entry(span.operation()).or_default().insert(&span.id);
    }
    let ended = usize::from(case.ended(told));
    let mut expected = BTreeMap::from([
        (Operation::RunWorkflow, ended),
        (
            Operation::WorkflowExecutionStarted,
            usize::from(!told.accepted.is_empty()),
        ),
        (Operation::StartActivity, 0),
        (Operation::StartTimer, 0),
        (Operation::StartChildWorkflow, 0),
        (Operation::SignalChildWorkflow, 0),
        (Operation::SignalExternalWorkflow, 0),
        (Operation::HandleSignal, 0),
        (Operation::HandleUpdate, 0),
        (Operation::WaitCondition, 0),
        (Operation::ContinueAsNew, 0),
    ]);
    for step in &told.steps {
        if let Kind::Call(operation) = step.kind {
            *expected.entry(operation).or_default() += 1;
        }
    }
    let backoffs = told
        .steps
        .iter()
        .filter(|step| step.kind == Kind::Backoff)
        .count();
    for (operation, expected) in expected {
        let came = came
            .get(&*format!("{operation:?}"))
            .map_or(0, BTreeSet::len);
        let is_sure = case.is_whole(told) && case.program.settings.sampled == Sampled::All;
        let is_exact = is_sure && !case.is_cancelled();
        let astray = case.astray(told);
        let astray = astray
            .iter()
            .filter(|step| step.kind == Kind::Call(operation));
        let most = astray.count()
            + match operation {
                Operation::StartTimer => expected + backoffs,
                _ => expected,
            };
        if came > most && case.disruptions == 0 && case.is_whole(told)
            || is_exact && came < expected
        {
            found.push(format!(
                "{came} different {operation:?} of {}, not {expected}",
                told.run
            ));
        }
    }
}

/// The run's own span says how it ended.
fn statuses(told: &Told, spans: &[Ended], found: &mut Vec<String>) {
    use crate::oracle::Close;
    let own = spans
        .iter()
        .filter(|span| span.operation() == "RunWorkflow");
    for span in own.filter(|span| span.run.as_ref() == Some(&told.run)) {
        let is_error = span.failed;
        // An attempt that is retried is not an error.
        let is_failed = told.close == Close::Failed && !told.is_retried;
        if told.close == Close::Closed {
            // The server was faster than the worker that executed its end.
            continue;
        }
        if is_error != is_failed {
            found.push(format!(
                "{} of {:?} has failed: {is_error}",
                span.name, told.close
            ));
        }
    }
}

/// The spans in a history, by id and name.
fn of_history<'a>(told: &Told, spans: &'a [Ended]) -> BTreeMap<(String, String), &'a Ended> {
    let is_told = |span: &&Ended| {
        let known = [
            "HandleQuery",
            "ValidateUpdate",
            "RunActivity",
            "StartWorkflow",
            "SignalWorkflow",
            "QueryWorkflow",
            "UpdateWorkflow",
            "StartWorkflowUpdate",
            "CancelWorkflow",
            "TerminateWorkflow",
        ];
        let in_code = span.step.as_ref().is_none_or(|step| {
            let path = step.split(' ').nth(1).unwrap_or_default();
            !path.contains('#') && !path.starts_with(['q', 'v'])
        });
        !known.contains(&span.operation()) && in_code && span.run.as_ref() == Some(&told.run)
    };
    let keyed = |span: &'a Ended| {
        let step = span.step.as_deref().unwrap_or_default();
        ((span.id.clone(), format!("{} {step}", span.name)), span)
    };
    spans.iter().filter(is_told).map(keyed).collect()
}

fn same(case: &Case<'_>, told: &Told, live: &[Ended], rebuilt: &[Ended], found: &mut Vec<String>) {
    let (live, rebuilt) = (of_history(told, live), of_history(told, rebuilt));
    for (key @ (id, name), span) in &live {
        // In two tasks executed as one, branches of one routine may take each other's ids.
        let is_sure = case.disruptions == 0 && case.is_whole(told);
        if !rebuilt.contains_key(key) && is_sure && !case.is_astray(told, span) {
            found.push(format!("{name} ({id}) is live, not rebuilt"));
        }
    }
    for key @ (id, name) in rebuilt.keys() {
        let is_sure = case.is_whole(told) && case.program.settings.sampled == Sampled::All;
        if !live.contains_key(key) && is_sure {
            found.push(format!("{name} ({id}) is rebuilt, not live"));
        }
    }
}
