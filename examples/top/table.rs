//! The fetched data as tables: their order, columns and texts.

use std::{cmp::Ordering, time::Duration};

use chronoscope::introspect::v1::{Event, EventKind, Run};

use crate::{fetch::Look, why};

/// The sort key of runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Sort {
    /// Failures of tasks in a row, most first.
    Failures,
    /// Time in the current state, longest first.
    Age,
    /// Length of the history, longest first.
    History,
    /// Duration of the last task, longest first.
    Task,
    /// Workflow type.
    Type,
    /// Workflow id.
    Id,
}

/// An order of runs.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    pub sort: Sort,
    pub reverse: bool,
}

/// A table: a title, the columns' names, and rows.
pub struct Table {
    pub title: String,
    pub columns: &'static [&'static str],
    pub rows: Vec<Vec<String>>,
}

impl Sort {
    /// Returns the next sort key, cyclically.
    pub fn next(self) -> Self {
        match self {
            Self::Failures => Self::Age,
            Self::Age => Self::History,
            Self::History => Self::Task,
            Self::Task => Self::Type,
            Self::Type => Self::Id,
            Self::Id => Self::Failures,
        }
    }

    fn compare(self, one: &Run, other: &Run) -> Ordering {
        match self {
            Self::Failures => other.consecutive_failures.cmp(&one.consecutive_failures),
            Self::Age => time(other.in_state).cmp(&time(one.in_state)),
            Self::History => other.history_length.cmp(&one.history_length),
            Self::Task => task(other).cmp(&task(one)),
            Self::Type => one.workflow_type.cmp(&other.workflow_type),
            Self::Id => one.workflow_id.cmp(&other.workflow_id),
        }
    }
}

impl Order {
    pub fn apply(self, runs: &mut [Run]) {
        runs.sort_by(|one, other| {
            let ordering = self.sort.compare(one, other);
            let ordering = ordering.then_with(|| one.workflow_id.cmp(&other.workflow_id));
            if self.reverse {
                ordering.reverse()
            } else {
                ordering
            }
        });
    }
}

/// Returns workers, runs, activities and at most this many events, in this order.
pub fn tables(look: &Look, events: usize) -> [Table; 4] {
    [
        workers(look),
        runs(look),
        activities(look),
        recent(look, events),
    ]
}

/// Returns a line with the losses of logs, metrics and traces, and with what waits for the server.
pub fn health(look: &Look) -> String {
    let health = &look.health;
    let lines = health.lines.unwrap_or_default();
    let records = health.log_records.unwrap_or_default();
    let spans = health.spans.unwrap_or_default();
    let series = health.series.unwrap_or_default();
    let streams = health.streams.unwrap_or_default();
    let commits = health.commits.unwrap_or_default();
    format!(
        "lost: {} lines, {} log records, {} spans, {} events; folded: {} label values; hook panics: {}; \
         held: {} signals, {} bytes",
        lines.overflowed + lines.failed + lines.panicked,
        records.failed + records.dropped + records.panicked,
        spans.failed + spans.dropped,
        streams.dropped,
        series.folded,
        health.hook_panics,
        commits.held,
        commits.held_bytes,
    )
}

fn workers(look: &Look) -> Table {
    let rows = look.workers.iter().map(|worker| {
        let slots = worker.slots.iter().map(|slots| {
            let kind = slots.kind.trim_end_matches("Worker").to_lowercase();
            match slots.available {
                Some(available) => format!("{kind} {}/{}", slots.used, slots.used + available),
                None => format!("{kind} {}", slots.used),
            }
        });
        let slots = slots.collect::<Vec<_>>().join(" ");
        let pollers: u64 = worker.pollers.iter().map(|pollers| pollers.count).sum();
        let cached = worker.cached_runs;
        vec![
            worker.namespace.clone(),
            worker.task_queue.clone(),
            worker.build_id.clone(),
            worker.identity.clone(),
            if worker.ambiguous {
                format!("{slots} (shared)")
            } else {
                slots
            },
            pollers.to_string(),
            cached.map_or_else(String::new, |cached| cached.to_string()),
        ]
    });
    Table {
        title: format!("workers: {}", look.workers.len()),
        columns: &[
            "NAMESPACE",
            "TASK QUEUE",
            "BUILD",
            "IDENTITY",
            "SLOTS",
            "POLLERS",
            "CACHED",
        ],
        rows: rows.collect(),
    }
}

fn runs(look: &Look) -> Table {
    let rows = look.runs.iter().map(|run| {
        vec![
            run.workflow_id.clone(),
            run.workflow_type.clone(),
            why::state(run),
            short(time(run.in_state)),
            run.history_length.to_string(),
            task(run).map_or_else(String::new, short),
            run.consecutive_failures.to_string(),
            match run.held {
                0 => String::new(),
                held => held.to_string(),
            },
            why::reason(run),
        ]
    });
    Table {
        title: format!("runs: {}", look.all_runs),
        columns: &[
            "WORKFLOW ID",
            "TYPE",
            "STATE",
            "FOR",
            "EVENTS",
            "TASK",
            "FAILED",
            "HELD",
            "WHY",
        ],
        rows: rows.collect(),
    }
}

fn activities(look: &Look) -> Table {
    let rows = look.activities.iter().map(|activity| {
        vec![
            activity.workflow_id.clone(),
            activity.activity_id.clone(),
            activity.activity_type.clone(),
            activity.attempt.to_string(),
            short(time(activity.age)),
            if activity.last_heartbeat.is_some() {
                "yes"
            } else {
                "no"
            }
            .to_owned(),
        ]
    });
    Table {
        title: format!("activities: {}", look.all_activities),
        columns: &[
            "WORKFLOW ID",
            "ACTIVITY ID",
            "TYPE",
            "ATTEMPT",
            "FOR",
            "HEARTBEATS",
        ],
        rows: rows.collect(),
    }
}

fn recent(look: &Look, events: usize) -> Table {
    let newest = look.events.iter().rev().take(events);
    let rows = newest.map(|event| {
        vec![
            event.number.to_string(),
            EventKind::try_from(event.kind)
                .map_or("", |kind| kind.as_str_name())
                .trim_start_matches("EVENT_KIND_")
                .to_lowercase(),
            event.workflow_id.clone(),
            event.activity_type.clone(),
            what(event),
        ]
    });
    Table {
        title: format!("events, newest first: {}", look.events.len()),
        columns: &["NUMBER", "KIND", "WORKFLOW ID", "ACTIVITY", "WHAT"],
        rows: rows.collect(),
    }
}

fn what(event: &Event) -> String {
    if let Some(failure) = &event.failure {
        return failure.cause.clone();
    }
    if let Some(replayed) = &event.replayed {
        let took = short(time(replayed.duration));
        return format!("{} events in {took}", replayed.history_length);
    }
    let parts = [&event.outcome, &event.error_type, &event.eviction_reason];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.into_iter().cloned().collect::<Vec<_>>().join(" ")
}

fn task(run: &Run) -> Option<Duration> {
    run.last_task.as_ref().map(|task| time(task.duration))
}

fn time(duration: Option<prost_types::Duration>) -> Duration {
    duration
        .and_then(|duration| duration.try_into().ok())
        .unwrap_or_default()
}

/// Returns a short form of a duration.
fn short(duration: Duration) -> String {
    match duration.as_secs() {
        0 if duration.as_millis() == 0 => format!("{}us", duration.as_micros()),
        0 => format!("{}ms", duration.as_millis()),
        seconds @ 1..60 => format!("{seconds}s"),
        seconds @ 60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        seconds => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
    }
}
