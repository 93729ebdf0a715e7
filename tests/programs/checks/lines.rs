//! Each line once, or as often as it may come.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Case;
use crate::{
    journal::{Entry, Key, Kind, Place},
    settings::{Emission, Sink},
};

/// A line of a step: its run and path.
pub fn step(line: &Value) -> Option<Key> {
    let target = line["target"].as_str()?;
    if !target.starts_with("programs") {
        return None;
    }
    let message = line["fields"]["message"].as_str()?;
    let (run, path) = message.split_once(' ')?;
    Some((run.to_owned(), path.to_owned()))
}

pub fn counted(keys: impl Iterator<Item = Key>) -> BTreeMap<Key, usize> {
    let mut counts = BTreeMap::new();
    for key in keys {
        *counts.entry(key).or_default() += 1;
    }
    counts
}

pub fn check(case: &Case<'_>, found: &mut Vec<String>) {
    let lines = &case.played.emitted.lines;
    let written = counted(lines.iter().filter_map(step));
    logical(case, &written, found);
    live(case, &written, found);
    elsewhere(case, &written, found);
    balance(case, &written, found);
    for line in lines {
        if let Some((run, path)) = step(line) {
            ids(case, line, &run, &path, found);
        }
    }
}

/// Each step that the history has comes once.
fn logical(case: &Case<'_>, written: &BTreeMap<Key, usize>, found: &mut Vec<String>) {
    for told in case.told {
        let steps = told.steps.iter().filter(|step| step.kind == Kind::Line);
        for step in steps.filter(|step| is_of_code(step)) {
            let times = written.get(&step.key()).copied().unwrap_or(0);
            let most = case.most(told, step);
            let least = match loses(case) {
                true => 0,
                false => case.least(told, step),
            };
            if times < least || times > most {
                found.push(format!(
                    "line {} came {times} times, not {least} to {most}",
                    step.path
                ));
            }
        }
    }
}

pub fn is_of_code(step: &Entry) -> bool {
    matches!(step.place, Place::Workflow | Place::Init)
}

/// Each execution that is no replay comes, and no other. Where signals are held, what comes is what
/// the server accepted, and the core's word that one is no replay is not enough.
fn live(case: &Case<'_>, written: &BTreeMap<Key, usize>, found: &mut Vec<String>) {
    let executed = case.executed(Kind::Line, Place::Workflow);
    let all = counted(executed.clone_keys());
    let live = counted(
        case.executed(Kind::Line, Place::Workflow)
            .filter(|e| e.live)
            .clone_keys(),
    );
    for key in all.keys() {
        let (live, times) = (live.get(key).unwrap_or(&0), written.get(key).unwrap_or(&0));
        // A process that was killed may not have come to write what it had journaled.
        let left_out = case.kills + case.played.emitted.left_out.0 as usize;
        let all_come =
            case.program.settings.emission == Emission::Immediate && !loses_buffered(case);
        if *times > *live || *times + left_out < *live && all_come {
            found.push(format!(
                "line {} came {times} times, executed {live} times",
                key.1
            ));
        }
    }
}

trait Keys {
    fn clone_keys(self) -> impl Iterator<Item = Key>;
}

impl<'a, I: Iterator<Item = &'a Entry>> Keys for I {
    fn clone_keys(self) -> impl Iterator<Item = Key> {
        self.map(Entry::key)
    }
}

/// Queries, validators and activities log at each execution.
fn elsewhere(case: &Case<'_>, written: &BTreeMap<Key, usize>, found: &mut Vec<String>) {
    for place in [Place::Reader, Place::Activity] {
        for (key, executed) in counted(case.executed(Kind::Line, place).clone_keys()) {
            let times = written.get(&key).copied().unwrap_or(0);
            if times > executed || times + case.kills < executed && !loses_buffered(case) {
                let path = &key.1;
                found.push(format!(
                    "line {path} came {times} times, executed {executed} times"
                ));
            }
        }
    }
}

/// What was executed was written or suppressed.
fn balance(case: &Case<'_>, written: &BTreeMap<Key, usize>, found: &mut Vec<String>) {
    let executed: usize = [Place::Workflow, Place::Init, Place::Reader, Place::Activity]
        .into_iter()
        .map(|place| case.executed(Kind::Line, place).count())
        .sum();
    let written: usize = written.values().sum();
    let emitted = &case.played.emitted;
    let suppressed = (emitted.suppressed.0 + emitted.left_out.0) as usize;
    // Lines of the core may be lost, too.
    let lost = case.played.emitted.lost as usize;
    let told = written + suppressed;
    if (executed < told || executed > told + lost) && case.kills == 0 {
        found.push(format!(
            "{executed} lines were executed, {written} written, {suppressed} suppressed, {lost} lost"
        ));
    }
}

/// Whether lines may be lost: health says so, or they waited in a process that was killed, for a
/// writer or for the server's answer.
pub fn loses(case: &Case<'_>) -> bool {
    loses_buffered(case) || case.kills > 0 && case.program.settings.emission == Emission::OnCommit
}

/// The same without what waited for an answer.
pub fn loses_buffered(case: &Case<'_>) -> bool {
    case.played.emitted.lost > 0 || case.kills > 0 && case.program.settings.sink != Sink::Own
}

/// A line has the ids of what executed it.
fn ids(case: &Case<'_>, line: &Value, run: &str, path: &str, found: &mut Vec<String>) {
    let mut expected = vec![("run_id", run), ("namespace", "default")];
    expected.push(match path.as_bytes().first() {
        _ if path.contains('#') => {
            let is_pooled = line["activity_type"] == "block";
            ("activity_type", if is_pooled { "block" } else { "act" })
        }
        Some(b's') => ("signal_name", "tell"),
        Some(b'u' | b'v') => ("update_name", "change"),
        Some(b'q') => ("query_name", "ask"),
        _ => ("workflow_type", "Interpreter"),
    });
    for (name, value) in expected {
        if line[name] != value {
            found.push(format!(
                "line {path} has {name} {}, not {value}",
                line[name]
            ));
        }
    }
    let has_own = case.program.settings.is_traced();
    if has_own && !line["trace_id"].is_string() {
        found.push(format!("line {path} has no trace"));
    }
}
