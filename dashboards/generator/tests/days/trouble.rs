//! What can be wrong with a queue, or with one process of it.

use chronoscope::schema::Metric;

/// Calls that fail: the operation, whether it is counted as a long poll, the code, the share.
pub type Refused = (&'static str, bool, &'static str, f64);

/// Everything that is wrong in a minute; by default, nothing.
#[derive(Clone, Debug, Default)]
pub struct Trouble {
    /// Kinds of pollers that are missing.
    pub unpolled: &'static [&'static str],
    /// The kind of slots that are in use, and the share of them that is.
    pub full: Option<(&'static str, f64)>,
    /// The share of attempts of activities that fail.
    pub failing: f64,
    /// No attempt of an activity ends.
    pub hanging: bool,
    /// The share of workflow tasks that fail, and why.
    pub tasks_fail: Option<(&'static str, f64)>,
    /// A workflow task fails once every so many minutes.
    pub stuck: Option<usize>,
    /// A run is stuck, as its worker sees it.
    pub run_stuck: bool,
    /// A poll of workflow code blocks each minute.
    pub blocks: bool,
    /// Runs come near a limit each minute.
    pub near: bool,
    /// No workflow task ends.
    pub tasks_hang: bool,
    /// Unusual waits of tasks, and durations of tasks and calls, in seconds.
    pub wait: Option<f64>,
    pub activity_wait: Option<f64>,
    pub task: Option<f64>,
    pub local: Option<f64>,
    pub call: Option<f64>,
    /// The share of workflow tasks that find no run in the cache.
    pub misses: f64,
    /// No run is cached.
    pub no_cache: bool,
    /// The share of tasks that replay a run in addition to misses.
    pub replays: f64,
    /// The largest history, in events and in bytes.
    pub events: Option<f64>,
    pub bytes: Option<f64>,
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

    /// The operations that must each have an alert.
    pub fn operations(&self) -> impl Iterator<Item = &'static str> {
        let refused = self.refused.iter().map(|(operation, ..)| *operation);
        let all = refused.chain(self.asked.iter().copied());
        all.filter(|operation| *operation != "*")
    }
}
