//! Code that does not follow its history.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use chronoscope::{Observability, introspect::v1::ListRunsRequest, testing::unwired::mismatch};
use chronoscope_testserver::TestServer;
use temporalio_client::WorkflowQueryOptions;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    ChildWorkflowOptions, WorkerOptions, WorkflowContext, WorkflowContextView, WorkflowResult,
};

use super::{Lines, QUEUE, connect, inside, observed, said, start};

/// Whether somebody changed the code.
static CHANGED: AtomicBool = AtomicBool::new(false);

/// Starts a child where it waited for a timer.
#[workflow]
#[derive(Default)]
struct Fickle;

#[workflow_methods]
impl Fickle {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        let _ = ctx.patched("greener");
        if CHANGED.load(Ordering::Relaxed) {
            let child = ChildWorkflowOptions::builder()
                .workflow_id("never".to_owned())
                .build();
            ctx.start_child_workflow(Fickle::run, (), child).await?;
        }
        ctx.timer(Duration::from_secs(600)).await;
        Ok(())
    }

    #[query]
    fn is_there(&self, _: &WorkflowContextView) -> bool {
        true
    }
}

fn worker() -> WorkerOptions {
    WorkerOptions::new(QUEUE)
        .register_workflow::<Fickle>()
        .unwrap()
        .build()
}

#[tokio::test]
async fn kinds_and_ids_are_said_and_the_commands() {
    let lines = Lines::default();
    let _default = lines.set_default();
    let observability = Observability::builder()
        .introspect(|i| i.listen(([127, 0, 0, 1], 0)))
        .build()
        .unwrap();
    let server = TestServer::builder().start().await;
    let client = connect(&server, &observability).await;
    let run = start(&client, Fickle::run, ()).await;
    observed(&client, &observability, worker(), async {
        let options = WorkflowQueryOptions::default();
        assert!(run.query(Fickle::is_there, (), options).await.unwrap());
    })
    .await;
    CHANGED.store(true, Ordering::Relaxed);
    let mut inside = inside(&observability).await;
    let failure = observed(&client, &observability, worker(), async {
        let options = WorkflowQueryOptions::default();
        assert!(run.query(Fickle::is_there, (), options).await.is_err());
        loop {
            let list = inside.list_runs(ListRunsRequest::default()).await.unwrap();
            let run = list.into_inner().runs.pop();
            if let Some(failure) = run.and_then(|run| run.last_failure) {
                return failure;
            }
        }
    })
    .await;
    let left = failure.non_determinism.unwrap();
    assert_eq!(
        left.commands,
        ["SetPatchMarker", "StartChildWorkflowExecution"]
    );
    assert_eq!(left.patches, ["greener"]);
    assert_ne!(left.form, "unknown");
    assert_eq!(left.event, "TimerStarted", "{left:?}");

    let said = said(&lines, "its code does not follow its history");
    assert_eq!(said.len(), 1, "{}", lines.text());
    let fields = &said[0]["fields"];
    assert_eq!(said[0]["workflow_type"], "Fickle");
    assert_eq!(fields["cause"], "NON_DETERMINISTIC_ERROR");
    assert_eq!(fields["event"], "TimerStarted");
    assert_eq!(fields["event_id"], left.event_id);
    assert_eq!(
        fields["commands"],
        "SetPatchMarker, StartChildWorkflowExecution"
    );
    assert_eq!(fields["patches"], "greener");
}

/// Checks what is read out of a message of the core's.
#[track_caller]
fn check(message: &str, form: &str, event: (u64, &str), names: (&str, &str)) {
    let (own, id, kind, recorded, given) = mismatch(message);
    assert_eq!(own, form, "{message}");
    assert_eq!((id, &*kind), event, "{message}");
    assert_eq!((&*recorded, &*given), names, "{message}");
}

#[test]
fn kinds_and_ids_are_read_out_of_messages_and_nothing_else() {
    let about = "[TMPRL1100] Nondeterminism error: ";
    let no_command = "No command scheduled for event HistoryEvent(id: 5, TimerStarted)";
    for message in [no_command, &format!("{about}{no_command}")] {
        check(
            message,
            "no_command_for_event",
            (5, "TimerStarted"),
            ("", ""),
        );
    }
    check(
        &format!(
            "{about}Activity machine does not handle this event: HistoryEvent(id: 7, TimerStarted)"
        ),
        "other_command",
        (7, "TimerStarted"),
        ("", "Activity"),
    );
    check(
        &format!(
            "{about}Child workflow machine does not handle this event: HistoryEvent {{ event_id: \
             12, event_time: None, event_type: TimerStarted, attributes: Some(\"a secret\") }}"
        ),
        "other_command",
        (12, "TimerStarted"),
        ("", "Child workflow"),
    );
    check(
        "Activity type of scheduled event 'charge' does not match activity type of activity command \
         'refund'",
        "activity_type",
        (0, ""),
        ("charge", "refund"),
    );
    check(
        "Local activity marker data has sequence number 3 but matched against LA command with \
         sequence number 4",
        "local_activity_number",
        (0, ""),
        ("3", "4"),
    );
    for unknown in [
        "",
        about,
        &format!("{about}a secret"),
        "No command scheduled for event a secret",
    ] {
        check(unknown, "unknown", (0, ""), ("", ""));
    }
}
