//! The expressions about slots and pollers: what each kind of work needs, holds and ends.

use std::time::Duration;

use chronoscope::schema::{Label, Metric, Unit};

use super::{Promql, per_second, promql::Only, rules::Faster};

/// A kind of work, by what polls for it, what it holds, and what counts its ends.
#[derive(Debug)]
pub struct Kind {
    /// The label `kind` of its alerts.
    pub name: &'static str,
    /// Its values of the label `poller_type`; nothing polls for local activities.
    pub pollers: &'static [&'static str],
    /// Its value of the label `worker_type`.
    pub slots: &'static str,
    ended: Metric,
    /// Whether it may take long by design, so that only a comparison with the past tells that it
    /// hangs.
    long: bool,
}

/// Every kind of work.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "workflow",
        pollers: &["workflow_task", "sticky_workflow_task"],
        slots: "WorkflowWorker",
        ended: Metric::WorkflowTaskExecutionLatency,
        long: false,
    },
    Kind {
        name: "activity",
        pollers: &["activity_task"],
        slots: "ActivityWorker",
        ended: Metric::ActivityExecutionLatency,
        long: true,
    },
    Kind {
        name: "localactivity",
        pollers: &[],
        slots: "LocalActivityWorker",
        ended: Metric::LocalActivityExecutionLatency,
        long: true,
    },
    Kind {
        name: "nexus",
        pollers: &["nexus_task"],
        slots: "NexusWorker",
        ended: Metric::NexusTaskExecutionLatency,
        long: false,
    },
];

/// The time without an end, in minutes, and how many seconds attempts used to take at most: several
/// of them would have ended by then.
const USUAL: [(u64, f64); 2] = [(5, 75.0), (30, 450.0)];
/// The past, in which something ended.
const PAST: Duration = Duration::from_secs(3 * 3600);

const HOUR: Duration = Duration::from_secs(3600);
const RECENTLY: Duration = Duration::from_secs(15 * 60);

/// Nobody polls for a kind of work, although there are free slots for it. Where slots have no fixed
/// number, none is in use.
pub fn unpolled(promql: &Promql, by: &[Label]) -> String {
    let queue = promql.labels(&queue(by));
    let of = |kind: &Kind| {
        let pollers = kind.pollers.join("|");
        let pollers = promql.sum(Metric::NumPollers, &[(Label::PollerType, &pollers)], by);
        let (used, free) = used_and_free(promql, kind, &self::queue(by));
        format!("{pollers} == 0 unless on{queue} ({used} > 0 unless {free} > 0)")
    };
    let polled = KINDS.iter().filter(|kind| !kind.pollers.is_empty());
    either(polled.map(of))
}

/// One instance does not poll, while others do, and gets nothing to do.
pub fn unpolled_here(promql: &Promql, by: &[Label]) -> String {
    let all = promql.clone().over_all();
    let of = |kind: &Kind| {
        let pollers = kind.pollers.join("|");
        let only = &[(Label::PollerType, &*pollers)];
        let here = promql.sum(Metric::NumPollers, only, by);
        let everywhere = all.sum(Metric::NumPollers, only, by);
        let ended = promql.increase_count(kind.ended, &queue(by));
        format!(
            "({here} == 0 unless on{} {everywhere} == 0 unless on{} {ended} > 0)",
            all.labels(by),
            promql.labels(&queue(by))
        )
    };
    let polled = KINDS.iter().filter(|kind| !kind.pollers.is_empty());
    either(polled.map(of))
}

/// All slots of a kind are in use, and nothing that holds them ends.
pub fn held(promql: &Promql, faster: Faster, by: &[Label]) -> String {
    let queue = queue(by);
    let on = promql.labels(&queue);
    let of = |kind: &Kind| {
        let only: Only<'_> = &[(Label::WorkerType, kind.slots)];
        let free = promql.sum(Metric::WorkerTaskSlotsAvailable, only, by);
        if !kind.long {
            let ended = promql.increase_count(kind.ended, &queue);
            return format!("({free} == 0 unless on{on} {ended} > 0)");
        }
        let usual = USUAL.map(|(minutes, seconds)| {
            let range = faster.duration(Duration::from_secs(60 * minutes));
            let now = promql.clone().over(&range);
            let past = promql.clone().at(&faster.duration(PAST), &range);
            let ended = now.increase_count(kind.ended, &queue);
            let scale = match kind.ended.unit() {
                Unit::Seconds => per_second(promql.naming()),
                _ => 1.0,
            };
            let most = faster.seconds(seconds) * scale;
            let took = past.increase_sum(kind.ended, &queue);
            let count = past.increase_count(kind.ended, &queue);
            format!("({free} == 0 unless on{on} {ended} > 0) and on{on} {took} < {most} * {count}")
        });
        either(usual)
    };
    either(KINDS.iter().map(of))
}

/// More than a share of slots are in use, on average over an hour and recently.
pub fn nearly(promql: &Promql, faster: Faster, share: f64, by: &[Label]) -> String {
    let over = |range| {
        let range = faster.duration(range);
        let used = promql.average(Metric::WorkerTaskSlotsUsed, &range, by);
        let free = promql.average(Metric::WorkerTaskSlotsAvailable, &range, by);
        format!("{used} / ({used} + {free}) > {share}")
    };
    format!("{} and {}", over(HOUR), over(RECENTLY))
}

/// The slots of a kind that are in use, and those that are free.
fn used_and_free(promql: &Promql, kind: &Kind, by: &[Label]) -> (String, String) {
    let only: Only<'_> = &[(Label::WorkerType, kind.slots)];
    (
        promql.sum(Metric::WorkerTaskSlotsUsed, only, by),
        promql.sum(Metric::WorkerTaskSlotsAvailable, only, by),
    )
}

/// The labels of a queue among others.
fn queue(by: &[Label]) -> Vec<Label> {
    let mut queue = by.to_vec();
    queue.retain(|label| matches!(label, Label::Namespace | Label::TaskQueue));
    queue
}

fn either(parts: impl IntoIterator<Item = String>) -> String {
    let parts: Vec<_> = parts.into_iter().collect();
    parts.join(" or ")
}
