//! The lanes in which held signals wait: one per sink of lines, and one for each other kind.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

use super::{Answer, Marks};

/// The kind of a held signal, by which it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A line, or a log record for collectors.
    Text,
    /// A recording of a metric.
    Recording,
    /// The start or the end of a span, a hook, or a count of chronoscope's own.
    End,
}

/// Held signals of one kind, in the order in which they came.
pub(crate) trait Lane: Any + Send {
    /// Returns the kind of its signals.
    fn kind(&self) -> Kind;

    /// Returns the number of its signals.
    fn len(&self) -> usize;

    /// Emits its signals.
    fn release(self: Box<Self>, marks: &Marks);
}

/// Releases a signal of workflow code.
pub(super) type Release = Box<dyn FnOnce(Answer) + Send>;

/// Spans, counts and hooks that the SDK has settled.
#[derive(Default)]
pub(super) struct Ends(pub(super) Vec<(Release, Answer)>);

impl Lane for Ends {
    fn kind(&self) -> Kind {
        Kind::End
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn release(self: Box<Self>, _: &Marks) {
        emit_each(self.0, |(release, answer)| release(answer));
    }
}

/// Emits signals one by one. If the sink panics at one, it gets the others all the same, before the
/// panic goes on.
pub(crate) fn emit_each<T>(signals: impl IntoIterator<Item = T>, mut emit: impl FnMut(T)) {
    let mut panic = None;
    for signal in signals {
        let emitted = catch_unwind(AssertUnwindSafe(|| emit(signal)));
        panic = emitted.err().or(panic);
    }
    if let Some(panic) = panic {
        resume_unwind(panic);
    }
}
