//! Schedules: when they are due, and what they start then.

mod action;
mod calendar;
mod spec;

use std::collections::BTreeMap;

pub(crate) use self::spec::check as check_spec;
use super::{RunRef, Store};
use crate::{
    clock::Time,
    proto::{WorkflowExecution, common, enums, schedule},
};

/// A schedule.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schedule {
    pub(crate) definition: schedule::Schedule,
    pub(crate) info: schedule::ScheduleInfo,
    pub(crate) memo: Option<common::Memo>,
    pub(crate) search_attributes: Option<common::SearchAttributes>,
    pub(crate) request_id: String,
    /// Changes with every update, so that writers notice each other.
    pub(crate) version: u64,
    /// When it is due next.
    pub(crate) next: Option<Time>,
    /// Starts that wait for the run before them to close.
    pub(crate) waiting: Vec<Time>,
}

/// A backfill acts this often at most.
const MOST_BACKFILLED: usize = 1000;

/// Where a schedule is.
pub(crate) type Key = (String, String);

/// All schedules, by namespace and id.
#[derive(Debug, Default)]
pub(crate) struct Schedules(pub(crate) BTreeMap<Key, Schedule>);

impl Schedules {
    /// When one is due next.
    pub(crate) fn next(&self) -> Option<Time> {
        self.0.values().filter_map(|schedule| schedule.next).min()
    }
}

impl Schedule {
    /// Whether it acts by itself.
    pub(crate) fn is_paused(&self) -> bool {
        self.definition
            .state
            .as_ref()
            .is_some_and(|state| state.paused)
    }

    /// Finds out when it is due after a time.
    pub(crate) fn plan(&mut self, after: Time) {
        let spec = self.definition.spec.as_ref();
        self.next = match self.is_paused() || self.is_spent() {
            true => None,
            false => spec.and_then(|spec| spec::next(spec, after)),
        };
    }

    /// When it would act, the next ones.
    pub(crate) fn future(&self, now: Time) -> Vec<crate::proto::Timestamp> {
        let spec = self.definition.spec.as_ref();
        let next = |after: &Time| spec.and_then(|spec| spec::next(spec, *after));
        let times = std::iter::successors(next(&now), next);
        times.take(10).map(Time::proto).collect()
    }

    /// When it would have acted between two times, these included.
    pub(crate) fn between(&self, from: Time, to: Time) -> Vec<Time> {
        let spec = self.definition.spec.as_ref();
        let next = |after: &Time| spec.and_then(|spec| spec::next(spec, *after));
        let first = next(&from.before(std::time::Duration::from_nanos(1)));
        let times = std::iter::successors(first, next);
        times
            .take_while(|at| *at <= to)
            .take(MOST_BACKFILLED)
            .collect()
    }

    fn is_spent(&self) -> bool {
        let state = self.definition.state.as_ref();
        state.is_some_and(|state| state.limited_actions && state.remaining_actions <= 0)
    }

    fn policy(&self) -> enums::ScheduleOverlapPolicy {
        let policies = self.definition.policies.as_ref();
        let policy = policies.map(schedule::SchedulePolicies::overlap_policy);
        match policy.unwrap_or_default() {
            enums::ScheduleOverlapPolicy::Unspecified => enums::ScheduleOverlapPolicy::Skip,
            policy => policy,
        }
    }
}

impl Store {
    /// Acts for all schedules that are due.
    pub(super) fn fire_schedules(&mut self, now: Time) {
        let due = |schedule: &Schedule| schedule.next.is_some_and(|next| next <= now);
        let mut named = self.schedules.0.iter();
        while let Some((key, at)) =
            named.find_map(|(key, one)| due(one).then(|| Some((key.clone(), one.next?)))?)
        {
            if let Some(schedule) = self.schedules.0.get_mut(&key) {
                schedule.plan(at);
            }
            self.act(&key, at, None);
            named = self.schedules.0.iter();
        }
    }

    /// A run closed: a schedule may have waited for that.
    pub(super) fn schedules_hear(&mut self, at: RunRef) {
        let Some(run) = self.runs.get(&at) else {
            return;
        };
        let (execution, status) = (run.execution(), run.state.status);
        let mut ready = None;
        for (key, schedule) in &mut self.schedules.0 {
            let running = &mut schedule.info.running_workflows;
            let Some(position) = running
                .iter()
                .position(|one: &WorkflowExecution| *one == execution)
            else {
                continue;
            };
            running.remove(position);
            let mut actions = schedule.info.recent_actions.iter_mut();
            let action =
                actions.find(|action| action.start_workflow_result.as_ref() == Some(&execution));
            if let Some(action) = action {
                action.start_workflow_status = status.into();
            }
            if running.is_empty() && !schedule.waiting.is_empty() {
                ready = Some((key.clone(), schedule.waiting.remove(0)));
            }
        }
        if let Some((key, nominal)) = ready {
            self.act(&key, nominal, None);
        }
    }
}
