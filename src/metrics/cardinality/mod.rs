//! Bounded label sets: no label value can cause a cardinality explosion.
//!
//! [`LimitCardinality`] wraps a recorder and checks each key when a handle is registered:
//!
//! | a label's value | becomes |
//! |---|---|
//! | on the allow list of [`CardinalityLimits::allow`] | itself |
//! | like an id: a UUID, a hash, eight digits or more in a row | `__other__`, with one warning |
//! | one of the first 200 of its label and metric | itself |
//! | any later one | `__other__` |
//! | longer than 1,024 bytes | `__other__` |
//!
//! A metric with 2,000 series folds all labels of further ones, one with 64 labels leaves out
//! further ones, and a process with 2,000 metrics drops further ones. Values of `namespace` and
//! `task_queue` come from the process's own configuration and may look like ids. Folded values and
//! dropped series are counted in `chronoscope_label_values_folded_total` and
//! `chronoscope_series_dropped_total`.
//!
//! # Names and values that sinks refuse
//!
//! What passes here can be served to Prometheus and sent to a collector alike:
//!
//! | recorded | becomes |
//! |---|---|
//! | names of metrics or labels that a sink does not tell apart, such as `orders.done` and `orders_done` | one, in the spelling that came first |
//! | a name that a sink would refuse, such as `_private`, `3d_prints` or 300 letters | one that both take: `private`, `metric_3d_prints`, 255 letters |
//! | a name of a metric that Prometheus makes itself, such as `up` or `target_info` | `exported_up` |
//! | a label that is reserved: `le`, `quantile`, `job`, `instance`, and what begins with `__` | `exported_le` |
//! | a label twice | once, with the later value |
//! | a metric whose name another kind of metric has, or a histogram's `…_sum`, `…_count` or `…_bucket` | not recorded: `chronoscope_series_dropped_total` |
//! | a metric whose name another one has with its unit, as Prometheus takes it from a collector: `latency_seconds` after `latency` was described in seconds | not recorded; in the other order the unit is left out |
//! | `NaN`, an infinity, and beyond 1e288 | not recorded: `chronoscope_values_refused_total` |
//!
//! Each name is warned of once, and counted in `chronoscope_names_changed_total`.
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
//! Handles are registered, and so checked, in replay as well as live.
//!
//! # Cost
//!
//! A known key costs one look-up. A kept handle costs nothing.

mod change;
mod claims;
mod counts;
mod finite;
mod grow;
mod id_like;
mod limits;
pub(super) mod names;
mod recorder;
mod seen;

pub(crate) use self::counts::Counts;
pub(super) use self::limits::NamespaceLabel;
pub use self::{
    counts::SeriesCounts,
    limits::{CardinalityLimits, InvalidNamespaceLabel},
    recorder::LimitCardinality,
};
