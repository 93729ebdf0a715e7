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
    time::Duration,
};

use chronoscope::{Observability, introspect::IntrospectBuilder};
use chronoscope_testserver::TestServer;
use temporalio_client::WorkflowStartOptions;
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, Runtime, Worker, WorkerOptions, WorkflowContext, WorkflowContextView,
    WorkflowResult,
    activities::{ActivityContext, ActivityError},
};
use tokio::process::Command;

struct Acts;

#[activities]
impl Acts {
    #[activity]
    async fn works(_: ActivityContext) -> Result<(), ActivityError> {
        Ok(())
    }
}

/// Stays in its worker's cache: it waits for an activity that nobody takes.
#[workflow]
#[derive(Default)]
struct Waiting;

#[workflow_methods]
impl Waiting {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        let options = ActivityOptions::with_start_to_close_timeout(Duration::from_secs(600))
            .task_queue("nobody".to_owned());
        ctx.execute_activity(Acts::works, (), options.build())
            .await?;
        Ok(())
    }

    #[query]
    fn is_here(&self, _ctx: &WorkflowContextView) -> bool {
        true
    }
}

/// Serves introspection of a worker with one run for as long as the body takes.
async fn serve(token: Option<&str>, body: impl AsyncFnOnce(&str)) {
    let server = TestServer::start().await;
    let with = |i: IntrospectBuilder| match token {
        Some(token) => i.token(token),
        None => i,
    };
    serve_with(&server, with, body).await;
}

/// The same, on a server and with more settings.
async fn serve_with(
    server: &TestServer,
    with: impl FnOnce(IntrospectBuilder) -> IntrospectBuilder,
    body: impl AsyncFnOnce(&str),
) {
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let observability = Observability::builder().introspect(|i| with(i.listen(anywhere)));
    let observability = observability.build().unwrap();
    let address = observability.introspect_address().unwrap().to_string();
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
    command.env_remove("INTROSPECT_TOKEN");
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
async fn the_server_is_asked_why_an_activity_is_not_running() {
    let server = TestServer::start().await;
    let asks = server.client("default").await.unwrap();
    serve_with(
        &server,
        |i| i.client(asks),
        async |address| {
            for (about, count) in [(&[][..], 1), (&["waiting"], 1), (&["another"], 0)] {
                let at = ["--introspect", address, "--looks=1", "--why"];
                let output = top(&[&at[..], about].concat()).await;
                let shown = text(&output.stdout);
                assert!(output.status.success(), "{}", text(&output.stderr));
                let title = format!("pending, by the server: {count}\n");
                assert!(shown.contains(&title), "{shown}");
                let said = "Acts::works  1        scheduled: no worker has taken it";
                assert_eq!(shown.contains(said), count == 1, "{shown}");
            }
        },
    )
    .await;
}

#[tokio::test]
async fn without_a_client_it_says_how_to_give_one() {
    serve(None, async |address| {
        let output = top(&["--introspect", address, "--looks=1", "--why"]).await;
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1));
        assert!(
            error.contains(".introspect(|i| i.client(client))"),
            "{error}"
        );
        // The tables come all the same.
        let shown = text(&output.stdout);
        assert!(shown.contains("activity Acts::works 1"), "{shown}");
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
