//! Spans, as they arrive at a collector, against what the histories tell.

mod exactly_once;
mod faults;
mod killed;
mod logical;
mod many;
mod oracle;
mod orders;
mod spans_of_users;
