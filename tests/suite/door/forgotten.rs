//! Whoever wires by half is told, once, by the call that is missing.

use std::time::Duration;

use chronoscope::{Observability, record_heartbeat};
use metrics::NoopRecorder;
use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, Url, WorkflowGetResultOptions,
    WorkflowStartOptions,
};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, Runtime, Worker, WorkerOptions, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
};

use super::readme::server;
use crate::support::Lines;

struct Slow;

#[activities]
impl Slow {
    #[activity]
    async fn by_the_sdk(ctx: ActivityContext, _: ()) -> Result<(), ActivityError> {
        for _ in 0..30 {
            ctx.record_heartbeat(()).await?;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    #[activity]
    async fn by_us(ctx: ActivityContext, _: ()) -> Result<(), ActivityError> {
        for _ in 0..30 {
            record_heartbeat(&ctx, ()).await?;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }
}

#[workflow]
#[derive(Default)]
struct Waits;

#[workflow_methods]
impl Waits {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, _: ()) -> WorkflowResult<()> {
        let options = || {
            ActivityOptions::with_start_to_close_timeout(Duration::from_secs(30))
                .heartbeat_timeout(Duration::from_secs(1))
                .build()
        };
        for _ in 0..2 {
            ctx.execute_activity(Slow::by_the_sdk, (), options())
                .await?;
        }
        ctx.execute_activity(Slow::by_us, (), options()).await?;
        Ok(())
    }
}

/// What of the wiring is left out.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Half {
    Nothing,
    Runtime,
    Connection,
    Interceptors,
}

/// Runs a workflow on a worker that is wired by half, and returns what was said of it.
async fn said(half: Half) -> Vec<String> {
    let lines = Lines::default();
    let _default = lines.set_default();
    let (_server, address) = server().await;
    let observability = Observability::builder()
        .metrics(|m| m.recorder(NoopRecorder))
        .build()
        .unwrap();
    let url = Url::parse(&format!("http://{address}")).unwrap();
    let connection = ConnectionOptions::new(url).build();
    let connection = match half {
        Half::Connection => connection,
        _ => observability.wrap(connection),
    };
    let connection = Connection::connect(connection).await.unwrap();
    let options = observability.wrap(ClientOptions::new("default").build());
    let client = Client::new(connection, options).unwrap();
    let runtime = match half {
        Half::Runtime => Runtime::from_current_tokio(Default::default()),
        _ => Runtime::from_current_tokio(observability.runtime_options()),
    };
    let options = WorkerOptions::new("waits")
        .register_workflow::<Waits>()
        .unwrap()
        .register_activities(Slow)
        .build();
    let mut options = observability.wrap(options);
    if half == Half::Interceptors {
        options.register_workflow_interceptors(Vec::new());
    }
    let mut worker = Worker::new(&runtime.unwrap(), client.clone(), options).unwrap();
    let shutdown = worker.shutdown_handle();
    let work = async {
        let options = WorkflowStartOptions::new("waits", "waits").build();
        let run = client
            .start_workflow(Waits::run, (), options)
            .await
            .unwrap();
        run.get_result(WorkflowGetResultOptions::default())
            .await
            .unwrap();
        shutdown();
    };
    let (ran, ()) = tokio::join!(worker.run(), work);
    ran.unwrap();
    let said = lines.of("chronoscope::observe::forgotten");
    said.iter()
        .map(|line| line["fields"]["message"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn what_is_forgotten_is_said_once() {
    for (half, call) in [
        (Half::Nothing, None),
        (Half::Runtime, Some("runtime_options()")),
        (Half::Connection, Some("before `Connection::connect`")),
        (Half::Interceptors, Some("`register_workflow_interceptors`")),
    ] {
        let mut said = said(half).await;
        // That of the activity's heartbeats is in all: once, though it ran twice.
        let heartbeats = |line: &String| line.contains("chronoscope::record_heartbeat");
        let of_heartbeats = said.iter().filter(|line| heartbeats(line)).count();
        assert_eq!(of_heartbeats, 1, "{half:?}: {said:?}");
        said.retain(|line| !heartbeats(line));
        match call {
            None => assert_eq!(said, [] as [String; 0]),
            Some(call) => {
                assert_eq!(said.len(), 1, "{half:?}: {said:?}");
                assert!(said[0].contains(call), "{half:?}: {said:?}");
            }
        }
    }
}
