//! The state machine by itself: whatever happens to a run, its state follows from its history.

mod steps;

use std::time::Duration;

use proptest::prelude::*;

use self::steps::{Step, queue, step};
use super::{
    Begin, Run,
    activity::Outcome,
    effect::{ChildEnd, Effect},
    options::Change,
    signal::{CancelRequest, Signal},
    state::State,
    worker::Worker,
};
use crate::{
    clock::{Time, proto_span},
    proto::{
        WorkflowTaskFailedCause, common, enums, history,
        service::RespondWorkflowTaskCompletedRequest, update,
    },
};

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
    let started = run
        .attempts
        .iter()
        .find(|(_, attempt)| attempt.started.is_some());
    let Some(id) = started.map(|(id, _)| *id) else {
        return;
    };
    let outcome = match kind % 4 {
        0 => Outcome::Completed(None),
        1 => Outcome::Failed(Box::default()),
        2 => Outcome::Canceled(None),
        _ => {
            run.heartbeat(id, None);
            return;
        }
    };
    run.end_attempt(id, outcome, "worker");
}

fn update(run: &mut Run, id: u8) {
    let meta = update::Meta {
        update_id: id.to_string(),
        ..Default::default()
    };
    drop(run.admit_update(update::Request {
        meta: Some(meta),
        ..Default::default()
    }));
}

/// What workers do with workflow tasks.
fn take_task_step(run: &mut Run, step: Step) {
    match step {
        Step::StartTask => {
            let stamp = run.tasks.current.as_ref().map(|task| task.stamp);
            if stamp.is_some_and(|stamp| run.start_task(stamp, &Worker::default())) {
                run.deliver_task(false);
            }
        }
        Step::Complete(commands, force) if run.tasks.is_started() => {
            let request = RespondWorkflowTaskCompletedRequest {
                commands,
                force_create_new_workflow_task: force,
                ..Default::default()
            };
            drop(run.complete_task(request, Default::default()));
        }
        Step::FailTask if run.tasks.is_started() => {
            let cause = WorkflowTaskFailedCause::WorkflowWorkerUnhandledFailure;
            run.fail_task(cause, None, "");
        }
        _ => {}
    }
}

fn start_activity(run: &mut Run) {
    let mut attempts = run.attempts.iter();
    let next = attempts.find(|(_, attempt)| attempt.started.is_none());
    if let Some((id, stamp)) = next.map(|(id, attempt)| (*id, attempt.stamp)) {
        run.start_activity(id, stamp, &Worker::default());
    }
}

/// A child starts, or one that started ends; while a worker has a task they wait.
fn take_child_step(run: &mut Run, ends: bool) {
    let mut children = run.state.children.iter();
    let child = children.find(|(_, child)| child.run_id.is_some() == ends);
    let Some(id) = child.map(|(id, _)| *id) else {
        return;
    };
    if !run.state.is_running() || run.tasks.is_started() {
        return;
    }
    match ends {
        true => run.child_ended(id, "child-run", ChildEnd::Terminated),
        false => run.child_started(id, "child-run"),
    }
}

fn take(run: &mut Run, step: Step) {
    match step {
        Step::Signal(id) => {
            let request_id = id.to_string();
            run.signal(Signal {
                request_id,
                ..Default::default()
            })
            .unwrap_or_default();
        }
        Step::Cancel => run
            .request_cancel(CancelRequest::default())
            .unwrap_or_default(),
        Step::Terminate => run.terminate("", None, "", Vec::new()).unwrap_or_default(),
        Step::Update(id) => update(run, id),
        Step::StartTask | Step::Complete(..) | Step::FailTask => take_task_step(run, step),
        Step::StartActivity => start_activity(run),
        Step::EndActivity(kind) => end_activity(run, kind),
        Step::ChildStarts => take_child_step(run, false),
        Step::ChildEnds => take_child_step(run, true),
        Step::Wait(millis) => {
            run.now = run.now.after(Duration::from_millis(millis.into()));
            run.fire();
        }
        Step::Configure(forward) => {
            let change = Change {
                time_skipping_config: super::skip::fill_in(skipping(forward)).ok(),
                time_skipping_config_updated: true,
                ..Default::default()
            };
            run.update_options(change, Vec::new()).unwrap_or_default();
        }
    }
}

fn skipping(forward: Option<u16>) -> common::TimeSkippingConfig {
    common::TimeSkippingConfig {
        enabled: true,
        fast_forward_config: forward.map(|millis| common::FastForwardConfig {
            id: "stretch".to_owned(),
            duration: Some(proto_span(Duration::from_millis(millis.into()))),
        }),
        ..Default::default()
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
            while run.skip() {
                run.fire();
                run.settle();
            }
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
        drop(crate::visibility::parse(&text, &|_| Some(enums::IndexedValueType::Keyword)));
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
        let (now, next) = (
            crate::calendar::parse(now).unwrap(),
            crate::calendar::parse(next).unwrap(),
        );
        let wait = super::cron::backoff(schedule, now, now);
        assert_eq!(wait.map(|wait| now.after(wait)), Some(next), "{schedule}");
    };
    check("0 12 * * *", "2026-11-21T10:00:00Z", "2026-11-21T12:00:00Z");
    check("0 12 * * *", "2026-11-21T12:00:00Z", "2026-11-22T12:00:00Z");
    check(
        "*/15 * * * *",
        "2026-11-21T10:16:10Z",
        "2026-11-21T10:30:00Z",
    );
    check("0 0 29 2 *", "2026-11-21T10:00:00Z", "2028-02-29T00:00:00Z");
    check(
        "0 9 * * mon-fri",
        "2026-11-21T10:00:00Z",
        "2026-11-23T09:00:00Z",
    );
    check("@monthly", "2026-11-21T10:00:00Z", "2026-12-01T00:00:00Z");
    check("@every 90s", "2026-11-21T10:00:00Z", "2026-11-21T10:01:30Z");
    assert!(!super::cron::is_valid("61 * * * *"));
    assert_eq!(
        enums::WorkflowExecutionStatus::default(),
        State::default().status
    );
}
