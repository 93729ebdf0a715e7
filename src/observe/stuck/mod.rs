//! Why a run does not move: what is watched, and what is said about it.
//!
//! | what is seen | what is said |
//! |---|---|
//! | a run ends while handlers of its own are open | one line, with their names |
//!
//! Lines carry the ids of their run, as the run's own lines do. None has a payload.

mod builder;
mod said;

pub use self::builder::StuckBuilder;
pub(crate) use self::{
    builder::Settings,
    said::{about, names},
};
