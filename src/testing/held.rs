//! Captured lines, at once or when their workflow task is accepted.

use std::{mem, sync::Arc};

use super::{line::Line, sink::Sink};
use crate::{
    commit::{Kind, Lane, Marks, emit_each, holding},
    execution::current_replay,
};

/// Captures a line, or holds it where lines are held now.
pub(super) fn emit(sink: &Arc<Sink>, line: Line) {
    if !current_replay().holds() {
        return sink.line(line);
    }
    let mut held = Some(line);
    holding(Kind::Text, |ledger| {
        let is_it = |lane: &Lines| Arc::ptr_eq(&lane.sink, sink);
        let make = || Lines {
            sink: sink.clone(),
            lines: Vec::new(),
        };
        let bytes = held.as_ref().map_or(0, |line| line.message.len());
        ledger.push(mem::size_of::<Line>() + bytes, is_it, make, |lane| {
            lane.lines.extend(held.take());
        });
    });
    if let Some(line) = held {
        sink.line(line);
    }
}

/// The lines of a workflow task for one sink.
struct Lines {
    sink: Arc<Sink>,
    lines: Vec<Line>,
}

impl Lane for Lines {
    fn kind(&self) -> Kind {
        Kind::Text
    }

    fn len(&self) -> usize {
        self.lines.len()
    }

    fn release(self: Box<Self>, marks: &Marks) {
        let marks = marks.fields();
        emit_each(self.lines, |mut line| {
            let marks = marks
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.to_string()));
            line.added.extend(marks);
            self.sink.line(line);
        });
    }
}
