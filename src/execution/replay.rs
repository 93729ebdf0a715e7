//! The replay state: what code is polled for, and the policy for repeated signals.

use std::{fmt, str::FromStr, time::SystemTime};

use crate::env::UnknownValue;

/// What workflow code is being polled for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// It executes for the first time. Activities, client calls and code outside Temporal are
    /// always live.
    #[default]
    Live,
    /// It executes again from history, to restore the run's state. Under the SDK's replayer
    /// everything does, including the last open task.
    Replaying,
    /// It answers a query or validates an update, and may change nothing. This is not a repetition,
    /// even if the run was replayed just before it.
    ReadOnly,
    /// Its future is being dropped before it was ready. The cause is the worker, not the workflow.
    Evicting,
}

/// What to do with signals that replay would repeat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Policy {
    /// Drop them: the default.
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
    type Err = UnknownValue;

    fn from_str(value: &str) -> Result<Self, UnknownValue> {
        match value {
            "suppress" => Ok(Self::Suppress),
            "show" => Ok(Self::Show),
            "rebuild" => Ok(Self::Rebuild),
            _ => Err(UnknownValue("suppress, show or rebuild")),
        }
    }
}

/// A snapshot of the replay state, taken when a poll starts: the gate needs nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Replay {
    /// The purpose of the poll.
    pub phase: Phase,
    /// The policy for signals that replay would repeat.
    pub policy: Policy,
    /// Whether signals of live workflow code wait until the server has accepted its task.
    pub held: bool,
    /// Whether signals of live workflow code are noted, so that another attempt at the same task does
    /// not emit them again.
    pub noted: bool,
}

impl Replay {
    /// The state of code outside any workflow.
    pub const LIVE: Self = Self {
        phase: Phase::Live,
        policy: Policy::Suppress,
        held: false,
        noted: false,
    };

    /// Returns whether signals wait now until the server has accepted the task.
    #[inline]
    pub(crate) fn holds(self) -> bool {
        self.held && self.phase == Phase::Live
    }

    /// Returns whether signals are noted now.
    #[inline]
    pub(crate) fn notes(self) -> bool {
        self.noted && self.phase == Phase::Live
    }
}

/// A [`Replay`] in one word, which each thread keeps for the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packed(u32);

impl Packed {
    pub(super) const LIVE: Self = Self::new(Replay::LIVE);

    #[inline]
    pub(super) const fn new(replay: Replay) -> Self {
        let moment = Self((replay.policy as u32) << 2);
        moment.at(replay.phase, replay.held, replay.noted)
    }

    pub(super) const fn from_word(word: u32) -> Self {
        Self(word)
    }

    pub(super) const fn word(self) -> u32 {
        self.0
    }

    /// Returns whether nothing is repeated, held or noted, whatever the policy.
    #[inline]
    pub(super) const fn is_plain(self) -> bool {
        self.0 & !(3 << 2) == 0
    }

    #[inline]
    pub(super) const fn unpacked(self) -> Replay {
        Replay {
            phase: match self.0 & 3 {
                0 => Phase::Live,
                1 => Phase::Replaying,
                2 => Phase::ReadOnly,
                _ => Phase::Evicting,
            },
            policy: match self.0 >> 2 & 3 {
                0 => Policy::Suppress,
                1 => Policy::Show,
                _ => Policy::Rebuild,
            },
            held: self.0 >> 4 & 1 != 0,
            noted: self.0 >> 5 != 0,
        }
    }

    /// Returns the same at another moment of the execution.
    #[inline]
    pub(super) const fn at(self, phase: Phase, held: bool, noted: bool) -> Self {
        let policy = self.0 & (3 << 2);
        Self(policy | phase as u32 | (held as u32) << 4 | (noted as u32) << 5)
    }
}

/// The moment of a poll: its phase and, in workflow code, workflow time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Moment {
    pub(crate) phase: Phase,
    pub(crate) workflow_time: Option<SystemTime>,
    pub(crate) held: bool,
    pub(crate) noted: bool,
}

impl From<Phase> for Moment {
    fn from(phase: Phase) -> Self {
        Self {
            phase,
            workflow_time: None,
            held: false,
            noted: false,
        }
    }
}
