//! Timers.

use super::{
    Event, Run,
    command::{check_span, check_text},
    complete::{Taking, TaskFailure},
};
use crate::proto::{WorkflowTaskFailedCause as Cause, command, history, sdk};

impl Run {
    pub(super) fn start_timer(
        &mut self,
        wanted: command::StartTimerCommandAttributes,
        metadata: Option<sdk::UserMetadata>,
        taking: &Taking,
    ) -> Result<(), TaskFailure> {
        let cause = Cause::BadStartTimerAttributes;
        check_text(
            &wanted.timer_id,
            "TimerId is not set on StartTimerCommand.",
            cause,
        )?;
        check_span(
            wanted.start_to_fire_timeout.as_ref(),
            "StartToFireTimeout",
            cause,
        )?;
        if self.state.timers.contains_key(&wanted.timer_id) {
            let text = format!("Timer with ID {} already exists.", wanted.timer_id);
            return Err(TaskFailure::new(Cause::StartTimerDuplicateId, text));
        }
        let event = Event::new(history::TimerStartedEventAttributes {
            timer_id: wanted.timer_id,
            start_to_fire_timeout: wanted.start_to_fire_timeout,
            workflow_task_completed_event_id: taking.completed_id,
        });
        self.record(event.user_metadata(metadata));
        Ok(())
    }

    pub(super) fn cancel_timer(
        &mut self,
        wanted: &command::CancelTimerCommandAttributes,
        taking: &Taking,
    ) -> Result<(), TaskFailure> {
        let cause = Cause::BadCancelTimerAttributes;
        check_text(
            &wanted.timer_id,
            "TimerId is not set on CancelTimerCommand.",
            cause,
        )?;
        let Some(timer) = self.state.timers.get(&wanted.timer_id) else {
            let text = format!(
                "invalid history builder state for action: add-timer-canceled-event, TimerID: {}",
                wanted.timer_id
            );
            return Err(TaskFailure::new(cause, text));
        };
        let started_event_id = timer.started_id;
        self.unfire(&wanted.timer_id);
        self.record(Event::new(history::TimerCanceledEventAttributes {
            timer_id: wanted.timer_id.clone(),
            started_event_id,
            workflow_task_completed_event_id: taking.completed_id,
            identity: taking.identity.clone(),
        }));
        Ok(())
    }

    /// The timer is due.
    pub(super) fn fire_timer(&mut self, timer_id: &str) {
        let Some(timer) = self.state.timers.get(timer_id) else {
            return;
        };
        let started_event_id = timer.started_id;
        self.arrive(Event::new(history::TimerFiredEventAttributes {
            timer_id: timer_id.to_owned(),
            started_event_id,
        }));
    }
}
