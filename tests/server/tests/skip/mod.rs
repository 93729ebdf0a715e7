//! Time skipping.

mod changed;
mod children;
mod stretch;

use std::time::{Duration, Instant, SystemTime};

use chronoscope_testserver::{GlobalClock, TestServer};
use temporalio_client::tonic::{Code, Request};
use temporalio_common::protos::temporal::api::{
    common::v1::TimeSkippingConfig,
    testservice::v1::{LockTimeSkippingRequest, SleepRequest, UnlockTimeSkippingRequest},
};

use crate::{
    sdk::{Chain, Sleeper, end, start, within, work},
    support::{World, activity, complete, connect, millis, shape, timer},
};

const YEAR: u64 = 365 * 86_400;

#[tokio::test(flavor = "multi_thread")]
async fn a_year_ends_in_under_a_second_and_runs_do_not_disturb_each_other() {
    let server = TestServer::builder().auto_skip().start().await;
    work(connect(&server).await, 100, async |client| {
        let began = Instant::now();
        let year = start(&client, Sleeper::run, "year", YEAR).await;
        let day = start(&client, Sleeper::run, "day", 86_400).await;
        assert_eq!(end(&year).await, YEAR);
        assert_eq!(end(&day).await, 86_400);
        assert!(
            began.elapsed() < Duration::from_secs(1),
            "{:?}",
            began.elapsed()
        );
    })
    .await;
    let world = World::new(connect(&server).await, "day");
    let ended = |id: &'static str| {
        let world = world.clone();
        async move {
            let info = world
                .describe_id(id, "")
                .await
                .workflow_execution_info
                .unwrap();
            info.close_time.unwrap().seconds - info.start_time.unwrap().seconds
        }
    };
    let (year, day) = (ended("year").await, ended("day").await);
    assert!((YEAR as i64..YEAR as i64 + 5).contains(&year), "{year}");
    assert!((86_400..86_405).contains(&day), "{day}");
    // The server's own clock did not move.
    assert!(server.now() < SystemTime::now() + Duration::from_secs(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn children_retries_and_continued_runs_skip_too() {
    let server = TestServer::builder().auto_skip().start().await;
    let began = Instant::now();
    work(connect(&server).await, 0, async |client| {
        within(Duration::from_secs(20), async {
            end(&start(&client, Chain::run, "chain", 2).await).await;
        })
        .await;
    })
    .await;
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    let world = World::new(connect(&server).await, "chain");
    let info = world.describe().await.workflow_execution_info.unwrap();
    let last = info.close_time.unwrap().seconds;
    let first = world
        .describe_id("chain-child-2", "")
        .await
        .workflow_execution_info
        .unwrap();
    // Three days; what the children slept is their own time.
    assert!(last - first.start_time.unwrap().seconds >= 3 * 86_400);
}

#[tokio::test(flavor = "multi_thread")]
async fn time_is_real_unless_asked_for() {
    let server = TestServer::start().await;
    let world = World::new(connect(&server).await, "real");
    world.start().await;
    world.turn(vec![timer("1", 3_600_000)]).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(world.history().await.len(), 5);
    // Until a test moves the clock itself.
    server.skip(Duration::from_secs(3600));
    let task = world.turn(vec![complete("done")]).await;
    assert_eq!(task.attempt, 1);
    assert!(server.now() > SystemTime::now() + Duration::from_secs(3500));
}

fn skipping() -> Option<TimeSkippingConfig> {
    Some(TimeSkippingConfig {
        enabled: true,
        ..Default::default()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn one_run_skips_and_says_so() {
    let server = TestServer::start().await;
    let world = World::new(connect(&server).await, "skips");
    world
        .start_with(|request| request.time_skipping_config = skipping())
        .await;
    world.turn(vec![timer("1", 3_600_000)]).await;
    world.turn(vec![complete("done")]).await;
    let events = world.history().await;
    let kinds = shape(&events);
    assert_eq!(
        kinds[5], "WorkflowExecutionTimeSkippingTransitioned",
        "{kinds:?}"
    );
    assert_eq!(kinds[6], "TimerFired", "{kinds:?}");
    assert!(events[5].worker_may_ignore);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_skipped_while_work_is_under_way() {
    let server = TestServer::builder().auto_skip().start().await;
    let world = World::new(connect(&server).await, "busy");
    world.start().await;
    world
        .turn(vec![timer("1", 3_600_000), activity("a", |_| ())])
        .await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(
        world.history().await.len(),
        6,
        "the activity waits for its worker"
    );
    let task = world.poll_activity().await;
    assert_eq!(world.history().await.len(), 6, "a worker has it");
    world.complete_activity(&task, "out").await.unwrap();
    world.turn(vec![]).await;
    let task = world.turn(vec![complete("done")]).await;
    let kinds = shape(&task.history.unwrap().events);
    assert!(kinds.contains(&"TimerFired".to_owned()), "{kinds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn backoffs_and_delays_are_skipped() {
    let server = TestServer::builder().auto_skip().start().await;
    let world = World::new(connect(&server).await, "delayed");
    world
        .start_with(|request| request.workflow_start_delay = millis(3_600_000))
        .await;
    world
        .turn(vec![activity("a", |activity| {
            activity.retry_policy = Some(
                temporalio_common::protos::temporal::api::common::v1::RetryPolicy {
                    initial_interval: millis(3_600_000),
                    ..Default::default()
                },
            );
        })])
        .await;
    let task = world.poll_activity().await;
    let failure = crate::support::application_failure("once", "Once", false);
    world.fail_activity(&task, failure).await.unwrap();
    let task = world.poll_activity().await;
    assert_eq!(task.attempt, 2);
    world.complete_activity(&task, "out").await.unwrap();
    world.turn(vec![complete("done")]).await;
    let events = world.history().await;
    let at = |n: usize| events[n].event_time.as_ref().unwrap().seconds;
    assert!(at(events.len() - 1) - at(0) >= 7200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_timeout_is_skipped_to() {
    let server = TestServer::builder().auto_skip().start().await;
    let world = World::new(connect(&server).await, "times-out");
    world
        .start_with(|request| request.workflow_run_timeout = millis(3_600_000))
        .await;
    world.turn(vec![]).await;
    let kinds = shape(&world.history().await);
    assert_eq!(kinds.last().unwrap(), "WorkflowExecutionTimedOut");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_clock_for_all_is_driven_by_the_test_service() {
    let server = TestServer::builder()
        .global_skip(GlobalClock::Unlocked)
        .start()
        .await;
    let connection = connect(&server).await;
    let mut service = connection.test_service();
    let world = World::new(connection.clone(), "global");
    let refused = world
        .try_start(|request| request.time_skipping_config = skipping())
        .await;
    assert_eq!(refused.unwrap_err().code(), Code::InvalidArgument);

    service
        .lock_time_skipping(Request::new(LockTimeSkippingRequest {}))
        .await
        .unwrap();
    world.start().await;
    world.turn(vec![timer("1", 3_600_000)]).await;
    assert_eq!(world.history().await.len(), 5, "time is locked");

    let sleep = |seconds: u64| SleepRequest {
        duration: millis(seconds * 1000),
    };
    service
        .unlock_time_skipping_with_sleep(Request::new(sleep(1800)))
        .await
        .unwrap();
    assert_eq!(world.history().await.len(), 5, "half of it");
    service
        .unlock_time_skipping(Request::new(UnlockTimeSkippingRequest {}))
        .await
        .unwrap();
    world.turn(vec![complete("done")]).await;
    let now = service.get_current_time(Request::new(())).await.unwrap();
    let now = now.into_inner().time.unwrap().seconds;
    let real = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let ahead = now - i64::try_from(real).unwrap();
    assert!((3590..3700).contains(&ahead), "{ahead}");
    let unbalanced = service
        .unlock_time_skipping(Request::new(UnlockTimeSkippingRequest {}))
        .await;
    assert!(unbalanced.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_test_service_needs_the_one_clock() {
    let server = TestServer::start().await;
    let mut service = connect(&server).await.test_service();
    let locked = service
        .lock_time_skipping(Request::new(LockTimeSkippingRequest {}))
        .await;
    assert_eq!(locked.unwrap_err().code(), Code::FailedPrecondition);
}
