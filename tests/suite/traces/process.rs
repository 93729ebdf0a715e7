//! The process's resource on spans, and the flush when the process ends.

use chronoscope::{
    Observability,
    schema::{Field, Operation},
    testing::{execution, unwired::attempt},
};
use temporalio_sdk::WorkerOptions;
use tower::Layer as _;

use super::{collected, shut_down};

async fn charge(observability: &Observability) {
    let charge = execution(Operation::RunActivity)
        .field(Field::ActivityType, "charge")
        .build();
    let charged = attempt(observability, charge, async || Ok(()));
    charged.await.unwrap();
}

#[tokio::test]
async fn spans_name_the_queues_of_the_workers_that_there_are() {
    let (collector, observability) = collected().await;
    let worker = |queue: &str| {
        let options = WorkerOptions::new(queue).build();
        observability.layer().layer(options)
    };
    let (session, lasting) = (worker("session"), worker("lasting"));
    drop(session);
    charge(&observability).await;
    shut_down(&observability).await;
    drop(lasting);
    let queues: Vec<_> = collector
        .spans()
        .iter()
        .map(|span| span.resource.get("temporal.task_queue").cloned())
        .collect();
    assert_eq!(queues, [Some("lasting".to_owned())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_spans_are_sent_where_nobody_shuts_down() {
    let (collector, observability) = collected().await;
    charge(&observability).await;
    let dropped = tokio::task::spawn_blocking(move || drop(observability));
    dropped.await.unwrap();
    assert_eq!(collector.spans().len(), 1);
}
