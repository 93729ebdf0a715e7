//! Time skipping, one run at a time: a pure function of the run's state.
//!
//! A run skips while nothing of it is under way: no workflow task, no activity but those that wait
//! out a backoff, no Nexus operation, no child but those that wait idly for what others send them, no
//! signal or request to cancel on its way. It skips to the earliest
//! thing that the passing of time alone brings, and never past the stretch that it was told to
//! fast-forward.

use std::time::Duration;

use super::{Event, Run, effect::Effect};
use crate::{
    clock::{Time, proto_span, span},
    proto::{
        Attributes,
        common::{
            TimeSkippingConfig, TimeSkippingFastForwardInfo, TimeSkippingInfo,
            TimeSkippingStatePropagation as Inherited,
        },
        history,
    },
};

/// The number of skips in a row that are allowed by default.
const MOST_SKIPS: i32 = 200;

/// How a run skips time, and what it has skipped: what its history says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Skip {
    /// As it is in force: its `enabled` ends with the stretch and with too many skips.
    pub(crate) config: Option<TimeSkippingConfig>,
    /// How far the run's time is ahead of the server's.
    pub(crate) offset: Duration,
    count: i32,
    forward: Option<Forward>,
}

/// The stretch of the options' fast-forward.
#[derive(Clone, Debug, PartialEq)]
struct Forward {
    target: Time,
    done: bool,
}

/// The time that a run's past, or its parent, had skipped before it began.
pub(crate) fn inherited(state: Option<&Inherited>) -> Duration {
    span(state.and_then(|state| state.initial_skipped_duration.as_ref()))
}

/// The options with the defaults filled in, or what is wrong with them.
pub(crate) fn fill_in(mut config: TimeSkippingConfig) -> Result<TimeSkippingConfig, &'static str> {
    if let Some(forward) = &config.fast_forward_config {
        if forward.id.is_empty() {
            return Err("FastForwardConfig.Id is not set on request.");
        }
        if span(forward.duration.as_ref()).is_zero() {
            return Err("FastForwardConfig.Duration must be positive.");
        }
    }
    if config.max_session_skip_count <= 0 {
        config.max_session_skip_count = MOST_SKIPS;
    }
    Ok(config)
}

impl Skip {
    /// The run's time when the server's clock shows this.
    pub(crate) fn shown(&self, clock: Time) -> Time {
        clock.after(self.offset)
    }

    fn is_enabled(&self) -> bool {
        self.config.as_ref().is_some_and(|config| config.enabled)
    }

    /// The end of the stretch that is being skipped.
    pub(super) fn forward_to(&self) -> Option<Time> {
        let forward = self.forward.as_ref().filter(|forward| !forward.done)?;
        self.is_enabled().then_some(forward.target)
    }

    /// What the next run of the chain inherits.
    pub(super) fn for_next_run(&self) -> Option<Inherited> {
        let touched = self.config.is_some() || !self.offset.is_zero();
        touched.then(|| Inherited {
            initial_skipped_duration: Some(proto_span(self.offset)),
            fast_forward_target_time: self.forward.as_ref().map(|forward| forward.target.proto()),
            initial_skip_count: self.count,
        })
    }

    /// What a child inherits: the time, not the stretch.
    pub(super) fn for_child(&self) -> Option<Inherited> {
        (!self.offset.is_zero()).then(|| Inherited {
            initial_skipped_duration: Some(proto_span(self.offset)),
            ..Default::default()
        })
    }

    /// How a child skips.
    pub(super) fn config_for_child(&self) -> Option<TimeSkippingConfig> {
        let config = self.config.as_ref();
        let config = config.filter(|config| !config.disable_propagation)?;
        Some(TimeSkippingConfig {
            fast_forward_config: None,
            ..config.clone()
        })
    }

    pub(super) fn apply(&mut self, at: Time, attributes: &Attributes) {
        match attributes {
            Attributes::WorkflowExecutionStartedEventAttributes(started) => {
                let state = started.time_skipping_state_propagation.as_ref();
                self.offset = inherited(state);
                self.count = state.map_or(0, |state| state.initial_skip_count);
                let target = state.and_then(|state| state.fast_forward_target_time.as_ref());
                let config = started.time_skipping_config.clone();
                self.configure(config, at, target.map(Time::from));
            }
            Attributes::WorkflowExecutionOptionsUpdatedEventAttributes(options)
                if options.time_skipping_config_updated =>
            {
                self.count = 0;
                self.configure(options.time_skipping_config.clone(), at, None);
            }
            Attributes::WorkflowExecutionTimeSkippingTransitionedEventAttributes(skipped) => {
                self.apply_transition(at, skipped);
            }
            _ => {}
        }
    }

    fn configure(&mut self, config: Option<TimeSkippingConfig>, at: Time, target: Option<Time>) {
        let wanted = config
            .as_ref()
            .and_then(|config| config.fast_forward_config.as_ref());
        self.forward = wanted.map(|wanted| {
            let target = target.unwrap_or_else(|| at.after(span(wanted.duration.as_ref())));
            let done = target <= at;
            Forward { target, done }
        });
        self.config = config;
        if self.forward.as_ref().is_some_and(|forward| forward.done) {
            self.disable();
        }
    }

    fn apply_transition(
        &mut self,
        at: Time,
        skipped: &history::WorkflowExecutionTimeSkippingTransitionedEventAttributes,
    ) {
        if let Some(target) = &skipped.target_time {
            let target = Time::from(target);
            self.offset = self.offset.saturating_add(target.since(at));
        }
        self.count = self.count.saturating_add(1);
        let config = self.config.as_ref();
        let most = config.map_or(0, |config| config.max_session_skip_count);
        if skipped.disabled_after_fast_forward
            && let Some(forward) = &mut self.forward
        {
            forward.done = true;
            self.disable();
        }
        if self.count >= most {
            self.disable();
        }
    }

    fn disable(&mut self) {
        if let Some(config) = &mut self.config {
            config.enabled = false;
        }
    }

    /// How the stretch stands.
    pub(crate) fn forward_info(&self) -> Option<TimeSkippingFastForwardInfo> {
        let forward = self.forward.as_ref()?;
        let wanted = self.config.as_ref()?.fast_forward_config.as_ref()?;
        Some(TimeSkippingFastForwardInfo {
            fast_forward_duration: wanted.duration,
            fast_forward_id: wanted.id.clone(),
            target_time: Some(forward.target.proto()),
            has_completed: forward.done,
        })
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

    /// Whether nothing of the run, nor of its children, is under way.
    fn is_at_rest(&self) -> bool {
        let mut children = self.state.children.keys();
        self.is_idle()
            && children.all(|child| self.idle_children.contains(child))
            && self.state.operations.is_empty()
            && self.state.signals_out.is_empty()
            && self.state.cancels_out.is_empty()
    }

    fn may_skip(&self) -> bool {
        self.state.skip.is_enabled() && self.is_at_rest()
    }

    /// Tells the parent if the run waits idly from now on, or no longer: it can't go on before
    /// others send it something, so that its parent need not wait for it.
    pub(crate) fn tell_idle(&mut self) {
        let idle = self.is_at_rest() && self.next_skippable().is_none();
        if idle != self.told_idle {
            self.told_idle = idle;
            self.outbox.push(Effect::Idle(idle));
        }
    }

    /// A child waits idly from now on, or no longer.
    pub(crate) fn child_is_idle(&mut self, id: i64, idle: bool) {
        if idle {
            self.idle_children.insert(id);
        } else {
            self.idle_children.remove(&id);
        }
    }

    /// Moves the run's time to what comes next, if it may; says whether it did.
    pub(crate) fn skip(&mut self) -> bool {
        if !self.may_skip() {
            return false;
        }
        let (due, forward) = (self.next_skippable(), self.state.skip.forward_to());
        let target = match (due, forward) {
            (Some(due), Some(forward)) => Some(due.min(forward)),
            (due, forward) => due.or(forward),
        };
        // What is due by now happens without a skip.
        let Some(target) = target.filter(|target| *target > self.now) else {
            return false;
        };
        self.record_skip(Some(target), forward == Some(target));
        self.now = target;
        true
    }

    /// The stretch ended by itself, while something was under way.
    pub(super) fn end_forward(&mut self) {
        self.record_skip(None, true);
    }

    fn record_skip(&mut self, target: Option<Time>, over: bool) {
        let wall = self.now.before(self.state.skip.offset);
        let event = history::WorkflowExecutionTimeSkippingTransitionedEventAttributes {
            target_time: target.map(Time::proto),
            disabled_after_fast_forward: over,
            wall_clock_time: Some(wall.proto()),
        };
        self.record(Event::new(event));
    }

    /// How the run's time stands, if it has to do with skipping.
    pub(crate) fn skipping_info(&self) -> Option<TimeSkippingInfo> {
        let skip = &self.state.skip;
        let touched = skip.config.is_some() || !skip.offset.is_zero();
        touched.then(|| TimeSkippingInfo {
            current_time: Some(self.now.proto()),
            effective_config: skip.config.clone(),
            fast_forward_info: skip.forward_info(),
            current_session_skip_count: skip.count,
        })
    }
}
