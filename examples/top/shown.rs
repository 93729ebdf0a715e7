//! What `top` shows of a worker in another process, and how it fails.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests"
)]

use std::{
    net::{Ipv4Addr, SocketAddr},
    process::Output,
};

use chronoscope::Observability;
use chronoscope_testserver::TestServer;
use temporalio_client::WorkflowStartOptions;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    Runtime, Worker, WorkerOptions, WorkflowContext, WorkflowContextView, WorkflowResult,
};
use tokio::process::Command;

/// Stays in its worker's cache.
#[workflow]
#[derive(Default)]
struct Waiting;

#[workflow_methods]
impl Waiting {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        ctx.wait_condition(|_| false).await?;
        Ok(())
    }

    #[query]
    fn is_here(&self, _ctx: &WorkflowContextView) -> bool {
        true
    }
}

/// Serves introspection of a worker with one run for as long as the body takes.
async fn serve(token: Option<&str>, body: impl AsyncFnOnce(&str)) {
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let observability = Observability::builder().introspect(|i| match token {
        Some(token) => i.listen(anywhere).token(token),
        None => i.listen(anywhere),
    });
    let observability = observability.build().unwrap();
    let address = observability.introspect_address().unwrap().to_string();
    let server = TestServer::start().await;
    let client = server.client("default").await.unwrap();
    let runtime = Runtime::from_current_tokio(observability.runtime_options()).unwrap();
    let options = WorkerOptions::new("shown").register_workflow::<Waiting>();
    let options = observability.wrap(options.unwrap().build());
    let mut worker = Worker::new(&runtime, client.clone(), options).unwrap();
    let shutdown = worker.shutdown_handle();
    let body = async {
        let options = WorkflowStartOptions::new("shown", "waiting-1").build();
        let started = client.start_workflow(Waiting::run, (), options);
        let run = started.await.unwrap();
        // The answer comes from the cache.
        run.query(Waiting::is_here, (), Default::default())
            .await
            .unwrap();
        body(&address).await;
        shutdown();
    };
    let (ran, ()) = tokio::join!(worker.run(), body);
    ran.unwrap();
}

async fn top(flags: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_top"));
    command.env_remove("CHRONOSCOPE_INTROSPECT_TOKEN");
    command.args(flags).output().await.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test]
async fn a_worker_of_another_process_is_shown_into_a_pipe() {
    serve(None, async |address| {
        // A pipe is no terminal, so it is plain even if nobody says so.
        for (flags, looks) in [
            (&["--looks", "2", "--interval", "0.1"][..], 2),
            (&["--plain", "--looks=1", "--sort=age", "--reverse"], 1),
        ] {
            let output = top(&[&["--introspect", address], flags].concat()).await;
            let shown = text(&output.stdout);
            assert!(output.status.success(), "{}", text(&output.stderr));
            assert_eq!(shown.matches("workers: 1\n").count(), looks, "{shown}");
            for part in [
                "  waiting-1",
                "workflow ",
                "runs: 1",
                "activities: 0",
                "  HELD  ",
                "lost: 0 lines",
                "held: 0 signals, 0 bytes",
            ] {
                assert!(shown.contains(part), "{part}: {shown}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_is_asked_for_and_taken() {
    serve(Some("open sesame"), async |address| {
        let at = ["--introspect", address, "--looks=1"];
        let output = top(&at).await;
        assert_eq!(output.status.code(), Some(1));
        let error = text(&output.stderr);
        assert!(error.contains("requires a token"), "{error}");
        let output = top(&[&at[..], &["--token", "open sesame"]].concat()).await;
        assert!(output.status.success(), "{}", text(&output.stderr));
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_is_said() {
    let output = top(&["--introspect", "127.0.0.1:1"]).await;
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    for part in [
        "nothing serves introspection on 127.0.0.1:1",
        "--introspect 127.0.0.1:1",
    ] {
        assert!(error.contains(part), "{error}");
    }
    let output = top(&["--interval", "0"]).await;
    assert!(text(&output.stderr).contains("0.1 to 3600 seconds"));
}
