//! Activities: each attempt inside its execution, Tower's layers round them, and those that block.
//!
//! # A stack of Tower's layers
//!
//! [`Stack`] runs the activities of a worker through a [`tower::Service`]: a timeout, a
//! limit, load shedding, [a layer of your own](write_your_own). The stack is built once a worker and
//! all its activities go through it, so a limit limits the worker.
//!
//! ```
//! use std::time::Duration;
//!
//! use chronoscope::{Observability, activity};
//! use temporalio_sdk::WorkerOptions;
//! use tower::ServiceBuilder;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let stack = ServiceBuilder::new()
//!     .load_shed()
//!     .concurrency_limit(8)
//!     .timeout(Duration::from_secs(30));
//! let options = activity::Stack::new(stack).wrap(WorkerOptions::new("orders").build());
//!
//! // What is around the stack sees its timeouts and refusals as ends of the activity.
//! let observability = Observability::builder().build()?;
//! let options = observability.wrap(options);
//! # let _ = options;
//! # Ok(())
//! # }
//! ```
//!
//! - **One service, called in turn.** There is no clone of the service for each call: an attempt
//!   waits until those before it were called, then for `poll_ready`, then calls. So layers that keep
//!   their state in themselves, as Tower's rate limit does, need no `buffer`; and a layer that is
//!   not ready holds up all activities, as it does anywhere. `load_shed` is what refuses instead.
//! - **The time is the activity's.** Waiting for a stack consumes the start-to-close time, and no
//!   heartbeat is sent meanwhile. A `timeout` layer counts from the call, not from the wait before.
//! - **No retry.** A layer that retries has to clone its request, and an [`ActivityCall`] can't be
//!   cloned: the body runs once an attempt, and Temporal retries attempts by their policy.
//!   A policy for `tower::retry` that would retry does not compile:
//!
//! ```compile_fail,E0308
//! use std::future::Ready;
//!
//! use chronoscope::activity::{ActivityCall, ActivityOutput};
//! use tower::{BoxError, retry::Policy};
//!
//! #[derive(Clone)]
//! struct Always;
//!
//! impl Policy<ActivityCall, ActivityOutput, BoxError> for Always {
//!     type Future = Ready<()>;
//!
//!     fn retry(
//!         &mut self,
//!         _: &mut ActivityCall,
//!         _: &mut Result<ActivityOutput, BoxError>,
//!     ) -> Option<Ready<()>> {
//!         Some(std::future::ready(()))
//!     }
//!
//!     fn clone_request(&mut self, call: &ActivityCall) -> Option<ActivityCall> {
//!         Some(call.clone()) // expected `ActivityCall`, found `&ActivityCall`
//!     }
//! }
//! ```
//!
//!   and neither does a stack with a policy for whatever can be cloned:
//!
//! ```compile_fail,E0277
//! use std::future::Ready;
//!
//! use chronoscope::activity::Stack;
//! use tower::{ServiceBuilder, retry::Policy};
//!
//! #[derive(Clone)]
//! struct Always;
//!
//! impl<R: Clone, T, E> Policy<R, T, E> for Always {
//!     type Future = Ready<()>;
//!
//!     fn retry(&mut self, _: &mut R, _: &mut Result<T, E>) -> Option<Ready<()>> {
//!         Some(std::future::ready(()))
//!     }
//!
//!     fn clone_request(&mut self, request: &R) -> Option<R> {
//!         Some(request.clone())
//!     }
//! }
//!
//! let stack = Stack::new(ServiceBuilder::new().retry(Always));
//! ```
//!
//!   (One whose `clone_request` says `None` compiles, as anywhere, and never retries.)
//!
//! What goes through a stack has to be `'static`, and the body borrows from the SDK. So the body
//! stays behind: the stack's innermost service, [`ActivityBody`], hands the input back, and the
//! interceptor's own future polls the stack and the body together: the body in the execution of the
//! innermost layer of ours, and in the `tracing` span that is current at the innermost service. Task
//! locals of a layer are not carried over. When an attempt is dropped, at a timeout or because its
//! worker ends, its body goes first and the stack's future after it, with the permits that it holds.
//!
//! # What errors become
//!
//! Wherever in an error's chain of sources it is found:
//!
//! | a layer fails with | the attempt fails with |
//! |---|---|
//! | Tower's or Tokio's `Elapsed` | a retryable failure of type `Timeout` |
//! | Tower's `Overloaded` | a retryable failure of type `Overloaded`, with a [delay](Stack::shed_retry_delay) until the next attempt |
//! | [`ActivityFailed`]: the body's error, or a layer's | the `ActivityError` in it, unchanged |
//! | the SDK's `ApplicationFailure`, at the top | the same, unchanged |
//! | anything else | a retryable failure with its message, and the name that its `Debug` begins with for its type: `Error` if that is no name |
//!
//! # Ours are layers too
//!
//! [`Observability::layer`](crate::Observability::layer) observes activities from outside of
//! everything. To have logs, metrics or traces in a place of your own, stack
//! [`Observability::activity`](crate::Observability::activity), with
//! [`only`](ActivityLayer::only) some signals, and take the former
//! [`without_activities`](crate::ObservabilityLayer::without_activities). What stands side by side
//! fuses into one. With something in between, the order says who sees it:
//!
//! | order | what it changes |
//! |---|---|
//! | logs outside of a layer, traces inside | what that layer logs has the activity's ids and no trace id |
//! | traces outside, logs inside | it has both: an execution comes with either |
//! | metrics or traces outside of load shedding | what is refused counts, or has a span, as a failure of type `Overloaded`; inside, it was never begun |
//! | metrics or traces outside of a timeout | what is given up counts, or has a span, as a failure of type `Timeout`; inside, as dropped |
//! | before or after a limit | nothing: attempts stand in line before the stack is called. Only [`Observability::layer`](crate::Observability::layer), outside of the stack, has that time in its span |
//!
//! # Activities that block
//!
//! An `async` activity that blocks its thread keeps it from all the others. Three remedies:
//!
//! | | runs the body | when |
//! |---|---|---|
//! | [`Pooled`] | on a thread of a [`Pool`] of so many | it blocks for long; a timeout has to interrupt the attempt, or other layers have to go on |
//! | [`BlockingLayer`] | where it is polled, in `block_in_place` | nothing is to be registered anew; not in a `current_thread` runtime |
//! | [`Watchdog`] | as it is, and warns once an activity type | you do not know yet |
//!
//! A body on a pool can't be stopped: it keeps its thread until it ends, though its attempt timed
//! out. Let it ask `ActivityContext::is_cancelled`, which works on any thread, as
//! [`record_heartbeat_blocking`] does. **The wait for a thread consumes the start-to-close and the
//! heartbeat time**: keep the worker's slots for activities close to the pool's threads, so that
//! what has to wait waits on the server. Logs, metrics and spans on the pool's threads are those of
//! the activity.
//!
//! # Replay
//!
//! An activity is never replayed: only its result is. A retried activity runs again and says so by
//! its attempt.
//!
//! # Cost
//!
//! What all attempts of a type share is made once; an attempt allocates for each of its ids and for
//! its execution, with a span also for that; a poll allocates nothing. Going through a stack
//! adds three allocations an attempt and none a poll. In instructions an attempt, by
//! `tests/bench/stacks`: 557 with no stack, 4,470 with one of no layers, 5,780 with Tower's load
//! shedding, limit and timeout, 8,550 with ten layers. Our logs, metrics and traces side by side take
//! 15,200, and 18,700 where other layers keep them apart.

mod blocking;
mod call;
mod error;
mod future;
mod heartbeat;
mod interceptor;
mod layer;
mod service;
mod stack;
mod watchdog;
#[doc = include_str!("write_your_own.md")]
pub mod write_your_own {}

#[cfg(feature = "__unwired")]
pub(crate) use self::call::Attempt;
pub(crate) use self::interceptor::ObserveActivity;
#[cfg(feature = "__unwired")]
pub(crate) use self::stack::RunStack;
pub use self::{
    blocking::{
        Blocking, BlockingFuture, BlockingLayer, CurrentThreadRuntime, OnPool, Pool, Pooled,
    },
    error::ActivityFailed,
    future::ActivityFuture,
    heartbeat::{record_heartbeat, record_heartbeat_blocking},
    layer::ActivityLayer,
    service::Activity,
    stack::{ActivityBody, ActivityBodyFuture, ActivityCall, ActivityOutput, Stack},
    watchdog::Watchdog,
};
