//! When telemetry of workflow code is emitted.

use std::{str::FromStr, time::Duration};

use crate::env::UnknownValue;

/// When the logs, metrics, spans and hooks of workflow code are emitted, for
/// [`Builder::emission`](crate::Builder::emission).
///
/// The [guide](crate::guide::emission) says when to choose which.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Emission {
    /// At once. A task that the server does not accept runs again: the same process skips what it has
    /// emitted, and another process emits it again.
    #[default]
    Immediate,
    /// When the server has accepted the workflow task. Of a task that it refused only lines are written,
    /// with marks: [`Refused`].
    OnCommit(OnCommit),
}

/// Sets up [`Emission::OnCommit`].
///
/// ```
/// use chronoscope::{Observability, commit::{Emission, OnCommit, Refused}};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let held = OnCommit::default().refused(Refused::Every);
/// let observability = Observability::builder()
///     .emission(Emission::OnCommit(held))
///     .build()?;
/// # let _ = observability;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "pass it to `Emission::OnCommit`"]
pub struct OnCommit {
    pub(crate) refused: Refused,
    pub(crate) lines: Lines,
    pub(crate) per_run: usize,
    pub(crate) in_all: usize,
    pub(crate) hold_at_most: Duration,
    pub(crate) connections: usize,
}

impl Default for OnCommit {
    fn default() -> Self {
        Self {
            refused: Refused::First,
            lines: Lines::Held,
            per_run: 256 << 10,
            in_all: 64 << 20,
            hold_at_most: Duration::from_secs(60),
            connections: 1,
        }
    }
}

impl OnCommit {
    /// Sets which lines of refused tasks are written. Default: [`Refused::First`].
    pub fn refused(mut self, refused: Refused) -> Self {
        self.refused = refused;
        self
    }

    /// Sets whether lines and log records wait as well. Default: [`Lines::Held`].
    pub fn lines(mut self, lines: Lines) -> Self {
        self.lines = lines;
        self
    }

    /// Sets how many bytes are held for one run before its newest signals are dropped. Default:
    /// 256 KiB. A run never holds more than 4,096 signals besides its lines.
    pub fn per_run(mut self, bytes: usize) -> Self {
        self.per_run = bytes;
        self
    }

    /// Sets how many bytes are held for all runs of the process. Default: 64 MiB.
    pub fn in_all(mut self, bytes: usize) -> Self {
        self.in_all = bytes;
        self
    }

    /// Sets how long lines wait for the server, for example while a local activity runs. Older ones
    /// are written with the mark `task_open = true`. What waits for a history that tells whether the
    /// task was accepted is emitted after that time as unknown. Default: 60 seconds.
    pub fn hold_at_most(mut self, time: Duration) -> Self {
        self.hold_at_most = time;
        self
    }

    /// Sets the number of connections that a wrapped client opens, which its calls use in turns, as
    /// [`Stack::connections`](crate::rpc::Stack::connections) does. Default: 1; 0 counts as 1.
    pub fn connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }
}

/// Which lines and log records of refused tasks are written, with the marks `task_failed`,
/// `task_failure` and `task_attempt`. Metrics, spans and hooks of refused tasks are never emitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// Those of the first attempt that fails by its own fault: a panic, an error, non-determinism, a
    /// bad command. Those of its retries are counted.
    #[default]
    First,
    /// Those of every attempt.
    Every,
    /// None: they are counted.
    Drop,
}

/// When lines and log records are written while other signals wait for the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lines {
    /// When the server has accepted their task.
    #[default]
    Held,
    /// When they are logged, as with [`Emission::Immediate`]. Nothing marks those of a refused task;
    /// in this process an attempt leaves out what an earlier one has written.
    AtOnce,
}

impl FromStr for Emission {
    type Err = UnknownValue;

    fn from_str(value: &str) -> Result<Self, UnknownValue> {
        match value {
            "immediate" => Ok(Self::Immediate),
            "on_commit" => Ok(Self::OnCommit(OnCommit::default())),
            _ => Err(UnknownValue("immediate or on_commit")),
        }
    }
}
