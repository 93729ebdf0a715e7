//! The state machine by itself: whatever happens to a run, its state follows from its history.

use std::time::Duration;

use proptest::prelude::*;

use super::{
    Begin, Run,
    activity::Outcome,
    effect::{ChildEnd, Effect},
    signal::{CancelRequest, Signal},
    state::State,
};
use crate::{
    clock::{Time, proto_span},
    proto::{
        Failure, WorkflowTaskFailedCause,
        command::{self, Command, command::Attributes as Wanted},
        common, enums, history,
        service::RespondWorkflowTaskCompletedRequest,
        taskqueue, update,
    },
};

/// Something that happens to a run.
#[derive(Clone, Debug)]
enum Step {
    Signal(u8),
    Cancel,
    Terminate,
    Update(u8),
    StartTask,
    Complete(Vec<Command>, bool),
    FailTask,
    StartActivity,
    EndActivity(u8),
    ChildStarts,
    ChildEnds,
    Wait(u16),
}

fn command(attributes: Wanted) -> Command {
    Command {
        attributes: Some(attributes),
        ..Default::default()
    }
}

fn queue() -> Option<taskqueue::TaskQueue> {
    Some(taskqueue::TaskQueue {
        name: "queue".to_owned(),
        ..Default::default()
    })
}

fn timer(id: u8, millis: u16) -> Command {
    command(Wanted::StartTimerCommandAttributes(command::StartTimerCommandAttributes {
        timer_id: id.to_string(),
        start_to_fire_timeout: Some(proto_span(Duration::from_millis(millis.into()))),
    }))
}

fn activity(id: u8, millis: u16) -> Command {
    command(Wanted::ScheduleActivityTaskCommandAttributes(
        command::ScheduleActivityTaskCommandAttributes {
            activity_id: id.to_string(),
            activity_type: Some(common::ActivityType { name: "act".to_owned() }),
            task_queue: queue(),
            start_to_close_timeout: Some(proto_span(Duration::from_millis(millis.into()))),
            ..Default::default()
        },
    ))
}

fn child(id: u8) -> Command {
    command(Wanted::StartChildWorkflowExecutionCommandAttributes(
        command::StartChildWorkflowExecutionCommandAttributes {
            workflow_id: id.to_string(),
            workflow_type: Some(common::WorkflowType { name: "child".to_owned() }),
            ..Default::default()
        },
    ))
}

fn any_command() -> impl Strategy<Value = Command> {
    let id = 0..4u8;
    prop_oneof![
        (id.clone(), any::<u16>()).prop_map(|(id, millis)| timer(id, millis)),
        id.clone().prop_map(|id| command(Wanted::CancelTimerCommandAttributes(
            command::CancelTimerCommandAttributes { timer_id: id.to_string() }
        ))),
        (id.clone(), any::<u16>()).prop_map(|(id, millis)| activity(id, millis)),
        (0..40i64).prop_map(|id| command(Wanted::RequestCancelActivityTaskCommandAttributes(
            command::RequestCancelActivityTaskCommandAttributes { scheduled_event_id: id }
        ))),
        id.prop_map(child),
        Just(command(Wanted::RecordMarkerCommandAttributes(command::RecordMarkerCommandAttributes {
            marker_name: "mark".to_owned(),
            ..Default::default()
        }))),
        Just(command(Wanted::SignalExternalWorkflowExecutionCommandAttributes(
            command::SignalExternalWorkflowExecutionCommandAttributes {
                execution: Some(common::WorkflowExecution { workflow_id: "other".to_owned(), ..Default::default() }),
                signal_name: "hello".to_owned(),
                ..Default::default()
            }
        ))),
        Just(Command::default()),
        Just(command(Wanted::CompleteWorkflowExecutionCommandAttributes(Default::default()))),
        Just(command(Wanted::FailWorkflowExecutionCommandAttributes(
            command::FailWorkflowExecutionCommandAttributes { failure: Some(Failure::default()) }
        ))),
        Just(command(Wanted::ContinueAsNewWorkflowExecutionCommandAttributes(Default::default()))),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => any::<u8>().prop_map(Step::Signal),
        1 => Just(Step::Cancel),
        1 => Just(Step::Update(0)),
        8 => Just(Step::StartTask),
        8 => (prop::collection::vec(any_command(), 0..4), any::<bool>())
            .prop_map(|(commands, force)| Step::Complete(commands, force)),
        2 => Just(Step::FailTask),
        4 => Just(Step::StartActivity),
        4 => any::<u8>().prop_map(Step::EndActivity),
        2 => Just(Step::ChildStarts),
        2 => Just(Step::ChildEnds),
        4 => any::<u16>().prop_map(Step::Wait),
        1 => Just(Step::Terminate),
    ]
}

fn run() -> Run {
    let started = history::WorkflowExecutionStartedEventAttributes {
        task_queue: queue(),
        workflow_task_timeout: Some(proto_span(Duration::from_secs(10))),
        attempt: 1,
        ..Default::default()
    };
    Run::begin(
        Begin {
            namespace: "default".to_owned(),
            workflow_id: "id".to_owned(),
            run_id: "run".to_owned(),
            started,
            ..Default::default()
        },
        Time::from_epoch(Duration::from_secs(1_000_000)),
    )
}

fn end_activity(run: &mut Run, kind: u8) {
    let started = run.attempts.iter().find(|(_, attempt)| attempt.started.is_some());
    let Some(id) = started.map(|(id, _)| *id) else {
        return;
    };
    let outcome = match kind % 4 {
        0 => Outcome::Completed(None),
        1 => Outcome::Failed(Failure::default()),
        2 => Outcome::Canceled(None),
        _ => return drop(run.heartbeat(id, None)),
    };
    run.end_attempt(id, outcome, "worker");
}

fn take(run: &mut Run, step: Step) {
    match step {
        Step::Signal(id) => {
            let request_id = id.to_string();
            run.signal(Signal { request_id, ..Default::default() }).unwrap_or_default();
        }
        Step::Cancel => run.request_cancel(CancelRequest::default()).unwrap_or_default(),
        Step::Terminate => run.terminate("", None, "", Vec::new()).unwrap_or_default(),
        Step::Update(id) => {
            let meta = update::Meta { update_id: id.to_string(), ..Default::default() };
            drop(run.admit_update(update::Request { meta: Some(meta), ..Default::default() }));
        }
        Step::StartTask => {
            let stamp = run.tasks.current.as_ref().map(|task| task.stamp);
            if stamp.is_some_and(|stamp| run.start_task(stamp, "worker")) {
                run.deliver_task(false);
            }
        }
        Step::Complete(commands, force) if run.tasks.is_started() => {
            let request = RespondWorkflowTaskCompletedRequest {
                commands,
                force_create_new_workflow_task: force,
                ..Default::default()
            };
            drop(run.complete_task(request, Vec::new()));
        }
        Step::FailTask if run.tasks.is_started() => {
            run.fail_task(WorkflowTaskFailedCause::WorkflowWorkerUnhandledFailure, None, "");
        }
        Step::Complete(..) | Step::FailTask => {}
        Step::StartActivity => {
            let next = run.attempts.iter().find(|(_, attempt)| attempt.started.is_none());
            if let Some((id, stamp)) = next.map(|(id, attempt)| (*id, attempt.stamp)) {
                run.start_activity(id, stamp, "worker");
            }
        }
        Step::EndActivity(kind) => end_activity(run, kind),
        Step::ChildStarts | Step::ChildEnds if !run.state.is_running() => {}
        Step::ChildStarts => {
            let child = run.state.children.iter().find(|(_, child)| child.run_id.is_none());
            if let Some(id) = child.map(|(id, _)| *id)
                && !run.tasks.is_started()
            {
                run.child_started(id, "child-run");
            }
        }
        Step::ChildEnds => {
            let child = run.state.children.iter().find(|(_, child)| child.run_id.is_some());
            if let Some(id) = child.map(|(id, _)| *id)
                && !run.tasks.is_started()
            {
                run.child_ended(id, "child-run", ChildEnd::Terminated);
            }
        }
        Step::Wait(millis) => {
            run.now = run.now.after(Duration::from_millis(millis.into()));
            run.fire();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_state_follows_from_the_history(steps in prop::collection::vec(step(), 0..60)) {
        let mut run = run();
        run.settle();
        for step in steps {
            take(&mut run, step);
            run.settle();
            for effect in std::mem::take(&mut run.outbox) {
                match effect {
                    Effect::SignalOther(id) => run.signal_done(id, true),
                    Effect::CancelOther(id) => run.cancel_done(id, true),
                    _ => {}
                }
            }
            run.settle();
            prop_assert_eq!(&run.state, &State::replay(&run.history));
            let ids = run.history.iter().map(|event| event.event_id);
            prop_assert!(ids.eq(1..=i64::try_from(run.history.len()).unwrap()));
            let closings = run.history.iter().filter(|event| event.is_final_wf_execution_event());
            prop_assert!(closings.count() <= 1);
            if !run.state.is_running() {
                prop_assert!(run.history.last().unwrap().is_final_wf_execution_event());
                prop_assert!(run.attempts.is_empty() && run.tasks.current.is_none());
                prop_assert_eq!(run.next_deadline(), None);
            }
            // Every activity has an attempt until its end is told.
            for id in run.attempts.keys() {
                prop_assert!(run.state.activities.contains_key(id));
            }
        }
    }

    #[test]
    fn cron_schedules_are_read_without_panic(text in ".{0,20}") {
        super::cron::backoff(&text, Time::default(), Time::default());
    }

    #[test]
    fn queries_are_read_without_panic(text in "[ A-Za-z0-9'\"()=<>!,]{0,40}") {
        drop(crate::visibility::parse(&text, &|_| true));
    }

    #[test]
    fn dates_come_back(seconds in 0..200_000_000_000u64) {
        let time = Time::from_epoch(Duration::from_secs(seconds));
        let text = crate::calendar::format(time);
        prop_assert_eq!(crate::calendar::parse(&text), Some(time));
    }

    #[test]
    fn dates_are_read_without_panic(text in "[0-9T:Z+.é-]{0,30}") {
        crate::calendar::parse(&text);
    }
}

#[test]
fn cron_follows_the_calendar() {
    let check = |schedule: &str, now: &str, next: &str| {
        let (now, next) = (crate::calendar::parse(now).unwrap(), crate::calendar::parse(next).unwrap());
        let wait = super::cron::backoff(schedule, now, now);
        assert_eq!(wait.map(|wait| now.after(wait)), Some(next), "{schedule}");
    };
    check("0 12 * * *", "2026-11-21T10:00:00Z", "2026-11-21T12:00:00Z");
    check("0 12 * * *", "2026-11-21T12:00:00Z", "2026-11-22T12:00:00Z");
    check("*/15 * * * *", "2026-11-21T10:16:10Z", "2026-11-21T10:30:00Z");
    check("0 0 29 2 *", "2026-11-21T10:00:00Z", "2028-02-29T00:00:00Z");
    check("0 9 * * mon-fri", "2026-11-21T10:00:00Z", "2026-11-23T09:00:00Z");
    check("@monthly", "2026-11-21T10:00:00Z", "2026-12-01T00:00:00Z");
    check("@every 90s", "2026-11-21T10:00:00Z", "2026-11-21T10:01:30Z");
    assert!(!super::cron::is_valid("61 * * * *"));
    assert_eq!(enums::WorkflowExecutionStatus::default(), State::default().status);
}
