//! A user's hooks fire as metrics count: once for each start and each end of a run.

use super::{
    Case,
    metrics::{CLASSES, ends},
};
use crate::oracle::Told;

pub fn check(case: &Case<'_>, found: &mut Vec<String>) {
    if case.kills > 0 {
        return;
    }
    let hooks = &case.played.emitted.hooks;
    let fired = |key: &str| hooks.get(key).copied().unwrap_or_default();
    for (class, closes) in CLASSES {
        let fired = fired(&format!("RunWorkflow {class}"));
        let (least, expected) = case.closed(closes);
        if fired < least || fired > expected + case.refused() {
            found.push(format!("the hook saw {fired} ends {class}, not {expected}"));
        }
        let counted = ends(case, class);
        if case.program.settings.metrics && counted != fired {
            found.push(format!("{counted} ends are {class}, the hook saw {fired}"));
        }
    }
    // A run after a reset had begun before.
    let begins = |told: &&Told| !told.accepted.is_empty() && told.inherited == 0;
    let begun = case.told.iter().filter(begins);
    let (begun, started) = (begun.count(), fired("RunWorkflow"));
    if started < begun || started > case.told.len() + case.restarts() {
        found.push(format!("the hook saw {started} starts of {begun} runs"));
    }
}
