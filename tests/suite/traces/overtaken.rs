//! Ends in a task that something overtakes: the server refuses its completion, and its code runs anew.

use std::time::Duration;

use chronoscope::rpc::Stack;
use chronoscope_testserver::TestServer;
use temporalio_client::WorkflowSignalOptions;
use temporalio_common::protos::temporal::api::enums::v1::EventType;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{SyncWorkflowContext, WorkerOptions, WorkflowContext, WorkflowResult};

use super::{collected, shut_down};
use crate::{
    commit::gate::Gate,
    oracle::nanos,
    scenarios::all_events,
    support::{connect_through, end, start, unique, work},
};

#[workflow]
#[derive(Default)]
struct Hurried;

#[workflow_methods]
impl Hurried {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        ctx.timer(Duration::from_millis(10)).await;
        Ok(())
    }

    #[signal]
    fn wait(&mut self, _ctx: &mut SyncWorkflowContext<Self>) {}
}

/// The spans of a run whose last task a signal overtakes, by name with their times; and when its
/// workflow tasks started.
async fn overtaken(cache: usize) -> (Vec<(String, u64, u64)>, Vec<u64>) {
    let (server, gate) = (TestServer::start().await, Gate::closed());
    let (collector, observability) = collected().await;
    let client = connect_through(&server, &observability, [gate.stack(), Stack::new()]).await;
    let queue = unique("overtaken");
    let worker = WorkerOptions::new(&*queue)
        .max_cached_workflows(cache)
        .register_workflow::<Hurried>()
        .unwrap()
        .build();
    let run = work(&client, observability.wrap(worker), async {
        let run = start(&client, &queue, Hurried::run, ()).await;
        gate.came(1).await;
        gate.pass(1);
        gate.came(1).await;
        let signal = run.signal(Hurried::wait, (), WorkflowSignalOptions::default());
        signal.await.unwrap();
        gate.open();
        gate.pass(1);
        end(&run).await;
        run
    })
    .await;
    shut_down(&observability).await;
    let run = (run.info().workflow_id.clone(), run.info().run_id.clone());
    let histories = all_events(&client, vec![run]).await;
    let times = histories[0]
        .iter()
        .filter(|event| event.event_type() == EventType::WorkflowTaskStarted)
        .map(nanos)
        .collect();
    let of_the_run =
        |name: &str| !name.starts_with("StartWorkflow") && !name.starts_with("SignalW");
    let mut spans: Vec<_> = collector
        .spans()
        .into_iter()
        .filter(|span| of_the_run(&span.name))
        .map(|span| (span.name, span.start, span.end))
        .collect();
    spans.sort();
    (spans, times)
}

#[tokio::test]
async fn ends_of_a_task_that_something_overtakes_come_once_and_at_its_time() {
    for cache in [0, 1000] {
        let (spans, times) = overtaken(cache).await;
        let [first, refused, accepted] = times[..] else {
            panic!("{} tasks", times.len());
        };
        let began = spans[1].1;
        let expected = [
            ("HandleSignal:wait", accepted, accepted),
            ("RunWorkflow:Hurried", began, refused),
            ("StartTimer", first, refused),
            ("WorkflowExecutionStarted:Hurried", began, began),
        ];
        let expected = expected.map(|(name, start, end)| (name.to_owned(), start, end));
        assert_eq!(spans, expected, "cache {cache}");
    }
}
