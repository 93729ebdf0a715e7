//! What executes on a thread: nesting, panics, polls that alternate, drops, and carrying.

use std::{
    future::{Future, pending, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::{Context, Poll, Waker},
};

use chronoscope::{
    execution::{self, Execution, Phase, current, in_current},
    schema::{Field, Operation, OperationKind},
    testing,
};

fn activity(id: &str) -> Execution {
    testing::execution(Operation::RunActivity)
        .field(Field::ActivityId, id)
        .build()
}

fn workflow(phase: Phase) -> Execution {
    testing::execution(Operation::RunWorkflow)
        .phase(phase)
        .build()
}

fn here() -> Option<String> {
    let id = |now: Execution| now.fields().text(Field::ActivityId).map(str::to_owned);
    current().and_then(id)
}

fn poll(future: std::pin::Pin<&mut impl Future>) -> bool {
    future
        .poll(&mut Context::from_waker(Waker::noop()))
        .is_ready()
}

#[test]
fn nests_and_restores() {
    assert!(here().is_none());
    activity("outer").run(|| {
        assert_eq!(here().as_deref(), Some("outer"));
        activity("inner").run(|| assert_eq!(here().as_deref(), Some("inner")));
        assert_eq!(here().as_deref(), Some("outer"));
    });
    assert!(here().is_none());
}

#[test]
fn restores_across_a_panic() {
    activity("outer").run(|| {
        let panicked = catch_unwind(|| activity("inner").run(|| panic!("on purpose")));
        assert!(panicked.is_err());
        assert_eq!(here().as_deref(), Some("outer"));
    });
    let mut carried = pin!(activity("a").run(|| in_current(async { panic!("on purpose") })));
    assert!(catch_unwind(AssertUnwindSafe(|| poll(carried.as_mut()))).is_err());
    assert!(here().is_none());
}

#[test]
fn futures_that_are_polled_in_turns_keep_apart() {
    let spied = |id: &'static str| {
        activity(id).run(|| {
            let mut polls = 0;
            in_current(poll_fn(move |_| {
                assert_eq!(here().as_deref(), Some(id));
                polls += 1;
                if polls == 3 {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            }))
        })
    };
    let (mut a, mut b) = (pin!(spied("a")), pin!(spied("b")));
    for done in [false, false, true] {
        assert_eq!(poll(a.as_mut()), done);
        assert!(here().is_none());
        assert_eq!(poll(b.as_mut()), done);
    }
}

#[test]
fn a_future_that_is_polled_after_its_end_panics_as_others_do() {
    let mut carried = pin!(activity("a").run(|| in_current(async {})));
    assert!(poll(carried.as_mut()));
    let again = catch_unwind(AssertUnwindSafe(|| poll(carried.as_mut())));
    assert!(again.is_err());
    assert!(here().is_none());
}

#[test]
fn a_dropped_future_runs_its_destructors_inside() {
    struct Spy(std::sync::mpsc::Sender<Option<String>>);
    impl Drop for Spy {
        fn drop(&mut self) {
            self.0.send(here()).unwrap();
        }
    }
    let (sender, receiver) = std::sync::mpsc::channel();
    let spy = Spy(sender);
    let carried = activity("a").run(|| {
        in_current(async move {
            let _spy = spy;
            pending::<()>().await;
        })
    });
    drop(carried);
    assert_eq!(receiver.recv().unwrap().as_deref(), Some("a"));
    assert!(here().is_none());
}

#[tokio::test]
async fn is_carried_into_a_task() {
    let task = activity("a").run(|| tokio::spawn(in_current(async { here() })));
    assert_eq!(task.await.unwrap().as_deref(), Some("a"));
    let carried = activity("b").run(|| execution::current().unwrap());
    let task = tokio::task::spawn_blocking(move || carried.run(here));
    assert_eq!(task.await.unwrap().as_deref(), Some("b"));
}

#[test]
fn a_carried_execution_never_replaces_that_of_workflow_code() {
    let phase = || current().map(|now| now.replay().phase);
    let mut carried = pin!(workflow(Phase::Replaying).run(|| in_current(async move { phase() })));
    let polled = workflow(Phase::Live).run(|| {
        carried
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
    });
    assert_eq!(polled, Poll::Ready(Some(Phase::Live)));
}

#[test]
fn tells_what_it_is() {
    let now = testing::execution(Operation::HandleSignal)
        .field(Field::WorkflowId, "w")
        .field(Field::RunId, "r")
        .field(Field::WorkflowType, "T")
        .field(Field::Attempt, 2)
        .build();
    assert_eq!(now.kind(), OperationKind::Workflow);
    assert_eq!(
        (now.workflow_id(), now.run_id(), now.workflow_type()),
        (Some("w"), Some("r"), Some("T"))
    );
    assert_eq!(now.fields().get(Field::Attempt).unwrap().to_string(), "2");
    assert_eq!(now.fields().get(Field::UpdateId), None);
}
