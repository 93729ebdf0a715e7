//! Activities: one attempt, local or not, inside its execution.
//!
//! # Replay
//!
//! An activity is never replayed: only its result is. A retried activity runs again and says so by
//! its attempt.
//!
//! # Cost
//!
//! One allocation a field and one for the execution, an attempt; none a poll.

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

#[cfg(feature = "testing")]
pub(crate) use self::call::Attempt;
pub(crate) use self::interceptor::ObserveActivity;
pub use self::{
    blocking::{
        Blocking, BlockingFuture, BlockingLayer, CurrentThreadRuntime, OnPool, Pool, Pooled,
    },
    error::ActivityFailed,
    future::ActivityFuture,
    heartbeat::{record_heartbeat, record_heartbeat_blocking},
    layer::ActivityLayer,
    service::Activity,
    stack::{ActivityBody, ActivityBodyFuture, ActivityCall, ActivityOutput, ActivityStack},
    watchdog::Watchdog,
};
