//! Activities: each attempt inside its execution, Tower layers around them, and blocking ones.
//!
//! # A stack of Tower layers
//!
//! [`Stack`] runs the activities of a worker through a [`tower::Service`]: a timeout, a limit, load
//! shedding, [a layer of your own](write_your_own). The stack is built once per worker and all its
//! activities go through it, so a limit applies to the whole worker.
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
//! - **One service, called in turn.** The service is not cloned per call: an attempt waits until
//!   earlier attempts were called, then for `poll_ready`, then calls. So layers that keep state in
//!   themselves, as Tower's rate limit does, need no `buffer`; and a layer that is not ready holds
//!   up all activities, as it does anywhere. Use `load_shed` to refuse instead.
//! - **Waiting counts as the activity's time.** Waiting for a stack consumes the start-to-close
//!   time, and no heartbeat is sent meanwhile. A `timeout` layer counts from the call, without the
//!   wait before it.
//! - **No retry.** A layer that retries has to clone its request, and an [`ActivityCall`] can't be
//!   cloned: the body runs once per attempt, and Temporal retries attempts by their policy. A
//!   policy for `tower::retry` that would retry does not compile:
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
//!   and neither does a stack whose policy is generic over cloneable requests:
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
//!   (A policy whose `clone_request` returns `None` compiles, as anywhere, and never retries.)
//!
//! A request through a stack must be `'static`, and the body borrows from the SDK. So the body
//! stays outside: the stack's innermost service, [`ActivityBody`], hands the input back, and the
//! interceptor's own future polls the stack and the body together. The body runs in the execution
//! of chronoscope's innermost layer, and in the `tracing` span that is current at the innermost
//! service. Task locals of a layer are not carried over. When an attempt is dropped, at a timeout
//! or because its worker ends, its body is dropped first and the stack's future after it, with the
//! permits that it holds.
//!
//! # What errors become
//!
//! The cause may be anywhere in the error's chain of sources:
//!
//! | a layer fails with | the attempt fails with |
//! |---|---|
//! | Tower's or Tokio's `Elapsed` | a retryable failure of type `Timeout` |
//! | Tower's `Overloaded` | a retryable failure of type `Overloaded`, with a [delay](Stack::shed_retry_delay) until the next attempt |
//! | [`ActivityFailed`], from the body or a layer | the `ActivityError` in it, unchanged |
//! | the SDK's `ApplicationFailure`, at the top | the same, unchanged |
//! | anything else | a retryable failure with its message; its type is the name that its `Debug` begins with, or `Error` if that is not a name |
//!
//! # Observability as layers
//!
//! [`Observability::layer`](crate::Observability::layer) observes activities from outside
//! everything else. To place logs, metrics or traces yourself, put
//! [`Observability::activity`](crate::Observability::activity) into the stack, with
//! [`only`](ActivityLayer::only) some signals, and call
//! [`without_activities`](crate::ObservabilityLayer::without_activities) on the former. Layers next
//! to each other make each signal once. With another layer in between, the order decides what each
//! one sees:
//!
//! | order | what it changes |
//! |---|---|
//! | logs outside a layer, traces inside | that layer's lines have the activity's ids and no trace id |
//! | traces outside, logs inside | they have both: either signal enters an execution |
//! | metrics or traces outside load shedding | a refused attempt counts, or has a span, as a failure of type `Overloaded`; inside, it never began |
//! | metrics or traces outside a timeout | a timed-out attempt counts, or has a span, as a failure of type `Timeout`; inside, as dropped |
//! | before or after a limit | nothing: attempts wait before the stack is called. Only [`Observability::layer`](crate::Observability::layer), outside the stack, includes that time in its span |
//!
//! # Activities that block
//!
//! An `async` activity that blocks its thread keeps all others off it. There are three remedies:
//!
//! | | runs the body | when |
//! |---|---|---|
//! | [`Pooled`] | on a thread of a bounded [`Pool`] | it blocks for long; a timeout must interrupt the attempt, or other layers must make progress |
//! | [`BlockingLayer`] | where it is polled, in `block_in_place` | registrations should stay as they are; not in a `current_thread` runtime |
//! | [`Watchdog`] | unchanged, and warns once per activity type | you do not know yet which activities block |
//!
//! A body on a pool can't be stopped: it keeps its thread until it ends, even if its attempt timed
//! out. Let it check `ActivityContext::is_cancelled`, which works on any thread, as
//! [`record_heartbeat_blocking`] does. **The wait for a thread consumes the start-to-close and the
//! heartbeat time**: keep the worker's activity slots close to the number of the pool's threads, so
//! that excess tasks wait on the server. Logs, metrics and spans on the pool's threads belong to
//! the activity.
//!
//! # Replay
//!
//! An activity is never replayed, only its result. A retried activity runs again, with a higher
//! attempt number.
//!
//! # Cost
//!
//! Data shared by all attempts of a type is made once. An attempt allocates for each of its ids,
//! its execution and, if traced, its span; a poll allocates nothing. A stack adds three allocations
//! per attempt and none per poll. Instructions per attempt are among the guide's
//! [costs](crate::guide::costs).

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
