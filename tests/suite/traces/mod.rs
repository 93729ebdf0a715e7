//! Spans, as they arrive at a collector, against what the histories tell.

mod exactly_once;
mod headers;
mod oracle;
