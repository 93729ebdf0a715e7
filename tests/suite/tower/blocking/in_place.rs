//! Activities that block where they are polled: in place, refused, and reported by the watchdog.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use chronoscope::activity::{BlockingLayer, Stack, Watchdog};
use temporalio_sdk::WorkerOptions;
use tower::{Layer as _, ServiceBuilder};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt as _};

use super::{
    super::{application, stage::until},
    Block, Call, Shared, plain, play,
};
use crate::support::{Lines, moment, unique};

#[tokio::test]
async fn blocking_in_place_is_refused_where_there_is_one_thread() {
    let error = BlockingLayer::new(4).unwrap_err();
    assert!(error.to_string().contains("`current_thread`"), "{error}");

    // If the layer is made outside a runtime, the activity finds out, and fails without a retry.
    let layer = thread::spawn(|| BlockingLayer::new(4).unwrap());
    let stack = Stack::new(ServiceBuilder::new().layer(layer.join().unwrap()));
    let shared = Arc::<Shared>::default();
    let options = stack.layer(plain(&unique("place"), &shared));
    let played = play(options, vec![Call::new(Block::Not)], async {}).await;
    let [failure] = &played.failures()[..] else {
        panic!();
    };
    let info = application(failure);
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
        // Inside the stack and outside it.
        let options = watchdog.layer(plain(&unique("place"), &shared));
        watchdog.layer(Stack::new(stack).layer(options))
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

/// A layer that panics at each line, which it notes. The watchdog's thread keeps it.
struct Panics(Arc<AtomicBool>);

impl<S: Subscriber> tracing_subscriber::Layer<S> for Panics {
    fn on_event(&self, _: &Event<'_>, _: Context<'_, S>) {
        self.0.store(true, Ordering::SeqCst);
        panic!("a sink, on purpose");
    }
}

/// A worker with a watchdog whose subscriber has that layer.
fn watched(kept: &Arc<AtomicBool>, threshold: Duration, shared: &Arc<Shared>) -> WorkerOptions {
    let subscriber = tracing_subscriber::registry().with(Panics(kept.clone()));
    tracing::subscriber::with_default(subscriber, || {
        Watchdog::new(threshold).layer(plain(&unique("place"), shared))
    })
}

async fn moments() {
    for _ in 0..20 {
        moment().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watchdog_whose_sink_panics_goes_on() {
    let (kept, shared) = (Arc::<AtomicBool>::default(), Arc::<Shared>::default());
    let options = watched(&kept, Duration::from_millis(20), &shared);
    let mut keepers = 0;
    let meanwhile = async {
        until(|| kept.load(Ordering::SeqCst)).await;
        moments().await;
        keepers = Arc::strong_count(&kept);
        shared.let_go();
    };
    let calls = vec![Call::new(Block::UntilLetGo)];
    play(options, calls, meanwhile).await;
    assert_eq!(keepers, 2);
}

#[tokio::test]
async fn the_watchdog_of_a_dropped_worker_ends_at_once() {
    let kept = Arc::default();
    let options = watched(&kept, Duration::from_secs(60 * 60), &Arc::default());
    assert_eq!(Arc::strong_count(&kept), 2);
    // The thread has begun to wait by then.
    moments().await;
    drop(options);
    let ended = until(|| Arc::strong_count(&kept) == 1);
    let ended = tokio::time::timeout(Duration::from_secs(20), ended);
    assert!(ended.await.is_ok());
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
