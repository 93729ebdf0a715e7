//! `#[init]` knows whether it is replayed, whatever other workers do meanwhile.

use temporalio_client::{WorkflowExecuteUpdateOptions, WorkflowGetResultOptions};
use temporalio_common::protos::coresdk::workflow_activation::WorkflowActivation;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    Runtime, SyncWorkflowContext, Worker, WorkerOptions, WorkflowContext, WorkflowContextView,
    WorkflowResult, interceptors::WorkerInterceptor, runtime::RuntimeOptions,
};

use chronoscope::testing::expect;
use chronoscope_testserver::TestServer;

use super::Observing;
use crate::support::{start, unique};

#[workflow]
struct Initialized {
    signals: u32,
}

#[workflow_methods]
impl Initialized {
    #[init]
    fn new(view: &WorkflowContextView, _: ()) -> Self {
        chronoscope::info!(run = view.run_id(), "initialized");
        Self { signals: 0 }
    }

    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        let _ = ctx.wait_condition(|now| now.signals == 4).await;
        Ok(())
    }

    #[update]
    fn signal(&mut self, _: &mut SyncWorkflowContext<Self>, _: ()) {
        self.signals += 1;
    }
}

/// A user's own hook that lets others go first.
struct Slow;

#[async_trait::async_trait(?Send)]
impl WorkerInterceptor for Slow {
    async fn on_workflow_activation(&self, _: &WorkflowActivation) -> Result<(), anyhow::Error> {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}

#[tokio::test]
async fn two_workers_in_one_task_replay_each_line_of_init_once() {
    let observing = Observing::new();
    let server = TestServer::start().await;
    let client = observing.client(&server).await;
    let runtime = Runtime::from_current_tokio(RuntimeOptions::default()).unwrap();
    let queues = [unique("init"), unique("init")];
    let worker = |queue: &String| {
        let options = WorkerOptions::new(queue)
            .max_cached_workflows(0usize)
            .worker_interceptor(Slow)
            .register_workflow::<Initialized>()
            .unwrap()
            .build();
        let options = observing.observability().wrap(options);
        Worker::new(&runtime, client.clone(), options).unwrap()
    };
    let [mut one, mut other] = [worker(&queues[0]), worker(&queues[1])];
    let ends = [one.shutdown_handle(), other.shutdown_handle()];
    let plays = async {
        let runs = (0..10).map(|n| {
            let (client, queue) = (&client, &queues[n % 2]);
            async move {
                let run = start(client, queue, Initialized::run, ()).await;
                for _ in 0..4 {
                    let options = WorkflowExecuteUpdateOptions::default();
                    run.execute_update(Initialized::signal, (), options)
                        .await
                        .unwrap();
                }
                let options = WorkflowGetResultOptions::default();
                run.get_result(options).await.unwrap();
            }
        });
        futures::future::join_all(runs).await;
        ends.into_iter().for_each(|end| end());
    };
    let (one, other, ()) = tokio::join!(one.run(), other.run(), plays);
    one.unwrap();
    other.unwrap();
    observing
        .capture
        .assert(expect::line("initialized").times(10));
}
