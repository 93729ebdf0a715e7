//! The series of activities.

use std::{sync::OnceLock, time::Duration};

use metrics::{Counter, Histogram};

use super::{Latency, Registry, ends::Ends};
use crate::schema::{Label, Metric, Outcome};

/// The series of an activity type on a task queue.
pub(crate) struct ActivitySeries {
    registry: Registry,
    own: [Box<str>; 3],
    ends: Ends,
    cancelled: Counter,
    attempts: Histogram,
    heartbeat_gap: Latency,
    /// In the order of [`Outcome::CLASSES`], each made at its first recording.
    since_first_schedule: Box<[OnceLock<Latency>]>,
}

const LABELS: [Label; 3] = [Label::Namespace, Label::TaskQueue, Label::ActivityType];

impl ActivitySeries {
    pub(super) fn new(registry: &Registry, own: [&str; 3]) -> Self {
        let labels = std::array::from_fn::<_, 3, _>(|n| (LABELS[n], own[n]));
        Self {
            ends: Ends::new(
                registry,
                Metric::ActivityOutcome,
                Metric::ActivityError,
                &labels,
            ),
            cancelled: registry.counter(Metric::ActivityExecutionCancelled, &labels),
            attempts: registry.histogram(Metric::ActivityAttempts, &labels),
            heartbeat_gap: registry.latency(Metric::ActivityHeartbeatGap, &labels),
            since_first_schedule: Outcome::CLASSES.iter().map(|_| OnceLock::new()).collect(),
            registry: registry.clone(),
            own: own.map(Box::from),
        }
    }

    /// Records the end of an attempt.
    pub(crate) fn ended(
        &self,
        outcome: &Outcome,
        attempt: u32,
        since_first_schedule: Option<Duration>,
    ) {
        self.ends.count(outcome);
        if *outcome == Outcome::Cancelled {
            self.cancelled.increment(1);
        }
        if outcome.is_final() {
            self.attempts.record(f64::from(attempt));
        }
        if let Some(duration) = since_first_schedule {
            self.record_since_first_schedule(outcome, duration);
        }
    }

    fn record_since_first_schedule(&self, outcome: &Outcome, duration: Duration) {
        let latency = self.since_first_schedule[outcome.index()].get_or_init(|| {
            let own = std::array::from_fn::<_, 3, _>(|n| (LABELS[n], &*self.own[n]));
            let labels = [&own[..], &[(Label::Outcome, outcome.class())]].concat();
            self.registry
                .latency(Metric::ActivityFirstScheduleToEndLatency, &labels)
        });
        latency.record(duration);
    }

    /// Records the time between two heartbeats.
    pub(crate) fn beat(&self, gap: Duration) {
        self.heartbeat_gap.record(gap);
    }
}
