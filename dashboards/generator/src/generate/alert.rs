//! An alert: what it watches, and all that its rule and its section of the runbook say.

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
}

/// One alert, with all that its rule and its section in the runbook say.
#[derive(Clone, Copy, Debug)]
pub struct Alert {
    pub name: &'static str,
    pub severity: Severity,
    /// For how many minutes the condition must last.
    pub minutes: u64,
    pub condition: Condition,
    /// The labels, in addition to `job`, by which it tells cases apart.
    pub by: &'static [Label],
    /// The kind of work that it is about, where it is about one, and no label says so.
    pub kind: &'static str,
    /// The alerts whose cause is this one's, too: while they fire, it need not be sent.
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

    /// Returns the threshold of its name. A condition that needs one has it: a test sees to that.
    pub fn threshold(&self) -> Option<Threshold> {
        Threshold::of(self.name)
    }

    /// Over which time it looks.
    ///
    /// What happened in one moment stays visible for as long as the window, so the window of what
    /// must go on is shorter than the time for which it must.
    pub fn window(&self) -> Duration {
        match self.condition {
            Condition::Vanished(_) => minutes(60),
            Condition::Unended { used_to: true, .. } => minutes(30),
            Condition::Refused { .. } => minutes(self.minutes / 2),
            Condition::KeepsHappening(_) => minutes(15),
            // A share of few is looked at over the whole time, so that it does not flap.
            Condition::Above(_) if self.is_of_time() => minutes(5),
            _ if self.minutes >= 15 => minutes(self.minutes),
            _ => minutes(5),
        }
    }

    /// How long what it saw stays visible after it has ended.
    fn memory(&self) -> Duration {
        match self.condition {
            Condition::Zero(_)
            | Condition::ZeroHere(_)
            | Condition::Vanished(_)
            | Condition::EmptyCache
            | Condition::Unended { .. } => Duration::ZERO,
            Condition::Above(_) if self.is_of_slots() => Duration::ZERO,
            _ => self.window(),
        }
    }

    /// For how long it keeps firing after its condition has ended, so that what follows from it
    /// clears first and is not sent at the end: what that saw must leave its window, and after an
    /// outage what has waited comes first.
    pub fn keeps_firing(&self) -> Duration {
        let followers = alerts::all().filter(|other| other.follows.contains(&self.name));
        let longest = followers.map(Self::memory).max().unwrap_or_default();
        match (longest.saturating_sub(self.memory()), self.condition) {
            (Duration::ZERO, _) => Duration::ZERO,
            (longer, Condition::Zero(_)) => longer + BACKLOG,
            (longer, _) => longer,
        }
    }

    fn is_of_slots(&self) -> bool {
        let threshold = self.threshold();
        threshold.is_some_and(|threshold| threshold.metric == Metric::WorkerTaskSlotsUsed)
    }

    /// Whether its threshold is a quantile's.
    fn is_of_time(&self) -> bool {
        let threshold = self.threshold();
        threshold.is_some_and(|threshold| matches!(threshold.measure, Measure::Quantile(_)))
    }

    /// Whether it tells instances apart.
    pub fn per_instance(&self) -> bool {
        matches!(
            self.condition,
            Condition::ZeroHere(_) | Condition::FailsHere { .. }
        )
    }

    /// The labels that its expression leaves.
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

    /// The value of the label `kind`, as a template over its other labels: the kind of work, in
    /// one word for pollers, slots and tasks.
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

    /// Returns its expression, with all durations divided.
    pub fn expr(&self, naming: Naming, faster: Faster) -> String {
        expr::of(self, naming, faster)
    }
}

/// What Prometheus renames a series' `namespace` to, where the target has a label of that name.
pub const EXPORTED: &str = "exported_namespace";

/// For so long a backlog is worked off, after an outage that alerts have to bridge.
const BACKLOG: Duration = minutes(5);

const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}
