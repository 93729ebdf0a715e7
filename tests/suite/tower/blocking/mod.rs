//! Activities that block: on a pool, in place, and where they should not.

mod in_place;
mod pooled;

use std::{
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use chronoscope::{
    activity::{Pool, Pooled, record_heartbeat_blocking},
    execution, info,
};
use opentelemetry::trace::TraceContextExt as _;
use serde::{Deserialize, Serialize};
use temporalio_common::RetryPolicy;
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityCancellationType, ActivityOptions, WorkerOptions, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
    workflows::join_all,
};

use super::{Played, events};
use crate::{
    metrics,
    support::{connect, end, observed, start},
};

/// What a body that blocks is to do.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Block {
    /// Until it is let go.
    UntilLetGo,
    /// Until it is cancelled, sending heartbeats.
    UntilCancelled,
    Panic,
    Not,
}

/// What bodies that block share with their test.
#[derive(Default)]
struct Shared {
    open: Mutex<bool>,
    opened: Condvar,
    began: AtomicUsize,
    /// What was current in the last body: its activity id, and whether it was traced.
    seen: Mutex<Option<(String, bool)>>,
}

impl Shared {
    fn let_go(&self) {
        *self.open.lock().unwrap() = true;
        self.opened.notify_all();
    }

    fn began(&self) -> usize {
        self.began.load(Ordering::SeqCst)
    }
}

struct Heavy(Arc<Shared>);

#[activities]
impl Heavy {
    #[activity]
    async fn block(self: Arc<Self>, ctx: ActivityContext, how: Block) -> Result<(), ActivityError> {
        let shared = &self.0;
        shared.began.fetch_add(1, Ordering::SeqCst);
        let now = execution::current();
        let id = now.and_then(|now| {
            Some(
                now.fields()
                    .get(chronoscope::schema::Field::ActivityId)?
                    .to_string(),
            )
        });
        let traced = opentelemetry::Context::current()
            .span()
            .span_context()
            .is_valid();
        *shared.seen.lock().unwrap() = id.map(|id| (id, traced));
        info!("blocking");
        match how {
            Block::UntilLetGo => {
                let open = shared.open.lock().unwrap();
                drop(shared.opened.wait_while(open, |open| !*open).unwrap());
            }
            Block::UntilCancelled => {
                while !ctx.is_cancelled() {
                    record_heartbeat_blocking(&ctx, "on it".to_owned())?;
                    thread::sleep(Duration::from_millis(20));
                }
                return Err(ActivityError::cancelled());
            }
            Block::Panic => panic!("on a thread of the pool"),
            Block::Not => {}
        }
        Ok(())
    }
}

/// How an activity is to be called.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Call {
    how: Block,
    start_to_close: Duration,
    heartbeat: Duration,
}

impl Call {
    fn new(how: Block) -> Self {
        Self {
            how,
            start_to_close: Duration::from_secs(60),
            heartbeat: Duration::from_secs(30),
        }
    }
}

#[workflow]
#[derive(Default)]
struct Calling;

#[workflow_methods]
impl Calling {
    #[run]
    async fn run(
        ctx: &mut WorkflowContext<Self>,
        calls: Vec<Call>,
    ) -> WorkflowResult<Vec<Option<usize>>> {
        let ctx = &*ctx;
        let calls = calls.into_iter().map(|call| {
            let once = RetryPolicy::builder().maximum_attempts(1).build();
            let options = ActivityOptions::with_start_to_close_timeout(call.start_to_close)
                .heartbeat_timeout(call.heartbeat)
                .cancellation_type(ActivityCancellationType::WaitCancellationCompleted)
                .retry_policy(once)
                .do_not_eagerly_execute(true)
                .build();
            async move {
                let done = ctx.execute_activity(Heavy::block, call.how, options).await;
                done.ok().map(|()| 0)
            }
        });
        Ok(join_all(calls).await)
    }
}

fn workflows(queue: &str) -> WorkerOptions {
    WorkerOptions::new(queue)
        .register_workflow::<Calling>()
        .unwrap()
        .build()
}

/// A worker whose activities are on a pool.
fn pooled(queue: &str, pool: &Pool, shared: &Arc<Shared>) -> WorkerOptions {
    let mut options = workflows(queue);
    options.register_activity::<Pooled<heavy::Block>>(pool.with(Heavy(shared.clone())));
    options
}

/// A worker whose activities block where they are polled.
fn plain(queue: &str, shared: &Arc<Shared>) -> WorkerOptions {
    let mut options = workflows(queue);
    options.register_activities(Heavy(shared.clone()));
    options
}

async fn play(
    options: WorkerOptions,
    calls: Vec<Call>,
    meanwhile: impl Future<Output = ()>,
) -> Played {
    let (observability, snapshotter) = metrics::observability();
    let client = connect(Some(&observability)).await;
    let queue = options.task_queue.clone();
    let (returned, history) = observed(&client, &observability, options, async {
        let handle = start(&client, &queue, Calling::run, calls).await;
        let (returned, ()) = tokio::join!(end(&handle), meanwhile);
        (returned, events(&client, &handle).await)
    })
    .await;
    Played {
        returned,
        history,
        recorded: metrics::read(&snapshotter),
    }
}
