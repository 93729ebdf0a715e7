//! Runs that come near a limit of the server.

use super::{Activation, Run, Worker};
use crate::{
    observe::stuck::{self, Grown},
    schema::Limited,
};

/// The server's reasons for its suggestion to continue as new, by their numbers from one.
const REASONS: [&str; 3] = [
    "history_size_too_large",
    "too_many_history_events",
    "too_many_updates",
];

/// The messages that an activation brings.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Received {
    pub(crate) signals: u32,
    pub(crate) updates: u32,
}

/// What a run received so far, and which limits it came near.
#[derive(Clone, Copy, Default)]
pub(super) struct Growing {
    signals: u32,
    updates: u32,
    /// The limits that it came near, so that each is said once.
    near: u16,
}

impl Growing {
    /// Counts what an activation brings.
    pub(super) fn receives(&mut self, received: Received) {
        self.signals += received.signals;
        self.updates += received.updates;
    }

    /// Notes what is near its limit, and returns whether that is new.
    fn comes_near(&mut self, what: Limited) -> bool {
        let is_new = self.near & what.bit() == 0;
        self.near |= what.bit();
        is_new
    }
}

impl Worker {
    /// Looks at how large a run is after an activation that did not end it. A replay notes what was
    /// said when it was live.
    pub(super) fn grows(&self, run: &Run, now: Activation, waits: usize) {
        let limits = self.stuck.limits();
        let mut state = run.state();
        let growing = &mut state.growing;
        let sizes = [
            u64::from(now.history_length),
            now.history_size,
            u64::from(growing.signals),
            u64::from(growing.updates),
        ];
        let mut new: Vec<Grown> = Vec::new();
        let mut look = |grown: Grown| {
            if grown.is_near() && growing.comes_near(grown.what) {
                new.push(grown);
            }
        };
        limits.grown(sizes).into_iter().for_each(&mut look);
        if waits as u64 >= limits.many_pending() {
            limits
                .pending(|kind| run.waits().count(kind))
                .for_each(look);
        }
        let is_suggested = now.suggested.is_some() && growing.comes_near(Limited::Suggestion);
        drop(state);
        if now.is_replay || self.is_replayer {
            return;
        }
        for grown in new {
            self.near(run, grown);
        }
        if is_suggested {
            self.suggested(run, now.suggested.unwrap_or_default());
        }
    }

    fn near(&self, run: &Run, grown: Grown) {
        self.count_near(run, grown.what);
        let Some(about) = run.about() else { return };
        stuck::about(&self.registry.memory, &about, || {
            tracing::warn!(
                limit = grown.what.name(),
                value = grown.value,
                of = grown.limit,
                "the run comes near a limit of the server, which ends runs that reach it: let it \
                 continue as new, or start fewer operations at once"
            );
        });
    }

    /// Says that the server suggests to continue as new, with its reasons as a set.
    fn suggested(&self, run: &Run, reasons: u8) {
        self.count_near(run, Limited::Suggestion);
        let Some(about) = run.about() else { return };
        let numbered = REASONS.iter().enumerate();
        let named = numbered.filter(|(n, _)| reasons & (1 << (n + 1)) != 0);
        let named: Vec<_> = named.map(|(_, reason)| *reason).collect();
        stuck::about(&self.registry.memory, &about, || {
            tracing::info!(
                limit = Limited::Suggestion.name(),
                reasons = (!named.is_empty()).then(|| stuck::names(&named)),
                "the server suggests that the run continues as new, and it has not yet"
            );
        });
    }

    fn count_near(&self, run: &Run, what: Limited) {
        if let Some(series) = self.series(run) {
            series.near_limit(what);
        }
    }
}
