//! The official plugin's own work: two activities, a timer, a child and a signal.

#[path = "../../peers/official-plugin/src/activities.rs"]
mod activities;
#[path = "../../peers/official-plugin/src/workflows.rs"]
mod workflows;

use futures::future::join_all;
use temporalio_client::{
    Client, WorkflowGetResultOptions, WorkflowSignalOptions, WorkflowStartOptions,
};
use temporalio_common::protos::temporal::api::history::v1::HistoryEvent;
use temporalio_sdk::WorkerOptions;

use self::{
    activities::Steps,
    workflows::{Delivery, Order},
};
use crate::scenarios::all_events;

pub fn worker(queue: &str, cache: usize) -> WorkerOptions {
    WorkerOptions::new(queue)
        .max_cached_workflows(cache)
        .register_activities(Steps)
        .register_workflow::<Order>()
        .unwrap()
        .register_workflow::<Delivery>()
        .unwrap()
        .build()
}

/// Starts orders, all at once, approves each, and waits for all.
pub async fn place(client: &Client, queue: &str, orders: usize) -> Vec<(String, Option<String>)> {
    join_all((0..orders).map(|n| order(client, queue, n))).await
}

async fn order(client: &Client, queue: &str, n: usize) -> (String, Option<String>) {
    let id = format!("{queue}-{n}");
    let options = WorkflowStartOptions::new(queue, &*id).build();
    let order = client.start_workflow(Order::run, format!("order-{n}"), options);
    let order = order.await.unwrap();
    let signalled = order.signal(Order::approve, (), WorkflowSignalOptions::default());
    signalled.await.unwrap();
    let result = order.get_result(WorkflowGetResultOptions::default());
    assert_eq!(result.await.unwrap(), format!("delivered order-{n}"));
    (id, order.run_id().map(str::to_owned))
}

/// The histories of orders and of their deliveries.
pub async fn histories(
    client: &Client,
    orders: Vec<(String, Option<String>)>,
) -> Vec<Vec<HistoryEvent>> {
    let all = orders
        .into_iter()
        .map(|order| all_events(client, vec![order]));
    join_all(all).await.into_iter().flatten().collect()
}
