//! The ends of runs and handlers are counted as history has them.

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
pub fn sum(case: &Case<'_>, name: &str, labels: &[&str]) -> usize {
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
    outcomes(case, found);
    handlers(case, found);
}

fn outcomes(case: &Case<'_>, found: &mut Vec<String>) {
    for (class, closes) in CLASSES {
        let (least, expected) = case.closed(closes);
        let recorded = ends(case, class);
        if recorded < least || recorded > expected + case.refused() {
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
    if case.disruptions > 0 || case.repeats() || case.has_unexpected() {
        return;
    }
    let actions = case.program.actions();
    let broken = actions.filter(|action| matches!(action, Action::Update(_, true)));
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
