//! Users' metrics count executions that are no replay, outcomes are those of history.

use super::Case;
use crate::{
    journal::{Kind, Place},
    oracle::Close,
    program::Action,
};

/// How many ends of runs have this class.
pub fn ends(case: &Case<'_>, class: &str) -> usize {
    let label = format!("outcome={class}");
    sum(case, "temporal_workflow_outcome_total", &[&label])
}

/// The sum of the series of a metric that have these labels.
fn sum(case: &Case<'_>, name: &str, labels: &[&str]) -> usize {
    let series = case.played.emitted.metrics.iter();
    let of = series.filter(|(key, _)| {
        let Some((of, with)) = key.split_once('{') else {
            return false;
        };
        let with: Vec<_> = with.trim_end_matches('}').split(',').collect();
        of == name && labels.iter().all(|label| with.contains(label))
    });
    of.map(|(_, value)| *value as usize).sum()
}

/// The classes of a run's end.
pub const CLASSES: [(&str, Close); 5] = [
    ("completed", Close::Completed),
    ("failed", Close::Failed),
    ("benign", Close::Benign),
    ("cancelled", Close::Cancelled),
    ("continued_as_new", Close::ContinuedAsNew),
];

pub fn check(case: &Case<'_>, found: &mut Vec<String>) {
    if !case.program.settings.metrics || case.kills > 0 {
        return;
    }
    users(case, found);
    outcomes(case, found);
    handlers(case, found);
}

fn users(case: &Case<'_>, found: &mut Vec<String>) {
    for (name, kind) in [("counted", Kind::Count), ("sampled", Kind::Sample)] {
        let of_code = |of: &dyn Fn(Place) -> bool| -> (usize, usize) {
            let mut range = (0, 0);
            for told in case.told {
                let steps = told.steps.iter();
                for step in steps.filter(|step| step.kind == kind && of(step.place)) {
                    range.0 += case.least(told, step);
                    range.1 += case.most(told, step);
                }
            }
            range
        };
        let (least, most) = of_code(&|place| place != Place::Reader);
        let elsewhere = case.executed(kind, Place::Reader).count();
        let activities = case.executed(kind, Place::Activity).count();
        let recorded = sum(case, name, &["workflow_type=Interpreter"]);
        let is_exact = !case.trips() && case.told.iter().all(|told| case.ended(told));
        if recorded < least + elsewhere || recorded > most + elsewhere && is_exact {
            found.push(format!(
                "{name} is {recorded}, not from {} to {}",
                least + elsewhere,
                most + elsewhere
            ));
        }
        let live = case.executed(kind, Place::Workflow);
        let live = live.filter(|entry| entry.live).count();
        let inits = sum(case, name, &["workflow_type=Interpreter"]);
        if case.executed(kind, Place::Init).next().is_none() && inits != live + elsewhere {
            found.push(format!(
                "{name} is {inits}, executed {} times",
                live + elsewhere
            ));
        }
        let of_activities = sum(case, name, &["activity_type=act"]);
        if of_activities != activities {
            found.push(format!(
                "{name} of activities is {of_activities}, executed {activities} times"
            ));
        }
    }
}

fn outcomes(case: &Case<'_>, found: &mut Vec<String>) {
    for (class, closes) in CLASSES {
        let expected = case.told.iter().filter(|told| told.close == closes).count();
        let recorded = ends(case, class);
        if recorded < expected || recorded > expected + case.refused() {
            found.push(format!("{recorded} ends are {class}, not {expected}"));
        }
    }
    for class in ["panicked", "timed_out", "dropped"] {
        let recorded = ends(case, class);
        if recorded > 0 {
            found.push(format!("{recorded} ends are {class}"));
        }
    }
}

fn handlers(case: &Case<'_>, found: &mut Vec<String>) {
    if case.disruptions > 0 || case.repeats() || case.program.left > 0 {
        return;
    }
    let script = case.program.script.iter();
    let broken = script
        .clone()
        .filter(|action| matches!(action, Action::Update(_, true)));
    let rejected = sum(
        case,
        "temporal_workflow_update_total",
        &["outcome=rejected"],
    );
    // One that comes too late is rejected by the server.
    let executed = case.executed(Kind::Rejection, Place::Reader).count();
    if rejected != executed {
        found.push(format!("{rejected} updates are rejected, not {executed}"));
    }
    let failed = sum(case, "temporal_workflow_update_total", &["outcome=failed"]);
    let ended = case.told.iter().all(|told| case.ended(told)) && !case.is_cancelled();
    if ended && failed != broken.count() {
        found.push(format!("{failed} updates have failed"));
    }
    let answered = &case.played.answered;
    let failed = sum(case, "temporal_workflow_query_total", &["outcome=failed"]);
    if failed != answered.failed_queries as usize {
        found.push(format!(
            "{failed} queries have failed, not {}",
            answered.failed_queries
        ));
    }
    let completed = sum(
        case,
        "temporal_workflow_query_total",
        &["outcome=completed"],
    );
    if completed != answered.queries as usize {
        found.push(format!(
            "{completed} queries are completed, not {}",
            answered.queries
        ));
    }
}
