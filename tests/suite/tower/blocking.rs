//! Activities that block: on a pool, in place, and where they should not.

use std::{
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use chronoscope::{
    activity::{ActivityStack, BlockingLayer, Pool, Pooled, Watchdog, record_heartbeat_blocking},
    execution, info,
};
use opentelemetry::trace::TraceContextExt as _;
use serde::{Deserialize, Serialize};
use temporalio_client::WorkflowCancelOptions;
use temporalio_common::RetryPolicy;
use temporalio_common::protos::temporal::api::enums::v1::TimeoutType;
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityCancellationType, ActivityOptions, WorkerOptions, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
    workflows::join_all,
};
use tower::{Layer as _, ServiceBuilder};

use super::{Played, events, stage::until};
use crate::{
    metrics,
    support::{Lines, connect, end, observed, start, unique, work},
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
    lines: Lines,
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
        tracing::subscriber::with_default(shared.lines.filtered(), || info!("blocking"));
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

#[tokio::test]
async fn a_body_keeps_its_thread_and_waiting_for_one_takes_the_servers_time() {
    let (pool, shared) = (Pool::new(1), Arc::<Shared>::default());
    let options = pooled(&unique("pool"), &pool, &shared);
    let short = Call {
        start_to_close: Duration::from_secs(1),
        ..Call::new(Block::UntilLetGo)
    };
    let silent = Call {
        heartbeat: Duration::from_secs(1),
        ..Call::new(Block::UntilLetGo)
    };
    let (observability, snapshotter) = metrics::observability();
    let client = connect(Some(&observability)).await;
    let queue = options.task_queue.clone();
    let (returned, history) = observed(&client, &observability, options, async {
        // All time out: one in its body, the others in line for the only thread.
        let handle = start(&client, &queue, Calling::run, vec![short, short, silent]).await;
        let returned = end(&handle).await;
        assert_eq!((shared.began(), pool.available()), (1, 0));
        let history = events(&client, &handle).await;
        shared.let_go();
        // The server does not wait for those in line any longer; they run all the same, since a
        // worker learns of a timeout from a heartbeat only.
        until(|| pool.available() == 1 && shared.began() == 3).await;
        (returned, history)
    })
    .await;
    let played = Played {
        returned,
        history,
        recorded: metrics::read(&snapshotter),
    };
    assert_eq!(played.returned, [None; 3]);
    let timeouts: Vec<_> = played.failures().iter().map(super::timeout).collect();
    let of = |kind| timeouts.iter().filter(|timeout| **timeout == kind).count();
    let found = (of(TimeoutType::StartToClose), of(TimeoutType::Heartbeat));
    assert_eq!(found, (2, 1), "{timeouts:?}");
}

#[tokio::test]
async fn a_layers_timeout_lets_go_of_a_body_whose_thread_it_cannot_stop() {
    let (pool, shared) = (Pool::new(1), Arc::<Shared>::default());
    let stack = ActivityStack::new(ServiceBuilder::new().timeout(Duration::from_millis(200)));
    let options = stack.layer(pooled(&unique("pool"), &pool, &shared));
    let meanwhile = async {};
    let calls = vec![Call::new(Block::UntilLetGo); 3];
    let played = play(options, calls, meanwhile).await;
    assert_eq!(played.errors("Timeout"), Some(3.0));
    // One began, and holds the only thread though its attempt is over; those in line never will.
    assert_eq!((shared.began(), pool.available()), (1, 0));
    shared.let_go();
    until(|| pool.available() == 1).await;
    assert_eq!(shared.began(), 1);
}

#[tokio::test]
async fn heartbeats_cancellation_and_ids_work_on_a_pools_threads() {
    let (collector, endpoint) = crate::support::collector::Collector::start().await;
    let observability = chronoscope::Observability::builder()
        .otlp_traces(chronoscope::export::Collector::at(endpoint))
        .unwrap()
        .build();
    let (pool, shared) = (Pool::new(2), Arc::<Shared>::default());
    let client = connect(Some(&observability)).await;
    let queue = unique("pool");
    let options = observability.layer().layer(pooled(&queue, &pool, &shared));
    work(&client, options, async {
        let calls = vec![Call::new(Block::UntilCancelled)];
        let handle = start(&client, &queue, Calling::run, calls).await;
        until(|| shared.began() == 1).await;
        handle
            .cancel(WorkflowCancelOptions::default())
            .await
            .unwrap();
        assert_eq!(end(&handle).await, [None]);
    })
    .await;
    assert_eq!(
        shared.seen.lock().unwrap().clone(),
        Some(("1".to_owned(), true))
    );
    let line = &shared.lines.with_message("blocking")[0];
    assert_eq!(line["activity_type"], "Heavy::block");
    tokio::task::spawn_blocking(move || observability.shutdown())
        .await
        .unwrap();
    let spans = collector.spans();
    let span = spans
        .iter()
        .find(|span| span.name == "RunActivity:Heavy::block")
        .unwrap();
    assert_eq!(line["trace_id"], *span.trace);
    assert_eq!(line["span_id"], *span.id);
}

#[tokio::test]
async fn a_panic_on_a_pools_thread_fails_the_attempt_and_frees_the_thread() {
    let (pool, shared) = (Pool::new(1), Arc::<Shared>::default());
    let options = pooled(&unique("pool"), &pool, &shared);
    let calls = vec![Call::new(Block::Panic), Call::new(Block::Not)];
    let played = play(options, calls, async {}).await;
    assert_eq!(played.returned.iter().flatten().count(), 1);
    assert_eq!(played.outcomes("panicked"), Some(1.0));
    assert_eq!(pool.available(), 1);
    let [failure] = &played.failures()[..] else {
        panic!();
    };
    assert!(
        failure.message.contains("on a thread of the pool"),
        "{failure:?}"
    );
}

#[tokio::test]
async fn blocking_in_place_is_refused_where_there_is_one_thread() {
    let error = BlockingLayer::new(4).unwrap_err();
    assert!(error.to_string().contains("`current_thread`"), "{error}");

    // Made outside of a runtime, it is found out by the activity, which fails for good.
    let layer = thread::spawn(|| BlockingLayer::new(4).unwrap());
    let stack = ActivityStack::new(ServiceBuilder::new().layer(layer.join().unwrap()));
    let shared = Arc::<Shared>::default();
    let options = stack.layer(plain(&unique("place"), &shared));
    let played = play(options, vec![Call::new(Block::Not)], async {}).await;
    let [failure] = &played.failures()[..] else {
        panic!();
    };
    let info = super::application(failure);
    assert_eq!(
        (&*info.r#type, info.non_retryable),
        ("CurrentThreadRuntime", true)
    );
    assert_eq!(shared.began(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn in_place_bodies_block_no_worker_and_are_not_warned_of() {
    let shared = Arc::<Shared>::default();
    let stack = ServiceBuilder::new().layer(BlockingLayer::new(2).unwrap());
    let watchdog = Watchdog::new(Duration::from_millis(20));
    let lines = Lines::default();
    let options = tracing::subscriber::with_default(lines.filtered(), || {
        // Inside of the stack and outside of it.
        let options = watchdog.layer(plain(&unique("place"), &shared));
        watchdog.layer(ActivityStack::new(stack).layer(options))
    });
    let calls = vec![Call::new(Block::UntilLetGo); 4];
    let meanwhile = async {
        until(|| shared.began() == 2).await;
        // The runtime has one thread; two activities block, and tasks are polled all the same.
        for _ in 0..20 {
            let task = tokio::spawn(tokio::time::sleep(Duration::from_millis(5)));
            task.await.unwrap();
        }
        assert_eq!(shared.began(), 2);
        shared.let_go();
    };
    let played = play(options, calls, meanwhile).await;
    assert_eq!(played.returned, [Some(0); 4]);
    assert_eq!(warnings(&lines), 0);
}

fn warnings(lines: &Lines) -> usize {
    let warnings = lines.of("chronoscope::activity");
    let blocked = |line: &&serde_json::Value| {
        let message = line["fields"]["message"].as_str().unwrap();
        line["level"] == "WARN" && message.contains("has blocked its thread")
    };
    warnings.iter().filter(blocked).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_async_activity_that_blocks_is_warned_of_once_a_type() {
    let (shared, lines) = (Arc::<Shared>::default(), Lines::default());
    let watchdog = Watchdog::new(Duration::from_millis(20));
    let options = tracing::subscriber::with_default(lines.filtered(), || {
        watchdog.layer(plain(&unique("place"), &shared))
    });
    // A body is let go by a thread of its own, once the watchdog has spoken.
    let (there, speaks) = (shared.clone(), lines.clone());
    let spoken = Arc::new(AtomicBool::new(false));
    let waiting = thread::spawn(move || {
        while warnings(&speaks) == 0 {
            thread::sleep(Duration::from_millis(5));
        }
        spoken.store(true, Ordering::SeqCst);
        there.let_go();
    });
    let calls = vec![Call::new(Block::UntilLetGo); 2];
    let played = play(options, calls, async {}).await;
    waiting.join().unwrap();
    assert_eq!(played.returned, [Some(0); 2]);
    assert_eq!(warnings(&lines), 1);
    let warned = &lines.of("chronoscope::activity")[0];
    assert_eq!(warned["fields"]["activity_type"], "Heavy::block");
}
