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
use tower::{Layer as _, ServiceBuilder};

use super::{
    super::{application, stage::until},
    Block, Call, Shared, plain, play,
};
use crate::support::{Lines, unique};

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
