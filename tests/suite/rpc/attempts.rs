//! Who retries: the client, or a layer, and never both.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use chronoscope::rpc::{Retries, Stack};
use temporalio_client::{
    Connection, ConnectionOptions, RetryOptions, Url,
    tonic::{self, Status},
};
use temporalio_common::protos::temporal::api::workflowservice::v1::PollActivityTaskQueueRequest;
use tower::{ServiceBuilder, retry::budget::TpsBudget};

use super::{Passed, Script, bridged, count, measured, options, scripted};

const COUNT: &str = "CountWorkflowExecutions";
const NOWHERE: &str = "http://nowhere.invalid:1";

fn unavailable(times: usize) -> Script {
    Arc::new(Mutex::new(vec![Status::unavailable("busy"); times]))
}

fn retrying(target: &str) -> ConnectionOptions {
    let retries = RetryOptions::builder()
        .initial_interval(Duration::from_millis(1))
        .max_interval(Duration::from_millis(2))
        .max_retries(4)
        .build();
    ConnectionOptions::new(Url::parse(target).unwrap())
        .retry_options(retries)
        .build()
}

#[tokio::test]
async fn the_clients_retries_go_through_the_bridge() {
    let passed = Passed::default();
    let (observability, durations) = measured();
    let stack = Stack::new()
        .calls(passed.clone())
        .all(observability.rpc())
        .in_process(scripted(COUNT, unavailable(9)));
    let connection = bridged(&stack, retrying(NOWHERE)).await;

    let failed = count(&connection, "default").await.unwrap_err();
    assert_eq!(failed.message(), "busy");
    // Four attempts are what these options call four retries.
    assert_eq!(passed.of(COUNT), 4);
    assert_eq!(durations.of(COUNT, "UNAVAILABLE"), 4);
}

#[tokio::test]
async fn a_layers_retries_are_all_there_are() {
    let (logical, attempts) = (Passed::default(), Passed::default());
    let (observability, durations) = measured();
    let stack = Stack::new()
        .calls(logical.clone())
        .retrying(Retries::at_most(3))
        .calls(attempts.clone())
        .all(observability.rpc())
        .in_process(scripted(COUNT, unavailable(2)));
    let connection = bridged(&stack, options(NOWHERE)).await;

    count(&connection, "default").await.unwrap();
    assert_eq!((logical.of(COUNT), attempts.of(COUNT)), (1, 3));
    assert_eq!(durations.of(COUNT, "UNAVAILABLE"), 2);
    assert_eq!(durations.of(COUNT, "OK"), 1);
}

#[tokio::test]
async fn a_budget_bounds_the_retries_of_all_calls() {
    let attempts = Passed::default();
    // Three in reserve, and nothing for calls that succeed.
    let budget = TpsBudget::new(Duration::from_secs(3), 1, 0.0);
    let stack = Stack::new()
        .retrying(Retries::at_most(2).budget(budget))
        .calls(attempts.clone())
        .in_process(scripted(COUNT, unavailable(100)));
    let connection = bridged(&stack, options(NOWHERE)).await;

    for _ in 0..10 {
        count(&connection, "default").await.unwrap_err();
    }
    assert_eq!(attempts.of(COUNT), 10 + 3);
}

#[tokio::test]
async fn what_is_no_ones_luck_is_not_retried() {
    let attempts = Passed::default();
    let script = Arc::new(Mutex::new(vec![Status::invalid_argument("no")]));
    let stack = Stack::new()
        .retrying(Retries::at_most(3))
        .calls(attempts.clone())
        .in_process(scripted(COUNT, script));
    let connection = bridged(&stack, options(NOWHERE)).await;
    count(&connection, "default").await.unwrap_err();
    assert_eq!(attempts.of(COUNT), 1);
}

#[test]
fn retries_on_top_of_retries_are_refused() {
    let target = NOWHERE;
    let retries = Stack::new().retrying(Retries::at_most(3));
    let refused = retries.wrap(retrying(target)).unwrap_err();
    assert_eq!(refused.option(), "retry_options");
    assert!(refused.to_string().contains("RetryOptions::no_retries()"));
    assert!(retries.wrap(options(target)).is_ok());

    // Also where they are not said to be retries,
    for stack in [
        Stack::new().calls(Retries::at_most(3)),
        Stack::new().waits(Retries::at_most(3)),
    ] {
        let refused = stack.wrap(retrying(target)).unwrap_err();
        assert_eq!(refused.option(), "retry_options");
        assert!(stack.wrap(options(target)).is_ok());
    }

    // and where they are one of several layers, and somebody else's.
    let layers = ServiceBuilder::new()
        .layer(Passed::default())
        .layer(Retries::at_most(3));
    let refused = Stack::new().retrying(layers).wrap(retrying(target));
    assert_eq!(refused.unwrap_err().option(), "retry_options");
}

/// Even with options that retry nothing: the client's pollers have their own.
#[test]
fn retries_of_polls_are_refused() {
    for stack in [
        Stack::new().polls(Retries::at_most(3)),
        Stack::new().all(Retries::at_most(3)),
    ] {
        let refused = stack.wrap(options(NOWHERE)).unwrap_err();
        assert_eq!(refused.option(), "retry_options");
        let refused = refused.to_string();
        assert!(refused.contains("`Stack::retrying`"), "{refused}");
    }
}

/// Where they can't be seen from outside, they know themselves.
#[tokio::test]
async fn retries_leave_polls_to_the_client() {
    const POLL: &str = "PollActivityTaskQueue";
    let attempts = Passed::default();
    let hidden = ServiceBuilder::new()
        .layer(Retries::at_most(3))
        .layer(attempts.clone());
    let stack = Stack::new()
        .all(hidden)
        .in_process(scripted(POLL, unavailable(1)));
    let connection = bridged(&stack, options(NOWHERE)).await;
    let mut service = connection.workflow_service();
    let poll = tonic::Request::new(PollActivityTaskQueueRequest::default());
    let ended = service.poll_activity_task_queue(poll).await;
    assert_eq!(ended.unwrap_err().message(), "busy");
    assert_eq!(attempts.of(POLL), 1);
}

#[tokio::test]
async fn without_a_server_the_error_says_where_it_looked() {
    let stack = Stack::new();
    let options = stack.wrap(options("http://127.0.0.1:1")).unwrap();
    let error = Connection::connect(options).await.unwrap_err().to_string();
    assert!(
        error.contains("cannot connect to http://127.0.0.1:1"),
        "{error}"
    );
    assert!(error.contains("refused"), "{error}");
}
