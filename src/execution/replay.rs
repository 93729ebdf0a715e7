use std::{fmt, str::FromStr, time::SystemTime};

/// What workflow code is being polled for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// It executes for the first time. Activities, client calls and code outside of Temporal are
    /// always live.
    #[default]
    Live,
    /// It executes again, from history, to get back to where it was. Under the SDK's replayer
    /// everything does, the last open task included.
    Replaying,
    /// It answers a query or validates an update, and may change nothing. This is no repetition,
    /// even if the run was replayed just before to get there.
    ReadOnly,
    /// Its future is being dropped before it was ready. That is an event of the worker, not of
    /// the workflow.
    Evicting,
}

/// What to do with signals that replay would repeat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Policy {
    /// Drop them. The default.
    #[default]
    Suppress,
    /// Let log lines through, marked `replaying = true`: for debugging.
    Show,
    /// Let spans through, so that replaying a recorded history yields them again.
    Rebuild,
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Suppress => "suppress",
            Self::Show => "show",
            Self::Rebuild => "rebuild",
        })
    }
}

impl FromStr for Policy {
    type Err = UnknownPolicy;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        match value {
            "suppress" => Ok(Self::Suppress),
            "show" => Ok(Self::Show),
            "rebuild" => Ok(Self::Rebuild),
            _ => Err(UnknownPolicy(value.to_owned())),
        }
    }
}

/// The error of parsing a [`Policy`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownPolicy(String);

impl fmt::Display for UnknownPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "unknown replay policy {:?}: expected `suppress`, `show` or `rebuild`",
            self.0
        )
    }
}

impl std::error::Error for UnknownPolicy {}

/// A snapshot of the replay state, taken when a poll starts: all that the gate needs to know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Replay {
    /// What the code is being polled for.
    pub phase: Phase,
    /// What to do with repeated signals.
    pub policy: Policy,
}

impl Replay {
    /// Code that runs outside of any workflow.
    pub const LIVE: Self = Self {
        phase: Phase::Live,
        policy: Policy::Suppress,
    };
}

/// What a poll is for: its phase and, in workflow code, workflow time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Moment {
    pub(crate) phase: Phase,
    pub(crate) workflow_time: Option<SystemTime>,
}

impl From<Phase> for Moment {
    fn from(phase: Phase) -> Self {
        Self {
            phase,
            workflow_time: None,
        }
    }
}
