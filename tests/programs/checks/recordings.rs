//! Users' metrics count executions that are no replay, and what they leave out is told.

use super::{Case, metrics::sum};
use crate::{
    journal::{Entry, Kind, Place},
    oracle::Told,
    settings::Emission,
};

pub fn check(case: &Case<'_>, found: &mut Vec<String>) {
    if !case.program.settings.metrics || case.kills > 0 {
        return;
    }
    users(case, found);
    gauges(case, found);
    balance(case, found);
    replays(case, found);
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
        // A task that the server refused may have taken another way.
        let is_sure = |told: &Told| case.ended(told) && told.late.is_empty();
        let is_exact = !case.trips() && case.told.iter().all(is_sure);
        if recorded < least + elsewhere || recorded > most + elsewhere && is_exact {
            found.push(format!(
                "{name} is {recorded}, not from {} to {}",
                least + elsewhere,
                most + elsewhere
            ));
        }
        let live = case.executed(kind, Place::Workflow);
        let live: Vec<_> = live.filter(|entry| entry.live).collect();
        // Where signals are held, what a query alone executes is no task, whatever the core says.
        let is_held = case.program.settings.emission == Emission::OnCommit;
        let is_of_task = |entry: &&&Entry| case.told.iter().any(|told| told.starts(entry));
        let of_tasks = live.iter().filter(|entry| !is_held || is_of_task(entry));
        let (least, live) = (of_tasks.count(), live.len());
        let inits = sum(case, name, &["workflow_type=Interpreter"]);
        let left_out = case.played.emitted.left_out.1 as usize;
        let is_told = inits <= live + elsewhere && inits + left_out >= least + elsewhere;
        if case.executed(kind, Place::Init).next().is_none() && !is_told {
            found.push(format!(
                "{name} is {inits}, executed {} times",
                live + elsewhere
            ));
        }
        let of_activities = ["activity_type=act", "activity_type=block"];
        let of_activities = of_activities.map(|label| sum(case, name, &[label]));
        let of_activities: usize = of_activities.into_iter().sum();
        if of_activities != activities {
            found.push(format!(
                "{name} of activities is {of_activities}, executed {activities} times"
            ));
        }
    }
}

/// A gauge has its value if any live code of an accepted task has set it, and no value if none has.
fn gauges(case: &Case<'_>, found: &mut Vec<String>) {
    let executed = |place| case.executed(Kind::Gauge, place);
    let is_accepted = |entry: &&Entry| {
        let mut of_run = case.told.iter().filter(|told| told.run == entry.run);
        of_run.any(|told| told.accepted.contains(&entry.at))
    };
    let mut live = executed(Place::Workflow).filter(|entry| entry.live);
    let may_be_live = live.clone().next().is_some();
    let is_read = executed(Place::Reader).next().is_some();
    let is_set = is_read || live.any(|entry| is_accepted(&entry));
    // What `#[init]` sets may be replayed, and what no task carries may be left out.
    let may_be_set = is_read || may_be_live || executed(Place::Init).next().is_some();
    let value = sum(case, "gauged", &["workflow_type=Interpreter"]);
    if value > usize::from(may_be_set) || value < usize::from(is_set) {
        found.push(format!("the gauge is {value}"));
    }
}

/// What was executed was recorded or suppressed.
fn balance(case: &Case<'_>, found: &mut Vec<String>) {
    let all = |kind| {
        let places = [Place::Workflow, Place::Init, Place::Reader, Place::Activity];
        let executed = places.map(|place| case.executed(kind, place).count());
        executed.into_iter().sum::<usize>()
    };
    let [counts, samples, gauges] = [Kind::Count, Kind::Sample, Kind::Gauge].map(all);
    // How often a gauge was set is not to be seen.
    let of_gauges = case.executed(Kind::Gauge, Place::Workflow);
    let least = of_gauges.filter(|entry| !entry.live).count();
    let readers = case.executed(Kind::Gauge, Place::Reader).count();
    let (least, most) = (least, gauges - readers);
    let recorded = sum(case, "counted", &[]) + sum(case, "sampled", &[]);
    let emitted = &case.played.emitted;
    let suppressed = (emitted.suppressed.1 + emitted.left_out.1) as usize;
    let executed = counts + samples;
    if executed + least > recorded + suppressed || executed + most < recorded + suppressed {
        found.push(format!(
            "{executed} recordings and {gauges} gauges, {recorded} recorded, {suppressed} suppressed"
        ));
    }
}

/// A run is replayed at most as often as a worker loads it again. One that was loaded for a query, or
/// waits for a local activity, catches up by replay with what another worker did.
fn replays(case: &Case<'_>, found: &mut Vec<String>) {
    if case.asked_elsewhere() > 0 || case.is_overtaken() {
        return;
    }
    let loads = |told: &Told| {
        let loaded = case.executed(Kind::Loaded, Place::Init);
        let loads = loaded.filter(|entry| entry.run == told.run).count();
        // The first one is no replay, but after a reset.
        loads.saturating_sub(usize::from(told.inherited == 0))
    };
    let again: usize = case.told.iter().map(loads).sum();
    let measured = sum(case, "temporal_workflow_replay_length", &[]);
    if measured > again {
        found.push(format!("{measured} replays are measured, of {again} loads"));
    }
}
