//! What the server has accepted comes in the order in which a run executed it, if signals are held.

use std::collections::BTreeMap;

use super::{Case, commits::marks, lines::step};
use crate::settings::Emission;

pub fn check(case: &Case<'_>, found: &mut Vec<String>) {
    // What waits for a history may come later than what follows it.
    let is_sure = case.disruptions + case.kills + case.asked_elsewhere() == 0;
    if case.program.settings.emission != Emission::OnCommit || !is_sure {
        return;
    }
    let mut runs = BTreeMap::new();
    for line in case.played.emitted.lines.iter().filter(|line| !marks(line)) {
        let (Some((run, path)), Some(task)) = (step(line), line["workflow_task"].as_u64()) else {
            continue;
        };
        let reached = (task, line["timestamp"].as_str().unwrap_or_default());
        let before = runs.insert(run, reached).unwrap_or_default();
        if before.0 > reached.0 || before.1 > reached.1 {
            found.push(format!("line {path} comes too late"));
        }
    }
}
