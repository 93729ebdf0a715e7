//! What happens to a run because time passes.

use std::collections::HashSet;

use super::{Run, activity::Outcome};
use crate::{
    clock::{Time, span},
    proto::{Attributes, TimeoutType},
};

/// Something that is due at a time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// The first workflow task was put off until now.
    FirstTask,
    /// A timer fires; the number is its first event, the order among those of one time.
    Timer(i64, String),
    /// An activity's next attempt.
    Retry(i64),
    /// One of an activity's four timeouts.
    Activity(i64, i32),
    /// A Nexus operation took too long.
    Operation(i64),
    /// A request to the handler of one got no answer, or is sent again.
    Request(i64),
    /// The workflow task waited too long on the sticky queue.
    TaskWait,
    /// The worker did not come back with the workflow task.
    TaskRun,
    /// A query waited too long on the sticky queue.
    Query(u64),
    /// The run, or the whole execution, took too long.
    Run,
    /// The stretch that the run was to skip is over.
    Forward,
}

impl Due {
    /// Whether time may be skipped up to it.
    fn is_skippable(&self) -> bool {
        matches!(
            self,
            Self::FirstTask | Self::Timer(..) | Self::Retry(_) | Self::Run
        )
    }
}

impl Run {
    /// All that is due some time.
    fn dues(&self) -> Vec<(Time, Due)> {
        let mut dues = Vec::new();
        if !self.state.is_running() {
            self.query_dues(&mut dues);
            return dues;
        }
        dues.extend(self.state.first_task_at.map(|at| (at, Due::FirstTask)));
        dues.extend(self.run_expires_at().map(|at| (at, Due::Run)));
        // Not between a task's start and its end, where a worker expects no event.
        let forward = self.state.skip.forward_to();
        let forward = forward.filter(|_| !self.tasks.is_started());
        dues.extend(forward.map(|at| (at, Due::Forward)));
        self.timer_dues(&mut dues);
        self.task_dues(&mut dues);
        self.query_dues(&mut dues);
        for id in self.attempts.keys() {
            self.activity_dues(*id, &mut dues);
        }
        let [ends, requests] = self.operation_dues();
        dues.extend(ends.into_iter().map(|(at, id)| (at, Due::Operation(id))));
        dues.extend(requests.into_iter().map(|(at, id)| (at, Due::Request(id))));
        dues
    }

    fn timer_dues(&self, dues: &mut Vec<(Time, Due)>) {
        let fired = self
            .buffered
            .iter()
            .filter_map(|event| match &event.attributes {
                Attributes::TimerFiredEventAttributes(fired) => Some(fired.timer_id.as_str()),
                _ => None,
            });
        let unseen: HashSet<_> = fired.collect();
        let waiting = self
            .state
            .timers
            .iter()
            .filter(|(id, _)| !unseen.contains(id.as_str()));
        dues.extend(
            waiting.map(|(id, timer)| (timer.fires_at, Due::Timer(timer.started_id, id.clone()))),
        );
    }

    fn task_dues(&self, dues: &mut Vec<(Time, Due)>) {
        let Some(task) = &self.tasks.current else {
            return;
        };
        match (task.started_at, task.sticky) {
            (Some(at), _) => dues.push((at.after(task.timeout), Due::TaskRun)),
            (None, Some(wait)) => dues.push((task.scheduled_at.after(wait), Due::TaskWait)),
            (None, None) => {}
        }
    }

    fn query_dues(&self, dues: &mut Vec<(Time, Due)>) {
        for (id, query) in &self.queries {
            dues.extend(query.sticky_until.map(|at| (at, Due::Query(*id))));
        }
    }

    fn activity_dues(&self, id: i64, dues: &mut Vec<(Time, Due)>) {
        let (Some(attempt), Some(options), Some(activity)) = (
            self.attempts.get(&id),
            self.activity_scheduled(id),
            self.state.activities.get(&id),
        ) else {
            return;
        };
        let mut limit = |from: Time, limit: Option<&crate::proto::Span>, kind: TimeoutType| {
            let limit = span(limit);
            if !limit.is_zero() {
                dues.push((from.after(limit), Due::Activity(id, kind as i32)));
            }
        };
        let whole = options.schedule_to_close_timeout.as_ref();
        limit(activity.scheduled_at, whole, TimeoutType::ScheduleToClose);
        match (&attempt.started, attempt.backoff_until) {
            (Some(started), _) => {
                let whole = options.start_to_close_timeout.as_ref();
                limit(started.at, whole, TimeoutType::StartToClose);
                let from = attempt.heartbeat_at.unwrap_or(started.at).max(started.at);
                let beat = options.heartbeat_timeout.as_ref();
                limit(from, beat, TimeoutType::Heartbeat);
            }
            (None, Some(until)) => dues.push((until, Due::Retry(id))),
            (None, None) => {
                let wait = options.schedule_to_start_timeout.as_ref();
                limit(attempt.scheduled_at, wait, TimeoutType::ScheduleToStart);
            }
        }
    }

    /// When something is due next.
    pub(crate) fn next_deadline(&self) -> Option<Time> {
        self.dues().into_iter().map(|(at, _)| at).min()
    }

    /// The next thing that time may be skipped up to.
    pub(crate) fn next_skippable(&self) -> Option<Time> {
        let first_done = self.state.completed_tasks > 0;
        let mut dues = self.dues();
        dues.retain(|(_, due)| due.is_skippable() && (first_done || *due != Due::Run));
        dues.into_iter().map(|(at, _)| at).min()
    }

    /// Does all that is due by now; says whether anything was.
    pub(crate) fn fire(&mut self) -> bool {
        let mut fired = false;
        loop {
            let now = self.now;
            let due = self.dues().into_iter().filter(|(at, _)| *at <= now).min();
            let Some((_, due)) = due else {
                return fired;
            };
            fired = true;
            self.do_due(due);
        }
    }

    fn do_due(&mut self, due: Due) {
        match due {
            Due::FirstTask => self.schedule_task(false),
            Due::Timer(_, id) => self.fire_timer(&id),
            Due::Retry(id) => self.offer_activity(id),
            Due::Activity(id, kind) => {
                let kind = TimeoutType::try_from(kind).unwrap_or_default();
                self.end_attempt(id, Outcome::TimedOut(kind), "");
            }
            Due::Operation(id) => self.time_out_operation(id),
            Due::Request(id) => self.go_on_asking(id),
            Due::TaskWait => self.time_out_task(TimeoutType::ScheduleToStart),
            Due::TaskRun => self.time_out_task(TimeoutType::StartToClose),
            Due::Query(id) => self.send_query_elsewhere(id),
            Due::Run => self.time_out_run(),
            Due::Forward => self.end_forward(),
        }
    }
}
