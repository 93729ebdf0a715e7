//! Long waits while the frontend restarts.

use std::sync::Arc;

use chronoscope::rpc::{Request, Retries, Stack};
use temporalio_client::{Client, ClientOptions, WorkflowExecuteUpdateOptions};
use temporalio_sdk::WorkerOptions;
use tokio::sync::Semaphore;
use tower::util::MapRequestLayer;

use super::{bridged, options, relay::Relay};
use crate::{
    scenarios::Updated,
    support::{address, connect, end, namespace, start, unique, work},
};

/// Takes the frontend away once a call has left, and gives it back once the call has left again.
async fn restart(relay: &Relay, left: &Semaphore) {
    left.acquire().await.unwrap().forget();
    relay.down();
    left.acquire().await.unwrap().forget();
    relay.up();
}

#[tokio::test]
async fn a_result_and_an_update_survive_a_frontend_that_restarts() {
    let relay = Relay::to(address().await).await;
    let left = Arc::new(Semaphore::new(0));
    let leaving = left.clone();
    let stack = Stack::new()
        .retrying(Retries::at_most(8))
        .waits(MapRequestLayer::new(move |request: Request| {
            leaving.add_permits(1);
            request
        }));
    let connection = bridged(&stack, options(&relay.url())).await;
    let away = Client::new(connection, ClientOptions::new(namespace().await).build()).unwrap();
    let client = connect(None).await;
    let queue = unique("restarts");
    let worker = WorkerOptions::new(&queue)
        .register_workflow::<Updated>()
        .unwrap()
        .build();
    work(&client, worker, async {
        let run = start(&away, &queue, Updated::run, ()).await;
        let update =
            |n| run.execute_update(Updated::add, n, WorkflowExecuteUpdateOptions::default());
        let (updated, ()) = tokio::join!(update(4), restart(&relay, &left));
        assert_eq!(updated.unwrap(), 4);
        // It may have been accepted by its first attempt, and waited for by others.
        while let Ok(permit) = left.try_acquire() {
            permit.forget();
        }
        let finish = async {
            restart(&relay, &left).await;
            let near = client.get_workflow_handle::<Updated>(run.info().workflow_id.clone());
            let last = WorkflowExecuteUpdateOptions::default();
            near.execute_update(Updated::add, 6, last).await.unwrap()
        };
        let (result, updated) = tokio::join!(end(&run), finish);
        assert_eq!((result, updated), (10, 10));
    })
    .await;
}
