use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use temporalio_client::{
    Client, WorkflowCancelOptions, WorkflowExecuteUpdateOptions, WorkflowGetResultOptions,
    WorkflowQueryOptions, WorkflowSignalOptions, WorkflowStartOptions,
};
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};

use crate::{
    faults::{FAULTS, Fault},
    support::unique,
    workflows::{DEPLOYMENT, Input, Order},
};

/// How many orders are open at once.
const OPEN: usize = 14;

/// The time between two orders.
const PACE: Duration = Duration::from_millis(300);

/// How long a buyer waits for anything.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the load has come to.
#[derive(Debug, Default)]
pub struct Count {
    pub begun: AtomicU64,
    pub ended: AtomicU64,
}

/// Places orders at a steady pace: so many, or without an end for none.
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
            // What goes wrong is what the boards are for.
            let _ = buy(&client, options, order).await;
            count.ended.fetch_add(1, Ordering::Relaxed);
            drop(permit);
        });
        while buyers.try_join_next().is_some() {}
    }
    while buyers.join_next().await.is_some() {}
    Ok(())
}

/// One buyer: orders, asks, tips, pays, and waits for the end.
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
    // So often that more runs are thrown out than are found.
    let asks = if thrash {
        10
    } else {
        u32::from(order.is_multiple_of(8))
    };
    for _ in 0..asks {
        // Its run is out of the cache by now: this replays it, and throws another one out.
        let _ = timeout(PATIENCE, query()).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    Ok(())
}

/// Asks now and then for an order that there never was.
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
