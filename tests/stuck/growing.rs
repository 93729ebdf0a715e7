//! Runs that come near a limit of the server.

use std::time::Duration;

use chronoscope::{Observability, observe::Limits};
use chronoscope_testserver::TestServer;
use temporalio_client::{WorkflowGetResultOptions, WorkflowSignalOptions};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, SyncWorkflowContext, WorkerOptions, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
    workflows::join_all,
};

use super::{Lines, QUEUE, Recorded, connect, observed, said, start};

struct Work;

#[activities]
impl Work {
    #[activity]
    async fn some(_: ActivityContext) -> Result<(), ActivityError> {
        Ok(())
    }
}

/// Starts much at once, and gets many signals.
#[workflow]
#[derive(Default)]
struct Growing {
    signals: u32,
}

#[workflow_methods]
impl Growing {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        let options = || ActivityOptions::start_to_close_timeout(Duration::from_secs(600));
        join_all((0..8).map(|_| ctx.execute_activity(Work::some, (), options()))).await;
        ctx.wait_condition(|growing| growing.signals == 6).await?;
        // A task that ends the run is not looked at.
        ctx.timer(Duration::from_millis(1)).await;
        Ok(())
    }

    #[signal]
    fn grow(&mut self, _: &mut SyncWorkflowContext<Self>, _secret: String) {
        self.signals += 1;
    }
}

/// Plays a run that gets six signals, on a worker that caches so many.
async fn grow(observability: &Observability, cache: usize, signal: &str) {
    let server = TestServer::builder().start().await;
    let client = connect(&server, observability).await;
    let options = WorkerOptions::new(QUEUE)
        .max_cached_workflows(cache)
        .register_workflow::<Growing>()
        .unwrap()
        .register_activities(Work)
        .build();
    observed(&client, observability, options, async {
        let run = start(&client, Growing::run, ()).await;
        for _ in 0..6 {
            let options = WorkflowSignalOptions::default();
            run.signal(Growing::grow, signal.to_owned(), options)
                .await
                .unwrap();
        }
        run.get_result(WorkflowGetResultOptions::default())
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn each_limit_is_said_once_when_a_run_comes_near_it() {
    for cache in [0, 100] {
        let (lines, recorded) = (Lines::default(), Recorded::default());
        let _default = lines.set_default();
        let mut limits = Limits::default();
        (limits.pending, limits.signals, limits.history_events) = (10, 5, 15);
        let observability = Observability::builder()
            .metrics(|m| m.recorder(recorded.recorder()))
            .stuck(|s| s.limits(limits))
            .build()
            .unwrap();
        grow(&observability, cache, "a secret").await;
        let mut said: Vec<_> = said(&lines, "the run comes near a limit")
            .iter()
            .map(|line| {
                assert_eq!(line["workflow_type"], "Growing");
                assert!(!line.to_string().contains("secret"));
                let fields = &line["fields"];
                assert!(fields["value"].as_u64() >= fields["of"].as_u64().map(|of| of * 4 / 5));
                fields["limit"].as_str().unwrap().to_owned()
            })
            .collect();
        said.sort_unstable();
        let counted = recorded.sum("temporal_workflow_near_limit_total");
        assert_eq!(counted, said.len() as f64);
        // Whether a task saw four signals before the last one is the server's choice.
        said.retain(|limit| limit != "signals");
        assert_eq!(said, ["history_events", "pending_activities"], "{cache}");
    }
}

#[tokio::test]
async fn a_suggestion_to_continue_as_new_that_is_not_taken_is_said_once() {
    let (lines, recorded) = (Lines::default(), Recorded::default());
    let _default = lines.set_default();
    let observability = Observability::builder().metrics(|m| m.recorder(recorded.recorder()));
    let observability = observability.build().unwrap();
    // From 4 MiB on the server suggests it, with each task.
    grow(&observability, 1000, &"s".repeat(1 << 20)).await;
    let said = said(&lines, "the server suggests that the run continues as new");
    assert_eq!(said.len(), 1, "{}", lines.text());
    assert_eq!(said[0]["level"], "INFO");
    assert_eq!(said[0]["workflow_type"], "Growing");
    assert_eq!(said[0]["fields"]["limit"], "continue_as_new_suggested");
    assert_eq!(recorded.sum("temporal_workflow_near_limit_total"), 1.0);
}
