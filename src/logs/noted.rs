//! Lines of workflow code, noted so that another attempt at their task does not emit them again.

use std::{
    fmt::{self, Write},
    hash::{DefaultHasher, Hash, Hasher},
    panic::{AssertUnwindSafe, catch_unwind},
};

use tracing::{
    Event,
    field::{Field, Visit},
};

use crate::{
    commit::{Kind, note},
    execution::{Line, current_replay, decide},
};

/// Returns whether an event is emitted: no earlier attempt at its workflow task has emitted it.
/// `filter` identifies the filter among those that see the same event.
#[inline]
pub(super) fn is_new(event: &Event<'_>, filter: u32) -> bool {
    !current_replay().notes() || decide(event.metadata(), filter, || hash(event), noted)
}

/// Returns the hash of an event's place in the code and of its text. Of a value that panics it has what
/// came before: its line is lost where it is written, and the task goes on.
fn hash(event: &Event<'_>) -> u64 {
    let mut text = Text(DefaultHasher::new());
    event.metadata().callsite().hash(&mut text.0);
    let _ = catch_unwind(AssertUnwindSafe(|| event.record(&mut text)));
    text.0.finish()
}

/// Notes an event in its routine.
fn noted(text: u64) -> Option<(Line, bool)> {
    let (routine, noted) = note(Kind::Text, text)?;
    let line = Line {
        task: noted.task,
        routine,
        number: noted.number,
        may_repeat: noted.may_repeat,
    };
    Some((line, noted.is_new))
}

/// The hash of an event's text.
struct Text(DefaultHasher);

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}

impl Visit for Text {
    fn record_debug(&mut self, _: &Field, value: &dyn fmt::Debug) {
        // A value that can't be formatted fails its line, too.
        let _ = write!(self, "{value:?}");
        self.0.write_u8(0);
    }

    fn record_str(&mut self, _: &Field, value: &str) {
        value.hash(&mut self.0);
    }

    fn record_i64(&mut self, _: &Field, value: i64) {
        self.0.write_i64(value);
    }

    fn record_u64(&mut self, _: &Field, value: u64) {
        self.0.write_u64(value);
    }

    fn record_f64(&mut self, _: &Field, value: f64) {
        self.0.write_u64(value.to_bits());
    }

    fn record_bool(&mut self, _: &Field, value: bool) {
        self.0.write_u8(value.into());
    }
}
