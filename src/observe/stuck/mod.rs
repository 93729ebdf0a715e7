//! Why a run does not move: what is watched, and what is said about it.
//!
//! | what is seen | what is said |
//! |---|---|
//! | a run ends while handlers of its own are open | one line, with their names |
//! | one poll of workflow code lasts | one line while it lasts, one when it ends, and a counter |
//! | a run's workflow task fails | a line at the first, the third and the tenth failure in a row, then one each hour, and a gauge |
//! | a run comes near a limit of the server | one line and a counter, at the live activation that comes near |
//!
//! Lines carry the ids of their run, as the run's own lines do. None has a payload.
//!
//! # Replay
//!
//! A handler's end, and a run's, are told once. Code that blocks is told in a replay, too, since it
//! holds its worker up all the same.
//!
//! # Cost
//!
//! A poll of workflow code stores two words; a thread of its own reads them eight times in the
//! threshold. A handler takes a place in a list of its run.

mod builder;
mod limits;
mod said;
mod watcher;

pub(crate) use self::{
    builder::Settings,
    limits::Grown,
    said::{about, names},
    watcher::Watcher,
};
pub use self::{builder::StuckBuilder, limits::Limits};
