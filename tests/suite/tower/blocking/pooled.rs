//! Activities that block on a pool.

use std::{sync::Arc, time::Duration};

use chronoscope::{
    activity::{Pool, Stack},
    testing::{Capture, expect},
};
use opentelemetry_sdk::trace::SpanData;
use temporalio_client::WorkflowCancelOptions;
use temporalio_common::protos::temporal::api::enums::v1::TimeoutType;
use tower::{Layer as _, ServiceBuilder};

use super::{
    super::{Played, events, stage::until, timeout},
    Block, Call, Calling, Shared, play, pooled,
};
use crate::{
    metrics,
    support::{connect, end, observed, start, unique, work},
};

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
    let timeouts: Vec<_> = played.failures().iter().map(timeout).collect();
    let of = |kind| timeouts.iter().filter(|timeout| **timeout == kind).count();
    let found = (of(TimeoutType::StartToClose), of(TimeoutType::Heartbeat));
    assert_eq!(found, (2, 1), "{timeouts:?}");
}

#[tokio::test]
async fn a_layers_timeout_lets_go_of_a_body_whose_thread_it_cannot_stop() {
    let (pool, shared) = (Pool::new(1), Arc::<Shared>::default());
    let stack = Stack::new(ServiceBuilder::new().timeout(Duration::from_millis(200)));
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
    let capture = Capture::new();
    let (pool, shared) = (Pool::new(2), Arc::<Shared>::default());
    let client = connect(Some(capture.observability())).await;
    let queue = unique("pool");
    let options = capture.wrap(pooled(&queue, &pool, &shared));
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
    let spans = capture.spans();
    let is_attempt = |span: &&SpanData| span.name == "RunActivity:Heavy::block";
    let span = &spans.iter().find(is_attempt).unwrap().span_context;
    let line = expect::line("blocking")
        .field("activity_type", "Heavy::block")
        .field("trace_id", span.trace_id())
        .field("span_id", span.span_id());
    capture.assert(line.once());
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
