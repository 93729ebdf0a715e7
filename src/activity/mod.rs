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

mod call;
mod heartbeat;
mod interceptor;

#[cfg(feature = "testing")]
pub(crate) use self::call::Attempt;
pub use self::heartbeat::record_heartbeat;
pub(crate) use self::interceptor::ObserveActivity;
