//! Tower's own layers, each seen in history and in metrics.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use chronoscope::{activity::Stack, execution::Execution};
use temporalio_common::protos::temporal::api::{enums::v1::EventType, history::v1::HistoryEvent};
use temporalio_sdk::WorkerPlugin as _;
use tower::{Layer as _, ServiceBuilder, layer::layer_fn};

use super::{
    application, play, play_on,
    stage::{Act, Do, Shared, until},
    worker,
};
use crate::{metrics, support::unique};

#[tokio::test]
async fn a_timeout_is_a_retryable_failure_of_that_type() {
    let shared = Arc::default();
    let stack = ServiceBuilder::new().timeout(Duration::from_millis(100));
    let acts = vec![Act::new(Do::Wait).attempts(2), Act::new(Do::Pass)];
    let played = play(Stack::new(stack), acts, &shared, async {}).await;
    assert_eq!(played.returned[0], None);
    assert!(played.returned[1].is_some());
    for failures in [played.failures(), played.former_failures()] {
        let [failure] = &failures[..] else {
            panic!("{failures:?}");
        };
        let info = application(failure);
        assert_eq!((&*info.r#type, info.non_retryable), ("Timeout", false));
        assert_eq!(failure.message, "request timed out");
    }
    assert_eq!(played.errors("Timeout"), Some(2.0));
    assert_eq!(played.outcomes("failed"), Some(2.0));
    assert_eq!(played.outcomes("completed"), Some(1.0));
    // The bodies were dropped, though nobody let them go.
    assert_eq!(shared.running(), 0);
}

#[tokio::test]
async fn a_concurrency_limit_is_the_whole_workers() {
    let shared: Arc<Shared> = Arc::default();
    let (observability, snapshotter) = counting();
    let stack = ServiceBuilder::new().concurrency_limit(2);
    let queue = unique("stage");
    let options = Stack::new(stack).layer(worker(&queue, &shared));
    // Of two types, which share the limit.
    let act = || Act::new(Do::Wait);
    let acts = (0..6).map(|n| if n % 2 == 0 { act() } else { act().other() });
    let (observability, begun) = (observability, snapshotter.1);
    let meanwhile = async {
        until(|| begun.load(Ordering::SeqCst) == 6).await;
        shared.run(2).await;
        shared.open(6);
    };
    let acts = acts.collect();
    let played = play_on(options, &observability, &snapshotter.0, acts, meanwhile).await;
    assert_eq!(shared.most(), 2);
    let mut returned: Vec<_> = played.returned.iter().map(|n| n.unwrap()).collect();
    returned.sort_unstable();
    // History holds how many ran whenever one began.
    assert!(returned.iter().all(|running| *running <= 2), "{returned:?}");
    assert_eq!(returned.len(), 6);
    assert_eq!(played.outcomes("completed"), Some(6.0));
}

/// Counts activities that the worker has begun, those that wait for a limit among them.
fn counting() -> (
    chronoscope::Observability,
    (metrics_util::debugging::Snapshotter, Arc<AtomicUsize>),
) {
    let recorder = Arc::new(metrics_util::debugging::DebuggingRecorder::new());
    let snapshotter = recorder.snapshotter();
    let begun = Arc::new(AtomicUsize::new(0));
    let count = begun.clone();
    let observability = chronoscope::Observability::builder()
        .metrics(|m| m.recorder(recorder))
        .on_start(move |execution: &Execution| {
            if execution.operation().name() == "RunActivity" {
                count.fetch_add(1, Ordering::SeqCst);
            }
        })
        .build()
        .unwrap();
    (observability, (snapshotter, begun))
}

#[tokio::test]
async fn a_rate_limit_is_the_whole_workers() {
    let shared = Arc::default();
    // Its state is the service's own: with one service an activity it would limit nothing.
    let stack = ServiceBuilder::new().rate_limit(2, Duration::from_secs(1));
    let acts = vec![Act::new(Do::Pass); 5];
    let played = play(Stack::new(stack), acts, &shared, async {}).await;
    let ends = times(&played.history, EventType::ActivityTaskCompleted);
    assert_eq!(ends.len(), 5);
    let took = ends[4].duration_since(ends[0]).unwrap();
    // Two at once, two a second later, and one after another second.
    assert!(took > Duration::from_millis(1500), "{took:?}");
    assert_eq!(played.outcomes("completed"), Some(5.0));
}

/// When the events of a kind came, in order.
fn times(history: &[HistoryEvent], kind: EventType) -> Vec<SystemTime> {
    let of_kind = history.iter().filter(|event| event.event_type() == kind);
    let mut times: Vec<SystemTime> = of_kind
        .map(|event| event.event_time.unwrap().try_into().unwrap())
        .collect();
    times.sort_unstable();
    times
}

#[tokio::test]
async fn what_is_shed_is_retried_after_a_delay_of_the_stacks() {
    let shared: Arc<Shared> = Arc::default();
    let stack = ServiceBuilder::new().load_shed().concurrency_limit(1);
    let delay = Duration::from_millis(300);
    let stack = Stack::new(stack).shed_retry_delay(delay);
    let acts = vec![Act::new(Do::Wait).attempts(100); 2];
    let (observability, snapshotter) = metrics::observability();
    let options = stack.layer(worker(&unique("stage"), &shared));
    let shed = || {
        let recorded = metrics::read(&snapshotter);
        let labels = [("error_type", "Overloaded")];
        metrics::sum(&recorded, "temporal_activity_error_total", &labels).unwrap_or_default()
    };
    let meanwhile = async {
        // The snapshots take what they read, so this waits for one that has it.
        until(|| shed() > 0.0).await;
        shared.open(2);
    };
    let played = play_on(options, &observability, &snapshotter, acts, meanwhile).await;
    assert!(played.returned.iter().all(Option::is_some));
    assert_eq!(shared.most(), 1);
    let failures = played.former_failures();
    let [failure] = &failures[..] else {
        panic!("one of the two was shed: {failures:?}");
    };
    let info = application(failure);
    assert_eq!((&*info.r#type, info.non_retryable), ("Overloaded", false));
    let told: Duration = info.next_retry_delay.unwrap().try_into().unwrap();
    assert_eq!(told, delay);
}

#[tokio::test]
async fn a_buffer_and_a_stack_of_many_layers_work_as_anywhere() {
    let shared = Arc::default();
    let stack = ServiceBuilder::new()
        .buffer(16)
        .load_shed()
        .rate_limit(1000, Duration::from_secs(1))
        .timeout(Duration::from_secs(60))
        .concurrency_limit(3);
    let stack = Stack::new(stack).shed_retry_delay(Duration::from_millis(20));
    let acts = vec![Act::new(Do::Pass).attempts(1000); 10];
    let played = play(stack, acts, &shared, async {}).await;
    assert!(played.returned.iter().all(Option::is_some));
    assert!(shared.most() <= 3);
}

#[tokio::test]
async fn a_stack_is_built_once_a_worker() {
    let built = Arc::new(AtomicUsize::new(0));
    let count = built.clone();
    let counting = layer_fn(move |service| {
        count.fetch_add(1, Ordering::SeqCst);
        service
    });
    let shared = Arc::default();
    let stack = Stack::new(counting);
    let acts = vec![Act::new(Do::Pass); 8];
    let played = play(stack.clone(), acts.clone(), &shared, async {}).await;
    assert!(played.returned.iter().all(Option::is_some));
    assert_eq!(built.load(Ordering::SeqCst), 1);

    // As a plugin: options may be cloned, and each worker has a stack of its own.
    let options = worker(&unique("stage"), &shared);
    for worker in 2..4 {
        let mut options = options.clone();
        options.task_queue = unique("stage");
        stack.configure_worker_options(&mut options).unwrap();
        let (observability, snapshotter) = metrics::observability();
        let acts = acts.clone();
        play_on(options, &observability, &snapshotter, acts, async {}).await;
        assert_eq!(built.load(Ordering::SeqCst), worker);
    }
}
