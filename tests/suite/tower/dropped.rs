//! When, and in which order, an attempt and its stack are dropped.

use std::{sync::Arc, time::Duration};

use chronoscope::{Observability, activity::Stack, execution::Execution, schema::Outcome};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, Runtime, Worker, WorkerOptions, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
};
use tower::{Layer as _, ServiceBuilder};

use super::layers::{Journal, Noting};
use crate::support::{address, connect, connect_to, namespace, start, unique, work};

struct Endless(Journal);

#[activities]
impl Endless {
    #[activity]
    async fn run(self: Arc<Self>, _: ActivityContext) -> Result<(), ActivityError> {
        let _dropped = self.0.at_drop("body");
        self.0.note("begun");
        std::future::pending().await
    }
}

#[workflow]
#[derive(Default)]
struct Calling;

#[workflow_methods]
impl Calling {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, _: ()) -> WorkflowResult<()> {
        let options = ActivityOptions::start_to_close_timeout(Duration::from_millis(1500));
        let _ = ctx.execute_activity(Endless::run, (), options).await;
        Ok(())
    }
}

fn worker(
    queue: &str,
    journal: &Journal,
    stack: impl Fn(WorkerOptions) -> WorkerOptions,
) -> WorkerOptions {
    stack(
        WorkerOptions::new(queue)
            .register_activities(Endless(journal.clone()))
            .register_workflow::<Calling>()
            .unwrap()
            .build(),
    )
}

#[tokio::test]
async fn at_a_timeout_the_body_goes_before_what_holds_its_place() {
    let journal = Journal::default();
    let stack = ServiceBuilder::new()
        .timeout(Duration::from_millis(50))
        .layer(Noting(journal.clone()));
    let stack = Stack::new(stack);
    let queue = unique("dropped");
    let client = connect(None).await;
    let options = worker(&queue, &journal, |options| stack.layer(options));
    work(&client, options, async {
        let handle = start(&client, &queue, Calling::run, ()).await;
        super::stage::until(|| journal.read().len() >= 3).await;
        handle.terminate(Default::default()).await.unwrap();
    })
    .await;
    assert_eq!(journal.read()[..3], ["begun", "body", "layer"]);
}

#[tokio::test]
async fn when_a_worker_is_torn_down_so_are_body_and_stack_in_that_order() {
    let journal = Journal::default();
    let noted = journal.clone();
    let observability = Observability::builder()
        .on_end(move |execution: &Execution, outcome: &Outcome| {
            if execution.operation().name() == "RunActivity" {
                noted.note(outcome.class());
            }
        })
        .build()
        .unwrap();
    let queue = unique("dropped");
    let client = connect(None).await;
    let (address, namespace) = (address().await, namespace().await);
    let (queue_there, there) = (queue.clone(), journal.clone());
    let torn_down = std::thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let client = connect_to(address, namespace, "torn down", None).await;
            let stack = Stack::new(ServiceBuilder::new().layer(Noting(there.clone())));
            let options = worker(&queue_there, &there, |options| {
                observability.wrap(stack.layer(options))
            });
            let own = Runtime::from_current_tokio(Default::default()).unwrap();
            let mut worker = Worker::new(&own, client, options).unwrap();
            tokio::select! {
                ran = worker.run() => ran.unwrap(),
                () = super::stage::until(|| !there.read().is_empty()) => {}
            }
        });
        // Dropping the runtime drops its tasks, and with them the attempt.
        drop(runtime);
    });
    let handle = start(&client, &queue, Calling::run, ()).await;
    tokio::task::spawn_blocking(|| torn_down.join().unwrap())
        .await
        .unwrap();
    handle.terminate(Default::default()).await.unwrap();
    // Chronoscope's own layer, outside the stack, logs before it drops the inner future.
    assert_eq!(journal.read(), ["begun", "dropped", "body", "layer"]);
}
