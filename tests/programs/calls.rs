//! What workflow code calls.

use std::time::Duration;

use temporalio_common::RetryPolicy;
use temporalio_sdk::{
    ActivityOptions, ApplicationFailure, ChildWorkflowOptions, LocalActivityOptions,
    SignalWorkflowOptions, WorkflowTermination,
};

use crate::{
    activities::{MAY_HANG_MILLIS, Mistaken, Order, Tasks},
    journal::{Kind, Operation},
    program::{Body, Step, Task, Way},
    workflow::{Context, Input, Interpreter, Message, at},
};

pub fn patience(ctx: &Context) -> u64 {
    ctx.state(|state| state.input.patience)
}

fn may_take(ctx: &Context, task: Task) -> Duration {
    Duration::from_millis(match task {
        Task::Hangs => MAY_HANG_MILLIS,
        _ => patience(ctx),
    })
}

fn retries(task: Task) -> RetryPolicy {
    let attempts = match task {
        Task::Fails(times) | Task::Moody(times) => times + 1,
        _ => 2,
    };
    RetryPolicy::builder()
        .initial_interval(Duration::from_millis(20))
        .maximum_attempts(attempts)
        .build()
}

pub async fn activity(ctx: &Context, task: Task, path: String) {
    at(ctx).journal(&path, Kind::Call(Operation::StartActivity));
    let options = ActivityOptions::with_start_to_close_timeout(may_take(ctx, task))
        .retry_policy(retries(task))
        .build();
    let order = Order::new(path, task);
    match task {
        // Its failure is the program's choice.
        Task::Mistaken => drop(ctx.execute_activity(Mistaken::act, order, options).await),
        _ => drop(ctx.execute_activity(Tasks::act, order, options).await),
    }
}

pub async fn local(ctx: &Context, task: Task, path: String) {
    at(ctx).journal(&path, Kind::Call(Operation::StartActivity));
    if let Task::Fails(times @ 2..) = task {
        (0..times).for_each(|_| drop(at(ctx).journal(&path, Kind::Backoff)));
    }
    let options = LocalActivityOptions::builder()
        .start_to_close_timeout(may_take(ctx, task))
        .retry_policy(retries(task));
    // Every second failure waits for its next attempt on a server timer.
    let options = match task {
        Task::Fails(2..) => options.timer_backoff_threshold(Duration::from_millis(1)),
        _ => options.timer_backoff_threshold(Duration::from_secs(1)),
    };
    let order = Order::new(path, task);
    let ended = ctx.execute_local_activity(Tasks::act, order, options.build());
    drop(ended.await);
}

/// What a parent does with its child.
pub enum Parent {
    Waits,
    Tells(Vec<Step>),
    Retries,
}

pub async fn child(ctx: &Context, body: Body, parent: Parent, path: &str) {
    at(ctx).journal(path, Kind::Call(Operation::StartChildWorkflow));
    let id = format!("{}/{path}", ctx.workflow_id());
    let again = RetryPolicy::builder()
        .initial_interval(Duration::from_millis(50))
        .maximum_attempts(2)
        .build();
    let options = ChildWorkflowOptions::builder()
        .workflow_id(id)
        .maybe_retry_policy(matches!(parent, Parent::Retries).then_some(again))
        .build();
    let messages = u32::from(matches!(parent, Parent::Tells(_)));
    let input = Input::new(body, Some(messages), patience(ctx));
    let started = ctx.start_child_workflow(Interpreter::run, input, options);
    let Ok(child) = started.await else {
        return;
    };
    if let Parent::Tells(steps) = parent {
        at(ctx).journal(path, Kind::Call(Operation::SignalChildWorkflow));
        let message = Message::new(0, steps, false);
        let told = child.signal(Interpreter::tell, message, SignalWorkflowOptions::default());
        drop(told.await);
    }
    drop(child.result().await);
}

/// Fails by an error that quotes what an activity returned.
pub async fn mistaken(ctx: &Context, way: Way) -> WorkflowTermination {
    let options = ActivityOptions::start_to_close_timeout(may_take(ctx, Task::Mistaken));
    let order = Order::new("end".to_owned(), Task::Mistaken);
    at(ctx).journal("end", Kind::Call(Operation::StartActivity));
    let ended = ctx.execute_activity(Mistaken::act, order, options).await;
    let Err(error) = ended else {
        return ApplicationFailure::non_retryable("it was a number").into();
    };
    let error = match way {
        Way::Failure => return ApplicationFailure::non_retryable(error).into(),
        Way::Context => anyhow::Error::from(error).context("cannot read it"),
        Way::Formatted => anyhow::anyhow!("cannot read it: {error:#}"),
    };
    ApplicationFailure::non_retryable(error).into()
}
