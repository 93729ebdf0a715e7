//! Lines about a run, inside an execution with its ids.

use std::{fmt, sync::Arc};

use crate::{
    commit::Memory,
    execution::{Execution, Fields, Info, Replay},
    schema::Operation,
};

/// The most names on one line.
const NAMED: usize = 32;

/// Writes a line about a run, with its ids. A sink that panics at it neither ends the worker nor the
/// watch; it is counted.
pub(crate) fn about(panics: &Memory, run: &Arc<Fields>, line: impl FnOnce()) {
    let info = Info::new(Operation::RunWorkflow, run.clone());
    panics.shielded(|| Execution::new(Arc::new(info), Replay::LIVE).run(line));
}

/// Returns names as one text, the first of many and how many more there are.
pub(crate) fn names<T: fmt::Display>(all: &[T]) -> String {
    let mut text = String::new();
    for name in all.iter().take(NAMED) {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(&name.to_string());
    }
    if all.len() > NAMED {
        text.push_str(&format!(" and {} more", all.len() - NAMED));
    }
    text
}
