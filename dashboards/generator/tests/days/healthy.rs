//! Days on which nothing is wrong, however they look.

use chronoscope::schema::{Metric, Naming};

use super::{
    fleet::{Fleet, Queue},
    process::Via,
    random::Random,
    series::Series,
};

/// The length of a day, its quiet hours cut.
pub const MINUTES: usize = 300;

/// What makes one fleet's day unlike another's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Feature {
    Deployment,
    ScaleToZero,
    QueueRenamed,
    ScrapeGap,
    TargetAway,
    CronEachMinute,
    WorkflowADay,
    CompletedElsewhere,
    SlotsByResources,
    OneCallRefused,
    IdleNight,
    MondaysSurge,
    Kubernetes,
    Otlp,
    LongActivities,
    RunsTerminated,
    RetriesAsUsual,
    CollectorRestarted,
    OneTaskFailed,
    RunsThatSleep,
    ProcessRestarted,
    NoZeros,
}

use Feature::*;

pub const FEATURES: [Feature; 22] = [
    Deployment,
    ScaleToZero,
    QueueRenamed,
    ScrapeGap,
    TargetAway,
    CronEachMinute,
    WorkflowADay,
    CompletedElsewhere,
    SlotsByResources,
    OneCallRefused,
    IdleNight,
    MondaysSurge,
    Kubernetes,
    Otlp,
    LongActivities,
    RunsTerminated,
    RetriesAsUsual,
    CollectorRestarted,
    OneTaskFailed,
    RunsThatSleep,
    ProcessRestarted,
    NoZeros,
];

/// A day with what it looked like.
pub struct Day {
    pub name: String,
    pub series: Series,
    pub minutes: usize,
}

/// Draws a day. Over as many days as there are features, each is met at least twice.
pub fn day(seed: u64, naming: Naming) -> Day {
    let mut random = Random::new(seed);
    let turn = usize::try_from(seed).unwrap();
    let mut features = vec![
        FEATURES[turn % FEATURES.len()],
        FEATURES[(turn * 7 + 3) % FEATURES.len()],
        FEATURES[random.between(0, FEATURES.len())],
    ];
    features.dedup();
    // One reason for new processes a day is enough series.
    for reason in [ScaleToZero, Deployment] {
        if features.contains(&reason) {
            let others = [Deployment, QueueRenamed];
            features.retain(|one| *one == reason || !others.contains(one));
        }
    }
    let has = |feature| features.contains(&feature);
    let via = Via {
        naming,
        otlp: has(Otlp),
        kubernetes: has(Kubernetes),
    };
    let at = random.between(80, 220);
    let mut fleet = Fleet::new(via, random);
    fleet.serve(first(&features));
    fleet.serve(second(&features));
    for minute in 0..MINUTES {
        load(&mut fleet, &features, minute);
        events(&mut fleet, &features, minute, at);
        fleet.minute(minute);
    }
    let names: Vec<_> = features
        .iter()
        .map(|feature| format!("{feature:?}"))
        .collect();
    Day {
        name: format!("{seed}: {}", names.join(", ")),
        series: fleet.series,
        minutes: MINUTES,
    }
}

/// The queue of most of the load.
fn first(features: &[Feature]) -> Queue {
    let has = |feature| features.contains(&feature);
    let mut queue = Queue::usual("shop", "orders");
    if has(CompletedElsewhere) {
        queue.elsewhere = 1.0;
    }
    if has(SlotsByResources) {
        queue.slots = 0.0;
    }
    if has(LongActivities) {
        queue.takes = 45;
    }
    if has(RetriesAsUsual) {
        (queue.failing, queue.runs) = (0.2, 6000.0);
    }
    queue.zeros = !has(NoZeros);
    queue
}

/// A queue of the same name in another namespace, with less to do.
fn second(features: &[Feature]) -> Queue {
    let has = |feature| features.contains(&feature);
    let mut queue = Queue::usual("billing", "orders");
    queue.runs = 5.0;
    queue.slim = !has(CronEachMinute) && !has(WorkflowADay) && !has(RunsThatSleep);
    if has(CronEachMinute) {
        (queue.runs, queue.updates) = (1.0, 0.0);
    }
    if has(WorkflowADay) {
        (queue.runs, queue.updates, queue.zeros) = (0.0, 0.0, false);
    }
    queue
}

/// Night until 60, a morning, the day.
fn load(fleet: &mut Fleet, features: &[Feature], minute: usize) {
    let has = |feature| features.contains(&feature);
    let idle = has(IdleNight) && minute < 60;
    let night = if idle { 0.0 } else { 0.15 };
    fleet.served[0].load = match minute {
        0..60 => night,
        60..90 => 0.2 + 0.02 * (minute - 60) as f64,
        _ => 0.8,
    };
    // More in a minute than in the hour before; the slots are full for a moment.
    let surge = has(MondaysSurge) && (100..130).contains(&minute);
    fleet.served[0].load *= if surge { 5.0 } else { 1.0 };
    let first = has(MondaysSurge) && (100..103).contains(&minute);
    let trouble = &mut fleet.served[0].trouble;
    trouble.full = first.then_some(("ActivityWorker", 1.0));
    trouble.wait = first.then_some(0.4);
    let cron = has(CronEachMinute);
    fleet.served[1].load = if idle && !cron { 0.0 } else { 1.0 };
    if has(WorkflowADay) {
        fleet.served[1].queue.runs = f64::from(minute == 140);
        fleet.served[1].queue.runs *= 1.4;
    }
    if has(RunsThatSleep) {
        // Each wakes once a day, when its run is long out of the cache.
        fleet.served[1].trouble.misses = 0.4;
    }
}

fn rename(fleet: &mut Fleet) {
    fleet.end_one(0);
    fleet.served[0].queue.name = "orders-v2";
    fleet.start(0);
}

fn events(fleet: &mut Fleet, features: &[Feature], minute: usize, at: usize) {
    for feature in features {
        match feature {
            Deployment if minute == at => fleet.start_one(0),
            Deployment if minute == at + 2 => fleet.end_one(0),
            // What was cached is replayed by the new processes.
            Deployment => {
                fleet.served[0].trouble.misses = f64::from((at..at + 6).contains(&minute)) * 0.6;
            }
            ScaleToZero if minute == 20 => fleet.end_one(0),
            ScaleToZero if minute == 75 => fleet.start(0),
            QueueRenamed if minute == at => rename(fleet),
            ScrapeGap => fleet.gap = (at..at + 10).contains(&minute),
            TargetAway => {
                let away = (at..at + 4).contains(&minute);
                if let Some(process) = fleet.served[0].processes.first_mut() {
                    process.reachable = !away;
                }
            }
            OneCallRefused => refuse(fleet, minute, at),
            RunsTerminated => {
                let burst = (at..at + 2).contains(&minute);
                fleet.served[0].trouble.refused = match burst {
                    true => &[("RespondActivityTaskCompleted", false, "NOT_FOUND", 0.5)],
                    false => &[],
                };
            }
            CollectorRestarted => {
                let away = (at..at + 3).contains(&minute);
                let lost = (
                    Metric::ExportFailures,
                    &[("exporter", "otlp")] as &'static [_],
                );
                fleet.served[0].trouble.lost = away.then_some(lost);
            }
            OneTaskFailed => {
                fleet.served[0].trouble.stuck = (minute == at).then_some(1);
            }
            ProcessRestarted if minute == at => {
                let processes = fleet.served[0].processes.iter_mut();
                let values = processes.flat_map(|process| process.values.values_mut());
                values.for_each(|value| *value = 0.0);
            }
            _ => {}
        }
    }
}

/// One call of several operations is refused, and succeeds when it is retried; and the server is
/// too old for what workers ask for at their start and at their end.
fn refuse(fleet: &mut Fleet, minute: usize, at: usize) {
    let short = (Metric::RequestFailure, Metric::Request);
    let long = (Metric::LongRequestFailure, Metric::LongRequest);
    let (exhausted, unknown) = ("RESOURCE_EXHAUSTED", "UNIMPLEMENTED");
    let calls = [
        (short, "StartWorkflowExecution", exhausted, 1.0),
        (short, "RespondActivityTaskCompleted", "INTERNAL", 1.0),
        (long, "UpdateWorkflowExecution", exhausted, 1.0),
        (long, "PollWorkflowTaskQueue", "UNAVAILABLE", 1.0),
        (short, "RespondWorkflowTaskCompleted", "NOT_FOUND", 1.0),
        (short, "GetSystemInfo", unknown, 20.0),
        (short, "ShutdownWorker", unknown, 20.0),
    ];
    for (turn, ((failed, begun), operation, code, count)) in calls.into_iter().enumerate() {
        if minute == at + 10 * turn {
            let of = ("operation", operation);
            if let Some(process) = fleet.served[0].processes.first_mut() {
                process.add(begun, &[of], count);
                process.add(failed, &[of, ("status_code", code)], count);
            }
        }
    }
}
