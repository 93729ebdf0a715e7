//! How a stack and the body meet, whatever layers do with their futures.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chronoscope::activity::{ActivityBodyFuture, ActivityCall, ActivityOutput, Stack};
use tower::{Layer as _, ServiceBuilder};
use tracing::{Instrument as _, info_span};

use super::{
    layers::Journal,
    play,
    stage::{Act, Do, Shared, Troupe, until},
    worker,
};
use crate::{
    scenarios::{self, LocalActivities},
    support::{Lines, connect, end, start, unique, work},
};

#[tokio::test]
async fn a_layer_may_poll_what_is_inside_on_another_task() {
    let shared: Arc<Shared> = Arc::default();
    let journal = Journal::default();
    let noting = journal.clone();
    let stack = ServiceBuilder::new()
        .timeout(Duration::from_millis(300))
        .map_future(move |inner: ActivityBodyFuture| {
            let dropped = noting.at_drop("elsewhere");
            let inner = async move {
                let _dropped = dropped;
                inner.await
            };
            async { tokio::spawn(inner).await? }
        });
    let acts = vec![Act::new(Do::Pass), Act::new(Do::Wait)];
    let played = play(Stack::new(stack), acts, &shared, async {}).await;
    assert!(played.returned[0].is_some());
    assert_eq!(played.returned[1], None);
    assert_eq!(played.errors("Timeout"), Some(1.0));
    // The task of the one that was given up ends as well.
    until(|| journal.read().len() == 2).await;
    assert_eq!(shared.running(), 0);
}

#[tokio::test]
async fn a_layer_that_goes_on_without_the_body_has_it_dropped_first() {
    let shared: Arc<Shared> = Arc::default();
    let there = shared.clone();
    let stack = ServiceBuilder::new().map_future(move |inner: ActivityBodyFuture| {
        let there = there.clone();
        async move {
            match tokio::time::timeout(Duration::from_millis(50), inner).await {
                Ok(ended) => ended,
                Err(_) => {
                    until(|| there.running() == 0).await;
                    let output: ActivityOutput = Box::new(7usize);
                    Ok(output)
                }
            }
        }
    });
    let acts = vec![Act::new(Do::Wait)];
    let played = play(Stack::new(stack), acts, &shared, async {}).await;
    assert_eq!(played.returned, [Some(7)]);
    assert_eq!(played.outcomes("completed"), Some(1.0));
}

#[tokio::test]
async fn local_activities_go_through_the_stack_too() {
    let local = Arc::new(AtomicUsize::new(0));
    let count = local.clone();
    let stack = ServiceBuilder::new().map_request(move |call: ActivityCall| {
        count.fetch_add(usize::from(call.info().is_local), Ordering::SeqCst);
        call
    });
    let queue = unique("local");
    let options = Stack::new(stack).layer(scenarios::worker(&queue, 10));
    let client = connect(None).await;
    work(&client, options, async {
        end(&start(&client, &queue, LocalActivities::run, ()).await).await;
    })
    .await;
    assert_eq!(local.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_span_of_a_layer_is_the_bodys() {
    let lines = Lines::default();
    let _default = lines.set_default();
    let stack = ServiceBuilder::new()
        .map_future(|inner: ActivityBodyFuture| inner.instrument(info_span!("mine")));
    let queue = unique("spans");
    let options = Stack::new(stack).layer(worker(&queue, &Arc::default()));
    let client = connect(None).await;
    work(&client, options, async {
        let acts = vec![Act::new(Do::Pass)];
        end(&start(&client, &queue, Troupe::run, acts).await).await;
    })
    .await;
    let body = &lines.with_message("in the body")[0];
    assert_eq!(body["span"]["name"], "mine");
}
