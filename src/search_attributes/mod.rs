//! Search attributes: typed, the same in every replay, and linked to the trace.
//!
//! Search attributes let people find workflows by their content. A [`Key`] declares one once, with
//! its type: [`Text`], [`Keyword`], [`Int`], [`Double`], [`Bool`], [`Datetime`] or [`KeywordList`].
//! [`Keys::register`] creates missing ones in the namespace when the application starts, [`of`]
//! makes the attributes of a start, and [`upsert`] changes them in workflow code.
//!
//! ```
//! use std::time::SystemTime;
//!
//! use chronoscope::search_attributes::{self, Datetime, Double, Key, Keyword, KeywordList};
//!
//! const ORDER_STATUS: Key<Keyword> = Key::new("OrderStatus");
//! const ORDER_TOTAL: Key<Double> = Key::new("OrderTotal");
//! const ORDER_TAGS: Key<KeywordList> = Key::new("OrderTags");
//! const DELIVERY: Key<Datetime> = Key::new("Delivery");
//!
//! let attributes = search_attributes::of([
//!     ORDER_STATUS.set("new"),
//!     ORDER_TOTAL.set(12.5),
//!     ORDER_TAGS.set(["gift", "fragile"]),
//!     DELIVERY.set(SystemTime::UNIX_EPOCH),
//! ])?;
//! assert_eq!(ORDER_STATUS.get(&attributes)?, Some("new".to_owned()));
//!
//! // What can't be encoded is an error that names the attribute.
//! let error = search_attributes::of([ORDER_TOTAL.set(f64::NAN)]).unwrap_err();
//! assert!(error.to_string().contains("\"OrderTotal\""));
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! # The trace link
//!
//! [`SearchAttributesBuilder::link`] writes the trace's id into each run that is started, and its
//! URL into the details that Temporal's user interface shows; [`list`] leads back from a trace to
//! its workflows. [`TraceLink`] says which run gets it when. For runs without a start to write to,
//! [`upsert_trace`] and [`show_trace`] do the same from inside. A run that is not traced has no
//! link.
//!
//! # On log lines and spans
//!
//! [`SearchAttributesBuilder::mirror`] adds an attribute's value to the lines and spans of a run:
//! the value that the run started with, or the last one from [`upsert`]. The SDK's own
//! `upsert_search_attributes` has no hook, so its changes do not show.
//!
//! # Replay
//!
//! An upsert is a command: it is replay-aware by being the same in every replay, not by being
//! suppressed, and [`upsert`] decides from history alone what to skip. The trace link adds no
//! command; it only fills in options of existing commands, which replay does not compare. So a
//! history that was recorded with the link on replays with it off, and vice versa.
//!
//! # Cost
//!
//! An upsert encodes its values and reads the run's attributes, which the SDK copies at each call;
//! a skipped change saves a command. A cached run takes one allocation more. A mirrored value is
//! rendered for each line of its run; without mirrored attributes there is no cost.

mod change;
mod error;
mod key;
mod keys;
mod link;
mod list;
mod options;
mod register;
mod run;
mod size;
mod trace;
mod upsert;
mod url;

pub use self::{
    change::{Change, of},
    error::InvalidSearchAttribute,
    key::{Bool, Datetime, Double, Int, IntoValue, Key, Keyword, KeywordList, Kind, Text},
    keys::{Declared, Keys},
    link::TraceLink,
    list::list,
    options::{SearchAttributesBuilder, UpsertCounts},
    register::Unregistered,
    trace::{show_trace, upsert_trace},
    upsert::{Upsert, upsert},
    url::{InvalidTraceUrl, TraceUrl},
};
pub(crate) use self::{link::Start, options::Attributes, run::RunAttributes};
