//! What can be wrong with a queue, or with one process of it.

use chronoscope::schema::Metric;

/// Calls that fail: the operation, whether it is counted as a long poll, the code, the share.
pub type Refused = (&'static str, bool, &'static str, f64);

/// A run whose task fails on every attempt.
#[derive(Clone, Debug)]
pub struct Stuck {
    /// The minutes between two attempts, after the first ones.
    pub each: usize,
    /// The type of the run.
    pub of: (&'static str, &'static str),
    pub why: &'static str,
}

/// Everything that is wrong in a minute; by default, nothing.
#[derive(Clone, Debug, Default)]
pub struct Trouble {
    /// Kinds of pollers that are missing.
    pub unpolled: &'static [&'static str],
    /// The kind of slots whose tasks do not end.
    pub hangs: Option<&'static str>,
    /// The share of attempts of activities that fail.
    pub failing: f64,
    /// The share of workflow tasks that fail, and why.
    pub tasks_fail: Option<(&'static str, f64)>,
    pub stuck: Option<Stuck>,
    /// A run is stuck, as its worker sees it.
    pub run_stuck: bool,
    /// A poll of workflow code blocks each minute.
    pub blocks: bool,
    /// Runs come near a limit each minute.
    pub near: bool,
    /// Unusual waits of tasks, and durations of tasks and calls, in seconds.
    pub wait: Option<f64>,
    pub activity_wait: Option<f64>,
    pub task: Option<f64>,
    pub local: Option<f64>,
    pub call: Option<f64>,
    /// The minutes that activities take.
    pub takes: Option<f64>,
    /// The share of workflow tasks that find no run in the cache.
    pub misses: f64,
    /// No run is cached.
    pub no_cache: bool,
    /// The share of tasks that replay a run in addition to misses.
    pub replays: f64,
    /// The histories of all runs, in events and in bytes.
    pub events: Option<f64>,
    pub bytes: Option<f64>,
    /// One run with a task every so many minutes, and its history in events and in bytes.
    pub long_run: Option<(usize, f64)>,
    pub large_run: Option<(usize, f64)>,
    pub refused: &'static [Refused],
    /// Calls that a normal day does not have.
    pub asked: &'static [&'static str],
    /// The counter of what telemetry loses each minute.
    pub lost: Option<(Metric, &'static [(&'static str, &'static str)])>,
    /// The processes have died, but their targets remain.
    pub dead: bool,
    /// Only the first process is affected.
    pub one: bool,
}

impl Trouble {
    /// Whether no call gets through, so that no task arrives.
    pub fn is_cut_off(&self) -> bool {
        self.refused.iter().any(|(operation, ..)| *operation == "*")
    }

    /// Whether anybody polls for what takes slots of a kind.
    pub fn is_polled(&self, kind: &str) -> bool {
        let poller = match kind {
            "WorkflowWorker" => "workflow_task",
            "ActivityWorker" => "activity_task",
            "NexusWorker" => "nexus_task",
            _ => return true,
        };
        self.one || !self.unpolled.contains(&poller)
    }

    /// Whether every process polls for activities.
    pub fn is_all_polled(&self) -> bool {
        !self.unpolled.contains(&"activity_task") && self.hangs != Some("ActivityWorker")
    }

    /// The operations that must each have an alert.
    pub fn operations(&self) -> impl Iterator<Item = &'static str> {
        let refused = self.refused.iter().map(|(operation, ..)| *operation);
        let all = refused.chain(self.asked.iter().copied());
        all.filter(|operation| *operation != "*")
    }

    /// The same on top of what a healthy day has in this minute.
    pub fn on_top_of(&self, beneath: &Self) -> Self {
        let mut both = self.clone();
        both.misses = both.misses.max(beneath.misses);
        both.wait = both.wait.or(beneath.wait);
        both
    }
}
