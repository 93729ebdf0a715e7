//! Handlers that are open when their run ends.

use chronoscope::Observability;
use chronoscope_testserver::TestServer;
use serde::{Deserialize, Serialize};
use temporalio_client::{
    WorkflowGetResultOptions, WorkflowSignalOptions, WorkflowStartUpdateOptions,
};
use temporalio_common::error::ApplicationFailure;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    ContinueAsNewOptions, SyncWorkflowContext, WorkerOptions, WorkflowContext, WorkflowResult,
};

use super::{Lines, QUEUE, connect, observed, said, start};

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum End {
    Completes,
    Fails,
    ContinuesAsNew,
    /// After its handlers.
    Waits,
}

/// Ends when it is told to, whatever its handlers do.
#[workflow]
#[derive(Default)]
struct Hasty {
    end: Option<End>,
    done: bool,
}

#[workflow_methods]
impl Hasty {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        ctx.wait_condition(|hasty| hasty.end.is_some()).await?;
        let end = ctx.state(|hasty| hasty.end);
        match end {
            Some(End::Fails) => {
                return Err(ApplicationFailure::new(anyhow::anyhow!("a secret")).into());
            }
            Some(End::ContinuesAsNew) => {
                ctx.continue_as_new((), ContinueAsNewOptions::default())?;
            }
            Some(End::Waits) => {
                let finished = ctx.clone();
                ctx.wait_condition(move |_| finished.all_handlers_finished())
                    .await?;
            }
            _ => {}
        }
        Ok(())
    }

    #[signal]
    async fn approve(ctx: &mut WorkflowContext<Self>, _secret: String) {
        let _ = ctx.wait_condition(|hasty| hasty.done).await;
    }

    #[update]
    async fn change(ctx: &mut WorkflowContext<Self>, secret: String) -> String {
        let _ = ctx.wait_condition(|hasty| hasty.done).await;
        secret
    }

    #[signal]
    fn end(&mut self, _: &mut SyncWorkflowContext<Self>, end: End) {
        self.done = end == End::Waits;
        self.end = Some(end);
    }
}

/// What is said of a run that ends with a signal's and an update's handler open.
async fn ends(end: End, cache: usize, silent: &[&str]) -> (Lines, Vec<serde_json::Value>) {
    let lines = Lines::default();
    let _default = lines.set_default();
    let silent = silent.iter().copied();
    let observability = Observability::builder().stuck(|s| s.may_stay_open(silent));
    let observability = observability.build().unwrap();
    let server = TestServer::builder().start().await;
    let client = connect(&server, &observability).await;
    let options = WorkerOptions::new(QUEUE)
        .max_cached_workflows(cache)
        .register_workflow::<Hasty>()
        .unwrap()
        .build();
    observed(&client, &observability, options, async {
        let run = start(&client, Hasty::run, ()).await;
        let options = WorkflowSignalOptions::default;
        run.signal(Hasty::approve, "a secret".to_owned(), options())
            .await
            .unwrap();
        let update = WorkflowStartUpdateOptions::builder()
            .update_id("change-7".to_owned())
            .build();
        run.start_update(Hasty::change, "a secret".to_owned(), update)
            .await
            .unwrap();
        run.signal(Hasty::end, end, options()).await.unwrap();
        if end == End::ContinuesAsNew {
            // The next run ends without any.
            run.signal(Hasty::end, End::Completes, options())
                .await
                .unwrap();
        }
        let result = run.get_result(WorkflowGetResultOptions::default()).await;
        assert_eq!(result.is_err(), end == End::Fails, "{result:?}");
    })
    .await;
    let said = said(&lines, "unfinished handlers");
    (lines, said)
}

#[tokio::test]
async fn a_run_that_ends_names_its_open_handlers_once() {
    for end in [End::Completes, End::ContinuesAsNew] {
        for cache in [0, 100] {
            let (lines, said) = ends(end, cache, &[]).await;
            assert_eq!(said.len(), 1, "{end:?} {cache}: {}", lines.text());
            assert_eq!(said[0]["level"], "WARN");
            assert_eq!(said[0]["workflow_type"], "Hasty");
            assert!(said[0]["run_id"].is_string());
            let handlers = said[0]["fields"]["handlers"].as_str();
            assert_eq!(handlers, Some("approve, change(change-7)"), "{end:?}");
            assert!(!said[0].to_string().contains("secret"));
        }
    }
}

#[tokio::test]
async fn a_failed_run_and_a_patient_one_say_nothing_of_their_handlers() {
    for end in [End::Fails, End::Waits] {
        let (_, said) = ends(end, 100, &[]).await;
        assert!(said.is_empty(), "{end:?}: {said:?}");
    }
}

#[tokio::test]
async fn handlers_that_may_stay_open_are_not_named() {
    let (_, said) = ends(End::Completes, 100, &["change"]).await;
    assert_eq!(said[0]["fields"]["handlers"], "approve");
    let (_, said) = ends(End::Completes, 100, &["change", "approve"]).await;
    assert!(said.is_empty(), "{said:?}");
}
