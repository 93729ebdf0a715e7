//! Queries of a run that was terminated with a signal that no task will ever handle.

use chronoscope::Observability;
use chronoscope_testserver::TestServer;
use temporalio_client::{WorkflowQueryOptions, WorkflowSignalOptions, WorkflowTerminateOptions};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    SyncWorkflowContext, WorkerOptions, WorkflowContext, WorkflowContextView, WorkflowResult,
};

use crate::support::{Lines, connect_layered, observed, start, unique};

#[workflow]
#[derive(Default)]
struct Waiting {
    signals: u32,
}

#[workflow_methods]
impl Waiting {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        tracing::info!("begins");
        ctx.wait_condition(|state: &Self| state.signals > 0).await?;
        tracing::info!("goes on");
        Ok(())
    }

    #[signal]
    fn wake(&mut self, _ctx: &mut SyncWorkflowContext<Self>) {
        tracing::info!("is woken");
        self.signals += 1;
    }

    #[query]
    fn count(&self, _ctx: &WorkflowContextView) -> u32 {
        tracing::info!("is asked");
        self.signals
    }
}

fn worker(queue: &str) -> WorkerOptions {
    WorkerOptions::new(queue)
        .max_cached_workflows(0usize)
        .register_workflow::<Waiting>()
        .unwrap()
        .build()
}

#[tokio::test]
async fn say_nothing_but_what_they_themselves_say() {
    let (observability, lines) = (Observability::builder().build().unwrap(), Lines::default());
    let _default = lines.set_default();
    let server = TestServer::start().await;
    let client = connect_layered(&server, &observability).await;
    let queue = unique("closed");
    let run = observed(&client, &observability, worker(&queue), async {
        let run = start(&client, &queue, Waiting::run, ()).await;
        run.query(Waiting::count, (), WorkflowQueryOptions::default())
            .await
            .unwrap();
        run
    })
    .await;
    run.signal(Waiting::wake, (), WorkflowSignalOptions::default())
        .await
        .unwrap();
    run.terminate(WorkflowTerminateOptions::default())
        .await
        .unwrap();
    observed(&client, &observability, worker(&queue), async {
        for _ in 0..3 {
            let asked = run.query(Waiting::count, (), WorkflowQueryOptions::default());
            assert_eq!(asked.await.unwrap(), 1);
        }
    })
    .await;
    let mut messages = lines.messages();
    messages.retain(|message| message != "is asked");
    assert_eq!(messages, ["begins"]);
    assert_eq!(lines.with_message("is asked").len(), 4);
}
