//! What workflow code calls.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    time::Duration,
};

use temporalio_common::RetryPolicy;
use temporalio_sdk::{
    ActivityOptions, ApplicationFailure, ChildWorkflowOptions, LocalActivityOptions,
    ParentClosePolicy, SignalWorkflowOptions, WorkflowTermination,
};

use crate::{
    activities::{MAY_HANG_MILLIS, Mistaken, Moody, Order, Pools, Tasks},
    journal::{Kind, Operation},
    program::{Body, End, Given, Policy, Step, Task, Way},
    workflow::{Context, Input, Interpreter, Message, Pace, at},
};

pub fn pace(ctx: &Context) -> Pace {
    ctx.state(|state| Pace {
        patience: state.input.patience,
        hurry: state.input.hurry,
    })
}

fn may_take(ctx: &Context, task: Task) -> Duration {
    Duration::from_millis(match task {
        Task::Hangs => MAY_HANG_MILLIS,
        _ => pace(ctx).patience,
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
        Task::Pooled => drop(ctx.execute_activity(Pools::block, order, options).await),
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
    let order = Order::new(path.clone(), task);
    let ended = ctx.execute_local_activity(Tasks::act, order, options.build());
    drop(ended.await);
    at(ctx).journal(&path, Kind::Resumed);
}

/// What a parent does with its child.
pub enum Parent {
    Waits,
    Tells(Vec<Step>),
    Retries,
    Leaves(Policy),
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
        .parent_close_policy(close_policy(&parent))
        .build();
    let messages = u32::from(matches!(parent, Parent::Tells(_)));
    let input = Input::new(body, Some(messages), pace(ctx));
    let started = ctx.start_child_workflow(Interpreter::run, input, options);
    let Ok(child) = started.await else {
        return;
    };
    if matches!(parent, Parent::Leaves(_)) {
        return;
    }
    if let Parent::Tells(steps) = parent {
        at(ctx).journal(path, Kind::Call(Operation::SignalChildWorkflow));
        let message = Message::new(0, steps, false);
        let told = child.signal(Interpreter::tell, message, SignalWorkflowOptions::default());
        drop(told.await);
    }
    drop(child.result().await);
}

fn close_policy(parent: &Parent) -> ParentClosePolicy {
    match parent {
        Parent::Leaves(Policy::Terminate) => ParentClosePolicy::Terminate,
        Parent::Leaves(Policy::Abandon) => ParentClosePolicy::Abandon,
        Parent::Leaves(Policy::RequestCancel) => ParentClosePolicy::RequestCancel,
        _ => ParentClosePolicy::Unspecified,
    }
}

/// The ids of messages from other runs follow those that a client gives.
const SHOUTED: usize = 1_000_000;

/// Signals the parent, from another run.
pub async fn shout(ctx: &Context, steps: Vec<Step>, path: &str) {
    let Some(parent) = ctx
        .info()
        .parent()
        .map(|parent| parent.workflow_id().to_owned())
    else {
        return;
    };
    at(ctx).journal(path, Kind::Call(Operation::SignalExternalWorkflow));
    // Different for each step of each run.
    let mut hash = DefaultHasher::new();
    (ctx.run_id(), path).hash(&mut hash);
    let id = SHOUTED + usize::try_from(hash.finish() % 1_000_000_000).unwrap_or_default();
    let message = Message::unexpected(id, steps);
    let parent = ctx.external_workflow(parent, None);
    let told = parent.signal(Interpreter::tell, message, SignalWorkflowOptions::default());
    drop(told.await);
}

/// Hands on what can't be converted: the call fails at once.
pub async fn unsendable(ctx: &Context, given: Given, path: &str) {
    at(ctx).journal(
        path,
        Kind::Call(match given {
            Given::Child => Operation::StartChildWorkflow,
            Given::Activity | Given::Local => Operation::StartActivity,
        }),
    );
    let order = Order::broken(path.to_owned());
    let patience = may_take(ctx, Task::Ends);
    match given {
        Given::Activity => {
            let options = ActivityOptions::start_to_close_timeout(patience);
            drop(ctx.execute_activity(Tasks::act, order, options).await);
        }
        Given::Local => {
            let options = LocalActivityOptions::builder()
                .start_to_close_timeout(patience)
                .build();
            drop(ctx.execute_local_activity(Tasks::act, order, options).await);
            at(ctx).journal(path, Kind::Resumed);
        }
        Given::Child => {
            let body = Body {
                init: Vec::new(),
                steps: Vec::new(),
                end: End::Return,
                clean_up: Vec::new(),
            };
            let mut input = Input::new(body, Some(0), pace(ctx));
            input.secret = Moody::new(true);
            let options = ChildWorkflowOptions::builder()
                .workflow_id(format!("{}/{path}", ctx.workflow_id()))
                .build();
            let started = ctx.start_child_workflow(Interpreter::run, input, options);
            drop(started.await);
        }
    }
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
