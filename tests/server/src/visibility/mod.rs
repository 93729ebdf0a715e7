//! Finding runs: the part of Temporal's query language that tests use.
//!
//! Comparisons (`=`, `!=`, `<`, `<=`, `>`, `>=`), `IN`, `NOT IN`, `BETWEEN`, `STARTS_WITH`,
//! `IS NULL`, `IS NOT NULL`, `AND`, `OR`, `NOT`, parentheses and, when counting,
//! `GROUP BY ExecutionStatus`.

mod fit;
mod parse;
mod value;

use std::cmp::Reverse;

pub(crate) use self::{
    parse::{Comparison, Filter, parse},
    value::{Value, status_name},
};
use crate::{clock::Time, run::Run};

impl Filter {
    /// The runs that both match.
    pub(crate) fn and(self, other: Self) -> Self {
        Self::And(Box::new(self), Box::new(other))
    }

    /// Whether a run is one of those that are looked for.
    pub(crate) fn matches(&self, run: &Run) -> bool {
        match self {
            Self::All => true,
            Self::And(left, right) => left.matches(run) && right.matches(run),
            Self::Or(left, right) => left.matches(run) || right.matches(run),
            Self::Not(inner) => !inner.matches(run),
            Self::IsNull(field) => Value::of(run, field) == Value::Null,
            Self::Compare(field, comparison, wanted) => {
                Value::of(run, field).fulfils(*comparison, wanted)
            }
            Self::In(field, wanted) => {
                let value = Value::of(run, field);
                wanted
                    .iter()
                    .any(|wanted| value.fulfils(Comparison::Equal, wanted))
            }
            Self::Between(field, least, most) => {
                let value = Value::of(run, field);
                value.fulfils(Comparison::NotLess, least)
                    && value.fulfils(Comparison::NotMore, most)
            }
        }
    }
}

/// A run's place in a list: open runs first, then those that closed last, then those that started
/// last.
pub(crate) type Place<'a> = (bool, Reverse<Option<Time>>, Reverse<Time>, &'a str);

/// The place of a run of this id that closed and started then.
pub(crate) fn place(closed: Option<Time>, started: Time, run_id: &str) -> Place<'_> {
    (closed.is_some(), Reverse(closed), Reverse(started), run_id)
}

/// A run's place now.
pub(crate) fn place_of(run: &Run) -> Place<'_> {
    place(run.state.closed_at, run.state.started_at, &run.run_id)
}
