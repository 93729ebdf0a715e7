//! The commands that schedule and cancel activities.

use super::Attempt;
use crate::{
    clock::{proto_span, span},
    proto::{Span, WorkflowTaskFailedCause as Cause, command, common::RetryPolicy, history, sdk},
    run::{
        Event, Run,
        command::{check_span, check_text, json},
        complete::{Taking, TaskFailure},
        retry,
    },
};

type Taken = Result<(), TaskFailure>;

impl Run {
    pub(in crate::run) fn schedule_activity(
        &mut self,
        wanted: command::ScheduleActivityTaskCommandAttributes,
        metadata: Option<sdk::UserMetadata>,
        taking: &Taking,
    ) -> Taken {
        let cause = Cause::BadScheduleActivityAttributes;
        self.check_activity_command(&wanted)?;
        if self.state.activity_ids.contains_key(&wanted.activity_id) {
            let text = format!("Activity task already exists: {}", wanted.activity_id);
            return Err(TaskFailure::new(Cause::ScheduleActivityDuplicateId, text));
        }
        let policy = retry::with_defaults(wanted.retry_policy.clone());
        retry::check(&policy).map_err(|text| TaskFailure::new(cause, text))?;
        let event = Event::new(self.scheduled(wanted, policy, taking));
        let scheduled = self.record(event.user_metadata(metadata));
        let attempt = Attempt {
            number: 1,
            ..Default::default()
        };
        self.attempts.insert(scheduled, attempt);
        self.offer_activity(scheduled);
        Ok(())
    }

    /// What the command comes to as an event.
    #[expect(deprecated, reason = "what the worker says of builds is still written")]
    fn scheduled(
        &self,
        wanted: command::ScheduleActivityTaskCommandAttributes,
        policy: RetryPolicy,
        taking: &Taking,
    ) -> history::ActivityTaskScheduledEventAttributes {
        let run = self
            .started()
            .and_then(|started| started.workflow_run_timeout.as_ref());
        let limits = Limits::of(
            &wanted.schedule_to_close_timeout,
            &wanted.schedule_to_start_timeout,
            &wanted.start_to_close_timeout,
            &wanted.heartbeat_timeout,
            run,
        );
        let mut queue = wanted.task_queue.unwrap_or_default();
        queue.kind = crate::proto::enums::TaskQueueKind::Normal.into();
        history::ActivityTaskScheduledEventAttributes {
            activity_id: wanted.activity_id,
            activity_type: wanted.activity_type,
            task_queue: Some(queue),
            header: wanted.header,
            input: wanted.input,
            schedule_to_close_timeout: limits.schedule_to_close,
            schedule_to_start_timeout: limits.schedule_to_start,
            start_to_close_timeout: limits.start_to_close,
            heartbeat_timeout: limits.heartbeat,
            workflow_task_completed_event_id: taking.completed_id,
            retry_policy: Some(policy),
            priority: wanted.priority,
            use_workflow_build_id: wanted.use_workflow_build_id,
        }
    }

    fn check_activity_command(
        &self,
        wanted: &command::ScheduleActivityTaskCommandAttributes,
    ) -> Taken {
        let cause = Cause::BadScheduleActivityAttributes;
        check_text(
            &wanted.activity_id,
            "ActivityId is not set on ScheduleActivityTaskCommand.",
            cause,
        )?;
        let kind = wanted.activity_type.as_ref().map_or("", |kind| &kind.name);
        check_text(
            kind,
            "ActivityType is not set on ScheduleActivityTaskCommand.",
            cause,
        )?;
        let queue = wanted.task_queue.as_ref().map_or("", |queue| &queue.name);
        check_text(
            queue,
            "invalid TaskQueue on ScheduleActivityTaskCommand: taskQueue is not set.",
            cause,
        )?;
        let spans = [
            (&wanted.schedule_to_close_timeout, "ScheduleToCloseTimeout"),
            (&wanted.schedule_to_start_timeout, "ScheduleToStartTimeout"),
            (&wanted.start_to_close_timeout, "StartToCloseTimeout"),
            (&wanted.heartbeat_timeout, "HeartbeatTimeout"),
        ];
        for (span, name) in spans {
            check_span(span.as_ref(), name, cause)?;
        }
        let whole = span(wanted.schedule_to_close_timeout.as_ref());
        let attempt = span(wanted.start_to_close_timeout.as_ref());
        if whole.is_zero() && attempt.is_zero() {
            let text = "A valid StartToClose or ScheduleToCloseTimeout is not set on ScheduleActivityTaskCommand.";
            return Err(TaskFailure::new(cause, text));
        }
        Ok(())
    }

    pub(in crate::run) fn cancel_activity(&mut self, scheduled: i64, taking: &mut Taking) -> Taken {
        let pending = self.attempts.contains_key(&scheduled);
        if !pending && !self.has_unseen_end(scheduled) {
            let text = format!("ACTIVITY_ID: {scheduled} is not pending");
            return Err(TaskFailure::new(
                Cause::BadRequestCancelActivityAttributes,
                text,
            ));
        }
        let request = Event::new(history::ActivityTaskCancelRequestedEventAttributes {
            scheduled_event_id: scheduled,
            workflow_task_completed_event_id: taking.completed_id,
        });
        let requested = self.record(request);
        let waiting = self.attempts.get(&scheduled);
        if waiting.is_some_and(|attempt| attempt.started.is_none()) {
            self.attempts.remove(&scheduled);
            let text = b"\"ACTIVITY_ID_NOT_STARTED\"".to_vec();
            self.record(Event::new(history::ActivityTaskCanceledEventAttributes {
                details: Some(json(text)),
                latest_cancel_requested_event_id: requested,
                scheduled_event_id: scheduled,
                identity: taking.identity.clone(),
                ..Default::default()
            }));
            taking.canceled_at_once = true;
        }
        Ok(())
    }
}

/// An activity's four timeouts, each bounded by the others.
struct Limits {
    schedule_to_close: Option<Span>,
    schedule_to_start: Option<Span>,
    start_to_close: Option<Span>,
    heartbeat: Option<Span>,
}

impl Limits {
    fn of(
        whole: &Option<Span>,
        wait: &Option<Span>,
        attempt: &Option<Span>,
        heartbeat: &Option<Span>,
        run: Option<&Span>,
    ) -> Self {
        let (whole, wait) = (span(whole.as_ref()), span(wait.as_ref()));
        let (attempt, heartbeat) = (span(attempt.as_ref()), span(heartbeat.as_ref()));
        let run = span(run);
        let within = |value: std::time::Duration, bound: std::time::Duration| match () {
            () if bound.is_zero() => value,
            () if value.is_zero() => bound,
            () => value.min(bound),
        };
        let whole = within(whole, run);
        let wait = within(wait, whole);
        let attempt = within(attempt, whole);
        let heartbeat = match heartbeat.is_zero() {
            true => heartbeat,
            false => within(heartbeat, attempt),
        };
        Self {
            schedule_to_close: Some(proto_span(whole)),
            schedule_to_start: Some(proto_span(wait)),
            start_to_close: Some(proto_span(attempt)),
            heartbeat: Some(proto_span(heartbeat)),
        }
    }
}
