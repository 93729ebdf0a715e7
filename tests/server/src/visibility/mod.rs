//! Finding runs: the part of Temporal's query language that tests use.
//!
//! Comparisons (`=`, `!=`, `<`, `<=`, `>`, `>=`), `IN`, `NOT IN`, `BETWEEN`, `STARTS_WITH`,
//! `IS NULL`, `IS NOT NULL`, `AND`, `OR`, `NOT`, parentheses and, when counting,
//! `GROUP BY ExecutionStatus`.

mod fit;
mod parse;
mod value;

use std::cmp::Ordering;

pub(crate) use self::parse::{Filter, parse};
pub(crate) use self::value::status_name;
use self::{parse::Comparison, value::Value};
use crate::run::Run;

impl Filter {
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

/// Open runs first, then those that closed last, then those that started last.
pub(crate) fn order(a: &Run, b: &Run) -> Ordering {
    let closed = |run: &Run| run.state.closed_at;
    let by_close = match (closed(a), closed(b)) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
        (Some(a), Some(b)) => b.cmp(&a),
    };
    by_close
        .then_with(|| b.state.started_at.cmp(&a.state.started_at))
        .then_with(|| a.run_id.cmp(&b.run_id))
}
