//! Activities: one attempt, local or not, inside its execution.
//!
//! # Replay
//!
//! An activity is never replayed: only its result is. A retried activity runs again and says so by
//! its attempt.
//!
//! # Cost
//!
//! What all attempts of a type share is made once; an attempt allocates for each of its ids and for
//! its execution, with a span also for that; a poll allocates nothing.

mod call;
mod heartbeat;
mod interceptor;

#[cfg(feature = "testing")]
pub(crate) use self::call::Attempt;
pub use self::heartbeat::record_heartbeat;
pub(crate) use self::interceptor::ObserveActivity;
