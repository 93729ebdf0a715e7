//! What the server has accepted comes once without a mark, and nothing else does, if signals are
//! held; and what an attempt has emitted, the next one does not emit again, if they are not.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Case,
    lines::{counted, is_of_code, loses_buffered, step},
    metrics::{CLASSES, ends, sum},
};
use crate::{
    emitted::Ended,
    journal::{Key, Kind, Place},
    oracle::Told,
    settings::Emission,
};

/// What marks a line whose task may not have been accepted.
const MARKS: [&str; 4] = [
    "task_failed",
    "task_accepted",
    "task_open",
    "maybe_repeated",
];

pub fn check(case: &Case<'_>, found: &mut Vec<String>) {
    match case.program.settings.emission {
        Emission::Immediate => anew(case, found),
        Emission::OnCommit => {
            lines(case, found);
            if case.kills == 0 {
                others(case, found);
            }
        }
    }
    keys(case, found);
    doubts(case, found);
}

/// A process knows what its workers have emitted.
fn doubts(case: &Case<'_>, found: &mut Vec<String>) {
    let has_others = case.kills > 0 || case.program.settings.bare_first;
    // A run that another was reset to has emitted nothing itself.
    if has_others || case.told.iter().any(|told| told.inherited > 0) {
        return;
    }
    for line in &case.played.emitted.lines {
        if let Some((_, path)) = step(line).filter(|_| !line["maybe_repeated"].is_null()) {
            found.push(format!("line {path} is in doubt, and was executed here"));
        }
    }
}

pub fn marks(line: &Value) -> bool {
    MARKS.iter().any(|mark| !line[mark].is_null())
}

/// The lines of workflow code that a run's accepted tasks have.
fn accepted(told: &Told) -> impl Iterator<Item = Key> {
    let of_code = |step: &&crate::journal::Entry| step.kind == Kind::Line && is_of_code(step);
    let steps = told.steps.iter().filter(of_code);
    steps
        .filter(|step| told.task(step.at).is_some())
        .map(|step| step.key())
}

fn lines(case: &Case<'_>, found: &mut Vec<String>) {
    let all = &case.played.emitted.lines;
    let (marked, plain): (Vec<_>, Vec<_>) = all.iter().partition(|line| marks(line));
    let plain = counted(plain.into_iter().filter_map(step));
    let failed = marked.iter().filter(|line| !line["task_failed"].is_null());
    let failed = counted(failed.copied().filter_map(step));
    let doubtful = marked.iter().filter(|line| line["task_failed"].is_null());
    let doubtful = counted(doubtful.copied().filter_map(step));
    let times = |of: &BTreeMap<Key, usize>, key: &Key| of.get(key).copied().unwrap_or_default();
    let mut expected = BTreeSet::new();
    let mut missing = Vec::new();
    for (run, told) in case.told.iter().enumerate() {
        for key in accepted(told) {
            let came = times(&plain, &key);
            if came > 1 && !case.diverges(told, &key) {
                found.push(format!("held line {} came {came} times", key.1));
            }
            expected.insert(key);
        }
        let of_code = told.steps.iter().filter(|step| step.kind == Kind::Line);
        for step in of_code.filter(|step| is_of_code(step)) {
            let key = step.key();
            let came = times(&plain, &key) + times(&doubtful, &key);
            if came < case.least(told, step) && !loses_buffered(case) {
                missing.push(((run, told.task(step.at)), key.1));
            }
        }
    }
    // A process that is killed loses the task whose answer it waits for.
    let tasks: BTreeSet<_> = missing.iter().map(|(task, _)| task).collect();
    if tasks.len() > case.kills {
        let lines = missing.iter().map(|(_, line)| line);
        found.extend(lines.map(|line| format!("held line {line} never came")));
    }
    let executed = [Place::Workflow, Place::Init].map(|place| case.executed(Kind::Line, place));
    let executed: BTreeSet<_> = (executed.into_iter().flatten())
        .map(|entry| entry.key())
        .collect();
    for (key, came) in &plain {
        if executed.contains(key) && !expected.contains(key) {
            found.push(format!(
                "held line {} came {came} times without its task",
                key.1
            ));
        }
    }
    for (key, came) in failed {
        // Each process shows the first refusal of a task.
        let tasks = 1 + case.kills;
        if came > tasks {
            found.push(format!("refused line {} came {came} times", key.1));
        }
    }
}

/// Metrics, hooks and spans of accepted tasks alone.
fn others(case: &Case<'_>, found: &mut Vec<String>) {
    if case.program.settings.metrics {
        for (name, kind) in [("counted", Kind::Count), ("sampled", Kind::Sample)] {
            let steps = |told: &Told| {
                let steps = told.steps.iter();
                let steps = steps.filter(|step| step.kind == kind && is_of_code(step));
                steps.filter(|step| told.task(step.at).is_some()).count()
            };
            let most: usize = case.told.iter().map(steps).sum();
            let elsewhere = case.executed(kind, Place::Reader).count();
            let recorded = sum(case, name, &["workflow_type=Interpreter"]);
            if recorded > most + elsewhere {
                let most = most + elsewhere;
                found.push(format!("held {name} is {recorded}, not {most} at most"));
            }
        }
    }
    let hooks = &case.played.emitted.hooks;
    for (class, closes) in CLASSES {
        let (_, most) = case.closed(closes);
        let fired = hooks.get(&format!("RunWorkflow {class}")).copied();
        let fired = fired.unwrap_or_default();
        let counted = ends(case, class);
        if fired > most || counted > most {
            found.push(format!(
                "held ends {class}: {fired} by the hook, {counted} counted, not {most}"
            ));
        }
    }
    // Neither is held: a local activity runs again with its task, and so does a validator.
    let is_held = |span: &&Ended| {
        !["RunActivity:", "ValidateUpdate:"]
            .iter()
            .any(|name| span.name.starts_with(name))
    };
    let spans = case.played.emitted.spans.iter();
    let mut known = BTreeSet::new();
    for span in spans.filter(is_held) {
        if !known.insert(&span.id) {
            found.push(format!("held span {} came twice", span.name));
        }
    }
    let held = case.played.emitted.held;
    if held > 0 {
        found.push(format!("{held} signals still wait"));
    }
}

/// Nothing but its own failures happens to a program.
fn is_alone(case: &Case<'_>) -> bool {
    case.program.script.is_empty()
        && case.kills == 0
        && !case.has_unexpected()
        && !case.is_cancelled()
        && case
            .told
            .iter()
            .all(|told| told.late.is_empty() && case.ended(told))
}

/// Each attempt at a task does the same, and only the first is seen.
fn anew(case: &Case<'_>, found: &mut Vec<String>) {
    if !is_alone(case) || case.has_local {
        return;
    }
    let written = counted(case.played.emitted.lines.iter().filter_map(step));
    for told in case.told {
        for key in accepted(told) {
            let came = written.get(&key).copied().unwrap_or_default();
            if came > 1 {
                found.push(format!("line {} came {came} times of itself", key.1));
            }
        }
    }
}

/// A line's place in its run is its own.
fn keys(case: &Case<'_>, found: &mut Vec<String>) {
    let executed = [Place::Workflow, Place::Init].map(|place| case.executed(Kind::Line, place));
    let executed: BTreeSet<_> = (executed.into_iter().flatten())
        .map(|entry| entry.key())
        .collect();
    let mut known = BTreeMap::<[String; 3], Key>::new();
    for line in &case.played.emitted.lines {
        let Some(key) = step(line).filter(|key| executed.contains(key)) else {
            continue;
        };
        let (task, place) = (&line["workflow_task"], &line["task_line"]);
        if task.is_null() || place.is_null() {
            found.push(format!("line {} has no place in its run", key.1));
            continue;
        }
        let place = [key.0.clone(), task.to_string(), place.to_string()];
        if let Some(other) = known.insert(place, key.clone())
            && other != key
            && is_alone(case)
        {
            found.push(format!("lines {} and {} have one place", other.1, key.1));
        }
    }
}
