//! Time skipping, one run at a time: a pure function of the run's state.
//!
//! A run skips while nothing of it is under way: no workflow task, no activity but those that wait
//! out a backoff, no child, no signal or request to cancel on its way. It skips to the earliest
//! thing that the passing of time alone brings.

use std::time::Duration;

use super::{Event, Run};
use crate::{
    clock::{Time, proto_span, span},
    proto::{Attributes, common, history},
};

/// So many skips in a row are allowed unless the run's options say otherwise.
const MOST_SKIPS: i32 = 10_000;

/// What a run has skipped.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Skip {
    pub(crate) offset: Duration,
    pub(crate) count: i32,
    pub(crate) forward: Option<Forward>,
}

/// A stretch of time that the run was told to skip, and then stop.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Forward {
    pub(crate) id: String,
    pub(crate) duration: Duration,
    pub(crate) target: Time,
    pub(crate) done: bool,
}

impl Skip {
    /// The run's time when the server's clock shows this.
    pub(crate) fn apply(&self, clock: Time) -> Time {
        clock.after(self.offset)
    }

    /// What the next run of the chain inherits.
    pub(super) fn for_next_run(&self) -> Self {
        self.clone()
    }

    /// What a child inherits: the time, not the stretch.
    pub(crate) fn for_child(&self) -> Self {
        Self {
            offset: self.offset,
            ..Self::default()
        }
    }
}

impl Run {
    /// Whether nothing of the run is under way.
    pub(crate) fn is_idle(&self) -> bool {
        let waits = |attempt: &super::activity::Attempt| attempt.backoff_until.is_some();
        self.state.is_running()
            && self.tasks.current.is_none()
            && self.buffered.is_empty()
            && self.attempts.values().all(waits)
    }

    /// The time to skip to, if the run may skip now.
    pub(crate) fn skip_target(&self) -> Option<Time> {
        let config = self
            .state
            .skipping
            .as_ref()
            .filter(|config| config.enabled)?;
        let most = match config.max_session_skip_count {
            0 => MOST_SKIPS,
            most => most,
        };
        let alone = self.state.children.is_empty()
            && self.state.signals_out.is_empty()
            && self.state.cancels_out.is_empty();
        if !self.is_idle() || !alone || self.skip.count >= most {
            return None;
        }
        let forward = self.skip.forward.as_ref().filter(|forward| !forward.done);
        let forward = forward.map(|forward| forward.target);
        match (self.next_skippable(), forward) {
            (Some(due), Some(forward)) => Some(due.min(forward)),
            (due, forward) => due.or(forward),
        }
    }

    /// Moves the run's time forward and says so in its history.
    pub(crate) fn skip_to(&mut self, target: Time) {
        let wall = self.now.before(self.skip.offset);
        self.skip.offset = self.skip.offset.saturating_add(target.since(self.now));
        self.skip.count = self.skip.count.saturating_add(1);
        self.now = self.now.max(target);
        let mut over = false;
        if let Some(forward) = &mut self.skip.forward
            && !forward.done
            && forward.target <= target
        {
            forward.done = true;
            over = true;
        }
        let event = history::WorkflowExecutionTimeSkippingTransitionedEventAttributes {
            target_time: Some(target.proto()),
            disabled_after_fast_forward: over,
            wall_clock_time: Some(wall.proto()),
        };
        self.record(Event::new(event));
    }

    /// Starts the stretch that the run's options ask for.
    pub(crate) fn begin_forward(&mut self) {
        let config = self.state.skipping.as_ref();
        let wanted = config.and_then(|config| config.fast_forward_config.as_ref());
        self.skip.forward = wanted.map(|wanted| {
            let duration = span(wanted.duration.as_ref());
            Forward {
                id: wanted.id.clone(),
                duration,
                target: self.now.after(duration),
                done: false,
            }
        });
    }

    /// How the run's time stands, if it has to do with skipping.
    pub(crate) fn skipping_info(&self) -> Option<common::TimeSkippingInfo> {
        let config = self.state.skipping.clone()?;
        Some(common::TimeSkippingInfo {
            current_time: Some(self.now.proto()),
            effective_config: Some(config),
            fast_forward_info: self.forward_info(),
            current_session_skip_count: self.skip.count,
        })
    }

    /// How the stretch stands.
    pub(crate) fn forward_info(&self) -> Option<common::TimeSkippingFastForwardInfo> {
        let forward = self.skip.forward.as_ref()?;
        Some(common::TimeSkippingFastForwardInfo {
            fast_forward_duration: Some(proto_span(forward.duration)),
            fast_forward_id: forward.id.clone(),
            target_time: Some(forward.target.proto()),
            has_completed: forward.done,
        })
    }
}

impl super::state::State {
    pub(super) fn apply_skip(&mut self, attributes: &Attributes) {
        if let Attributes::WorkflowExecutionTimeSkippingTransitionedEventAttributes(skipped) =
            attributes
            && skipped.disabled_after_fast_forward
            && let Some(config) = &mut self.skipping
        {
            config.enabled = false;
        }
    }
}
