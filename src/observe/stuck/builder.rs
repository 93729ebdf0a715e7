//! The settings of what is watched, and their builder.

use std::{collections::BTreeSet, time::Duration};

use super::Limits;

/// Sets up what is watched of runs that do not move, for
/// [`Builder::stuck`](crate::Builder::stuck).
///
/// ```
/// use std::time::Duration;
///
/// use chronoscope::Observability;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let observability = Observability::builder()
///     // These two may be cut off by the end of their run.
///     .stuck(|s| s.blocked_after(Duration::from_secs(1)).may_stay_open(["progress", "heartbeat"]))
///     .build()?;
/// # observability.shutdown();
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until it is returned"]
pub struct StuckBuilder {
    settings: Settings,
}

/// What is watched of runs that do not move.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    blocked_after: Duration,
    say_every: Duration,
    forgotten_after: Duration,
    limits: Limits,
    /// The names of handlers that may be open when their run ends.
    open_handlers: BTreeSet<Box<str>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            blocked_after: Duration::from_secs(2),
            say_every: Duration::from_secs(60 * 60),
            // The server tries a task again after ten minutes at the latest.
            forgotten_after: Duration::from_secs(25 * 60),
            limits: Limits::default(),
            open_handlers: BTreeSet::new(),
        }
    }
}

impl StuckBuilder {
    /// Sets how long one poll of workflow code may last before it counts as blocking its worker.
    /// Zero disables the check. Default: 2 seconds.
    ///
    /// It is reported while it lasts, up to an eighth of this time later.
    pub fn blocked_after(mut self, time: Duration) -> Self {
        self.settings.blocked_after = time;
        self
    }

    /// Sets the interval between lines about a run whose workflow task has failed more than ten
    /// times in a row. Default: one hour.
    pub fn say_every(mut self, period: Duration) -> Self {
        self.settings.say_every = period;
        self
    }

    /// Sets the time without a retry after which this process no longer counts a run as stuck.
    /// Default: 25 minutes.
    pub fn forgotten_after(mut self, time: Duration) -> Self {
        self.settings.forgotten_after = time;
        self
    }

    /// Sets the server's limits of a run, if they differ: a run that reaches 80 % of one is reported.
    /// Default: those of a server with the default configuration.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.settings.limits = limits;
        self
    }

    /// Adds names of signal and update handlers that may still be open when their run ends: no line
    /// names them. Default: none.
    pub fn may_stay_open<N: Into<String>>(mut self, handlers: impl IntoIterator<Item = N>) -> Self {
        let names = handlers.into_iter().map(|name| name.into().into());
        self.settings.open_handlers.extend(names);
        self
    }

    /// Returns the settings.
    pub(crate) fn build(self) -> Settings {
        self.settings
    }
}

impl Settings {
    /// Returns how long one poll may last; zero disables the check.
    pub(crate) fn blocked_after(&self) -> Duration {
        self.blocked_after
    }

    /// Returns the interval between lines about a run that keeps failing.
    pub(crate) fn say_every(&self) -> Duration {
        self.say_every
    }

    /// Returns the time without a retry after which a run no longer counts as stuck.
    pub(crate) fn forgotten_after(&self) -> Duration {
        self.forgotten_after
    }

    /// Returns the server's limits of a run.
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Returns whether a handler may be open when its run ends.
    pub(crate) fn may_stay_open(&self, handler: &str) -> bool {
        self.open_handlers.contains(handler)
    }
}
