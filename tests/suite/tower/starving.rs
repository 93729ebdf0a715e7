//! Sixty-four activities that block for a second each, and two that must heartbeat meanwhile: on a
//! pool of sixteen threads, and on the runtime's own.

use std::{sync::Arc, thread, time::Duration};

use chronoscope::activity::{Pool, Pooled, record_heartbeat_blocking};
use temporalio_common::{
    RetryPolicy,
    protos::temporal::api::{
        enums::v1::TimeoutType,
        history::v1::{HistoryEvent, history_event::Attributes},
    },
};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityCancellationType, ActivityOptions, WorkerOptions, WorkflowCancellationToken,
    WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
    workflows::{join, join_all},
};

use super::{events, timeout};
use crate::support::{connect, end, start, unique, work};

const HEAVY: usize = 64;

struct Loads;

#[activities]
impl Loads {
    /// Blocks its thread for a second, sending heartbeats.
    #[activity(name = "heavy")]
    async fn heavy(ctx: ActivityContext, _: ()) -> Result<(), ActivityError> {
        for n in 0..10u32 {
            thread::sleep(Duration::from_millis(100));
            record_heartbeat_blocking(&ctx, n)?;
        }
        Ok(())
    }

    /// Sends heartbeats until it is cancelled.
    #[activity(name = "pulse")]
    async fn pulse(ctx: ActivityContext, _: ()) -> Result<(), ActivityError> {
        while !ctx.is_cancelled() {
            ctx.record_heartbeat(()).await?;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(ActivityError::cancelled())
    }
}

#[workflow]
#[derive(Default)]
struct Loading;

#[workflow_methods]
impl Loading {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, _: ()) -> WorkflowResult<()> {
        let ctx = &*ctx;
        let (early, late) = (
            WorkflowCancellationToken::new(),
            WorkflowCancellationToken::new(),
        );
        let pulse = |token: &WorkflowCancellationToken| {
            ctx.execute_activity(Loads::pulse, (), options(Some(token)))
        };
        let loads = async {
            let heavy = (0..HEAVY).map(|_| ctx.execute_activity(Loads::heavy, (), options(None)));
            join_all(heavy).await;
            late.cancel();
        };
        let cancelling = async {
            ctx.timer(Duration::from_millis(1500)).await;
            early.cancel();
        };
        let _ = join!(pulse(&early), pulse(&late), loads, cancelling);
        Ok(())
    }
}

fn options(token: Option<&WorkflowCancellationToken>) -> ActivityOptions {
    let once = RetryPolicy::builder().maximum_attempts(1).build();
    ActivityOptions::with_start_to_close_timeout(Duration::from_secs(300))
        .maybe_heartbeat_timeout(token.map(|_| Duration::from_secs(3)))
        .cancellation_type(ActivityCancellationType::WaitCancellationCompleted)
        .maybe_cancellation_token(token.cloned())
        .retry_policy(once)
        .do_not_eagerly_execute(true)
        .build()
}

/// Runs the loads, and returns their history.
async fn load(pool: Option<Pool>) -> Vec<HistoryEvent> {
    let queue = unique("loads");
    let mut options = WorkerOptions::new(&queue)
        .max_heartbeat_throttle_interval(Duration::from_millis(200))
        .register_activities(Loads)
        .register_workflow::<Loading>()
        .unwrap()
        .build();
    if let Some(pool) = pool {
        options.register_activity::<Pooled<loads::Heavy>>(pool.with(Arc::new(Loads)));
    }
    let client = connect(None).await;
    work(&client, options, async {
        let handle = start(&client, &queue, Loading::run, ()).await;
        end(&handle).await;
        events(&client, &handle).await
    })
    .await
}

/// The ends of the two that must heartbeat, and the number of blocking bodies that had ended when
/// the first of them was known to be cancelled.
#[derive(Debug, Default, PartialEq)]
struct Heard {
    heavy: usize,
    cancelled: usize,
    lost: usize,
    heavy_before_cancelled: Option<usize>,
}

fn heard(history: &[HistoryEvent]) -> Heard {
    let mut heard = Heard::default();
    for event in history {
        match event.attributes.as_ref().unwrap() {
            Attributes::ActivityTaskCompletedEventAttributes(_) => heard.heavy += 1,
            Attributes::ActivityTaskCanceledEventAttributes(_) => {
                heard.cancelled += 1;
                heard.heavy_before_cancelled.get_or_insert(heard.heavy);
            }
            Attributes::ActivityTaskTimedOutEventAttributes(out) => {
                let kind = timeout(out.failure.as_ref().unwrap());
                assert_eq!(kind, TimeoutType::Heartbeat);
                heard.lost += 1;
            }
            _ => {}
        }
    }
    println!("{heard:?} in {:?}", took(history));
    heard
}

fn took(history: &[HistoryEvent]) -> Duration {
    let time = |event: &HistoryEvent| std::time::SystemTime::try_from(event.event_time.unwrap());
    let (first, last) = (history.first().unwrap(), history.last().unwrap());
    let (first, last) = (time(first).unwrap(), time(last).unwrap());
    last.duration_since(first).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn on_a_pool_heartbeats_and_cancellations_are_on_time() {
    let heard = heard(&load(Some(Pool::new(16))).await);
    assert_eq!((heard.heavy, heard.cancelled, heard.lost), (HEAVY, 2, 0));
    // Asked for after a second and a half; sixty-four on sixteen threads take four.
    assert!(heard.heavy_before_cancelled.unwrap() < HEAVY, "{heard:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn without_one_they_starve() {
    let heard = heard(&load(None).await);
    assert_eq!(heard.heavy, HEAVY);
    assert!(heard.lost > 0, "{heard:?}");
}
