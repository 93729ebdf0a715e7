//! The load on the worker: buyers who place orders at a steady pace.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use support::unique;
use temporalio_client::{
    Client, WorkflowCancelOptions, WorkflowExecuteUpdateOptions, WorkflowGetResultOptions,
    WorkflowQueryOptions, WorkflowSignalOptions, WorkflowStartOptions,
};
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};

use super::{
    faults::{FAULTS, Fault},
    workflows::{DEPLOYMENT, Input, Order},
};

/// The number of orders that are open at once.
const OPEN: usize = 14;

/// The time between two orders.
const PACE: Duration = Duration::from_millis(300);

/// How long a buyer waits for a response.
const PATIENCE: Duration = Duration::from_secs(2);

/// The counts of orders.
#[derive(Debug, Default)]
pub struct Count {
    pub begun: AtomicU64,
    pub ended: AtomicU64,
}

/// Places orders at a steady pace: this many, or without an end if `None`.
pub async fn orders(
    client: &Client,
    queue: &str,
    task_timeout: Duration,
    runs: usize,
    count: &Arc<Count>,
) -> Result<()> {
    let open = Arc::new(Semaphore::new(OPEN));
    let (mut buyers, mut next) = (JoinSet::new(), Instant::now());
    let prefix = unique("order");
    for order in (1..).take(if runs == 0 { usize::MAX } else { runs }) {
        sleep_until(next).await;
        next = Instant::now() + PACE;
        let permit = open.clone().acquire_owned().await?;
        let options = WorkflowStartOptions::new(queue, format!("{prefix}-{order}"))
            .task_timeout(task_timeout)
            .build();
        let (client, count) = (client.clone(), count.clone());
        buyers.spawn(async move {
            count.begun.fetch_add(1, Ordering::Relaxed);
            // The boards show failures.
            let _ = buy(&client, options, order).await;
            count.ended.fetch_add(1, Ordering::Relaxed);
            drop(permit);
        });
        while buyers.try_join_next().is_some() {}
    }
    while buyers.join_next().await.is_some() {}
    Ok(())
}

/// One buyer: orders, queries, tips, pays, and waits for the end.
async fn buy(client: &Client, options: WorkflowStartOptions, order: u64) -> Result<()> {
    let input = Input {
        order,
        deployment: DEPLOYMENT.load(Ordering::Relaxed),
        again: order.is_multiple_of(6),
    };
    let handle = client.start_workflow(Order::run, input, options).await?;
    let query = || handle.query(Order::is_paid, (), WorkflowQueryOptions::default());
    let tip = || handle.execute_update(Order::tip, 1, WorkflowExecuteUpdateOptions::default());
    let _ = timeout(PATIENCE, tip()).await;
    let _ = timeout(PATIENCE, query()).await;
    tokio::time::sleep(PATIENCE).await;
    if order.is_multiple_of(11) {
        handle.cancel(WorkflowCancelOptions::default()).await?;
    } else {
        handle
            .signal(Order::pay, order, WorkflowSignalOptions::default())
            .await?;
    }
    let _ = handle.get_result(WorkflowGetResultOptions::default()).await;
    let thrash = FAULTS.is_on(Fault::CacheThrash);
    // So often that more runs are evicted than found in the cache.
    let asks = if thrash {
        10
    } else {
        u32::from(order.is_multiple_of(8))
    };
    for _ in 0..asks {
        // The run is no longer cached: this replays it, and evicts another one.
        let _ = timeout(PATIENCE, query()).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    Ok(())
}

/// Queries an order that does not exist, now and then.
pub async fn lost_buyer(client: &Client) {
    loop {
        let nobody = client.get_workflow_handle::<Order>(unique("lost"));
        let _ = nobody
            .query(Order::is_paid, (), WorkflowQueryOptions::default())
            .await;
        let _ = nobody.get_result(WorkflowGetResultOptions::default()).await;
        tokio::time::sleep(PATIENCE).await;
    }
}
