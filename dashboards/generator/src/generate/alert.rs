//! An alert: what it watches, and the texts of its rule and its section in the runbook.

use std::time::Duration;

use chronoscope::schema::{Label, Metric, Naming};

use super::{
    alerts,
    condition::Condition,
    expr,
    rules::Faster,
    threshold::{Measure, Threshold},
};

/// How soon somebody must look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Now.
    Critical,
    /// In working hours.
    Warning,
}

impl Severity {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Warning => "warning",
        }
    }

    pub fn is_as_severe_as(self, other: Self) -> bool {
        self == Self::Critical || other == Self::Warning
    }
}

/// An alert, with everything its rule and its section in the runbook need.
#[derive(Clone, Copy, Debug)]
pub struct Alert {
    pub name: &'static str,
    pub severity: Severity,
    /// How many minutes the condition must hold.
    pub minutes: u64,
    pub condition: Condition,
    /// The labels it groups by, in addition to `job`.
    pub by: &'static [Label],
    /// The kind of work it is about, if any, unless a label has it.
    pub kind: &'static str,
    /// The alerts that explain this one: while they fire, it is muted.
    pub follows: &'static [&'static str],
    pub symptom: &'static str,
    pub cause: &'static str,
    pub check: &'static str,
    pub fix: &'static str,
}

impl Alert {
    pub fn lasts(&self) -> Duration {
        minutes(self.minutes)
    }

    /// Returns the threshold of its name. A test checks that each condition that needs one has it.
    pub fn threshold(&self) -> Option<Threshold> {
        Threshold::of(self.name)
    }

    /// The range that its expression looks at.
    ///
    /// A single event stays visible for the whole window, so a condition that must be ongoing has a
    /// window shorter than the time for which it must hold.
    pub fn window(&self) -> Duration {
        match self.condition {
            Condition::Vanished(_) => minutes(60),
            Condition::Unended { used_to: true, .. } => minutes(30),
            Condition::Refused { .. } => minutes(self.minutes / 2),
            Condition::KeepsHappening(_) => minutes(15),
            // The largest value is one event, which may come rarely.
            Condition::Above(_) if self.is_maximum() => minutes(60),
            // A share of few events flaps over a short window.
            Condition::Above(_) if self.is_of_time() => minutes(5),
            Condition::UnpolledHere => minutes(5),
            _ if self.minutes >= 15 => minutes(self.minutes),
            _ => minutes(5),
        }
    }

    /// How long its condition still holds after the cause is gone.
    fn memory(&self) -> Duration {
        match self.condition {
            Condition::Any(_)
            | Condition::Unpolled
            | Condition::UnpolledHere
            | Condition::Held
            | Condition::Vanished(_)
            | Condition::EmptyCache
            | Condition::Unended { .. } => Duration::ZERO,
            Condition::Above(_) if self.is_of_slots() => minutes(15),
            _ => self.window(),
        }
    }

    /// How long it keeps firing after its condition has ended.
    ///
    /// The alerts that follow from it must clear first, or else they are sent at the end: the cause
    /// must leave their windows, and after an outage the backlog is worked off first.
    pub fn keeps_firing(&self) -> Duration {
        let followers = || alerts::all().filter(|other| other.follows.contains(&self.name));
        // One that others follow from in turn keeps firing as well.
        let lasts = |follower: &Self| follower.memory() + follower.keeps_firing();
        let longest = followers().map(lasts).max().unwrap_or_default();
        let longer = longest.saturating_sub(self.memory());
        let leaves_backlog = !self.is_of_time() && followers().any(Self::is_of_time);
        longer
            + if leaves_backlog {
                BACKLOG
            } else {
                Duration::ZERO
            }
    }

    fn is_of_slots(&self) -> bool {
        let threshold = self.threshold();
        threshold.is_some_and(|threshold| threshold.metric == Metric::WorkerTaskSlotsUsed)
    }

    /// Whether its threshold is one of a quantile.
    fn is_of_time(&self) -> bool {
        let threshold = self.threshold();
        threshold.is_some_and(|threshold| matches!(threshold.measure, Measure::Quantile(_)))
    }

    /// Whether its threshold is one of the largest value.
    fn is_maximum(&self) -> bool {
        let threshold = self.threshold();
        threshold.is_some_and(|threshold| threshold.measure == Measure::Quantile(1.0))
    }

    /// Whether it also groups by instance.
    pub fn per_instance(&self) -> bool {
        matches!(
            self.condition,
            Condition::UnpolledHere | Condition::FailsHere { .. }
        )
    }

    /// The labels of its result.
    pub fn labels(&self) -> Vec<&'static str> {
        let mut labels = vec!["job"];
        for label in self.by {
            labels.push(label.name());
            if *label == Label::Namespace {
                labels.push(EXPORTED);
            }
        }
        labels.extend(self.per_instance().then_some("instance"));
        labels
    }

    /// The value of the label `kind`, as a template over its other labels: the kind of work, under
    /// one name for pollers, slots and tasks.
    pub fn kind(&self) -> Option<&'static str> {
        match self.by {
            by if by.contains(&Label::PollerType) => {
                Some("{{ reReplaceAll \"^(sticky_)?(.*)_task$\" \"$2\" $labels.poller_type }}")
            }
            by if by.contains(&Label::WorkerType) => {
                Some("{{ reReplaceAll \"worker$\" \"\" ($labels.worker_type | toLower) }}")
            }
            _ => (!self.kind.is_empty()).then_some(self.kind),
        }
    }

    /// Returns its expression.
    pub fn expr(&self, naming: Naming, faster: Faster) -> String {
        expr::of(self, naming, faster)
    }
}

/// The label that Prometheus renames a series' `namespace` to, if the target has one as well.
pub const EXPORTED: &str = "exported_namespace";

/// How long working off a backlog may take after an outage.
const BACKLOG: Duration = minutes(10);

const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}
