//! Bounded label sets: whatever a label is given, the number of series stays small.
//!
//! [`LimitCardinality`] wraps a recorder and looks at each key when a handle is registered:
//!
//! | a label's value | becomes |
//! |---|---|
//! | on the allow list of [`CardinalityLimits::allow`] | itself |
//! | like an id: a UUID, a hash, eight digits or more in a row | `__other__`, and is warned of once |
//! | one of the first 200 of its label and metric | itself |
//! | any later one | `__other__` |
//!
//! A metric that has 2,000 series folds all labels of further ones, and a process that has 2,000
//! metrics drops further ones. Values of `namespace` and `task_queue` come from the process's own
//! configuration and may look as they like. What was folded or dropped is counted in
//! `chronoscope_label_values_folded` and `chronoscope_series_dropped`.
//!
//! ```
//! use chronoscope::metrics::{CardinalityLimits, LimitCardinality};
//! use metrics::NoopRecorder;
//!
//! let recorder = LimitCardinality::new(NoopRecorder, CardinalityLimits::default());
//! # let _ = recorder;
//! ```
//!
//! # Replay
//!
//! Handles are registered, and so looked at, in replay as live.
//!
//! # Cost
//!
//! A key that was seen before costs one look-up. A handle that is kept costs nothing.

mod id_like;
mod limits;
mod recorder;
mod seen;

pub(crate) use self::recorder::FoldCounts;
pub use self::{
    limits::CardinalityLimits,
    recorder::{LimitCardinality, SeriesCounts},
};
