//! The line that workflow code is emitting on this thread, by its place in the run.

use std::{
    cell::{Cell, RefCell},
    fmt, ptr,
};

use tracing::Metadata;

use super::current::is_first_decided;

/// The place of a line among those of its run, the same whoever executes the run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    /// The start of the last task before its own, by its event's id.
    pub(crate) task: i64,
    /// The routine, numbered in its run.
    pub(crate) routine: u32,
    /// Its number among the lines of the routine in that task.
    pub(crate) number: u32,
    /// Whether another process may have emitted it.
    pub(crate) may_repeat: bool,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.routine, self.number)
    }
}

/// The event that filters decide on.
#[derive(Clone, Copy)]
struct Decided {
    metadata: *const Metadata<'static>,
    /// The filters that have seen it, as a set. The last bit is that of many.
    seen: u64,
    /// The hash of its text.
    text: u64,
    line: Option<Line>,
    is_new: bool,
}

thread_local! {
    static NOW: Cell<Decided> = const {
        Cell::new(Decided {
            metadata: ptr::null(),
            seen: 0,
            text: 0,
            line: None,
            is_new: true,
        })
    };
    /// The filters without a bit of their own that have seen the event, if the last bit is set.
    static MANY: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

/// The place of the bit that all filters from this number on share.
const LAST: u32 = u64::BITS - 1;

impl Decided {
    fn is_seen_by(&self, filter: u32) -> bool {
        let is_seen = self.seen & 1 << filter.min(LAST) != 0;
        is_seen && (filter < LAST || MANY.with_borrow(|many| many.contains(&filter)))
    }

    fn now_seen_by(mut self, filter: u32) -> Self {
        if filter >= LAST {
            MANY.with_borrow_mut(|many| {
                if self.seen & 1 << LAST == 0 {
                    many.clear();
                }
                many.push(filter);
            });
        }
        self.seen |= 1 << filter.min(LAST);
        self
    }
}

/// Decides once per event whether it is emitted, whatever the number of filters that see it. A filter
/// that sees the same metadata again, or sees it in another poll, sees another event; and so does one
/// that did not see an event which is left out, unless both have the same text.
pub(crate) fn decide(
    metadata: &'static Metadata<'static>,
    filter: u32,
    text: impl Fn() -> u64,
    note: impl FnOnce(u64) -> Option<(Line, bool)>,
) -> bool {
    let now = NOW.get();
    let is_same = !is_first_decided()
        && ptr::eq(now.metadata, metadata)
        && !now.is_seen_by(filter)
        && (now.is_new || now.text == text());
    if is_same {
        NOW.set(now.now_seen_by(filter));
        return now.is_new;
    }
    let text = text();
    let noted = note(text);
    let is_new = noted.is_none_or(|(_, is_new)| is_new);
    let decided = Decided {
        metadata,
        seen: 0,
        text,
        line: noted.map(|(line, _)| line),
        is_new,
    };
    NOW.set(decided.now_seen_by(filter));
    is_new
}

/// Returns the place of the line that is being emitted, if it has this metadata.
pub(crate) fn emitting(metadata: Option<&'static Metadata<'static>>) -> Option<Line> {
    let now = NOW.get();
    let is_it = metadata.is_none_or(|metadata| ptr::eq(now.metadata, metadata));
    now.line.filter(|_| is_it)
}
