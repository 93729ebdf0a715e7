//! The format that adds the execution's fields to each line.

use std::{
    cell::Cell,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tracing::{Event, Subscriber};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

use super::{Layout, Splice, added::Added, hide::without_payloads, suffix::Style};

/// A format that adds the fields of the current execution to every line.
///
/// It wraps any of the formats of [`fmt`](mod@tracing_subscriber::fmt), full, compact, pretty or
/// JSON:
///
/// ```
/// use chronoscope::logs::ExecutionFormat;
/// use tracing_subscriber::fmt;
///
/// let console = fmt::layer::<tracing_subscriber::Registry>()
///     .map_event_format(ExecutionFormat::new);
/// let file = fmt::layer::<tracing_subscriber::Registry>()
///     .json()
///     .map_event_format(ExecutionFormat::new);
/// # drop((console, file));
/// ```
///
/// The fields are flat, under the names of [`Field::log_name`](crate::schema::Field::log_name):
/// `namespace`, `task_queue`, `workflow_id`, `run_id`, `workflow_type`, `attempt`; in activities
/// `activity_id`, `activity_type` and `is_local`; in handlers `signal_name`, `query_name`,
/// `update_name` and `update_id`; in workflow code also `workflow_task` and `task_line`, the
/// [place](crate::guide::emission) of the line in its run. With traces on, the `trace_id` and `span_id` of the innermost
/// span follow, also outside any execution. If an event has a field of the same name on the same
/// level, the event's own wins; the JSON format keeps an event's fields apart unless it flattens
/// them.
///
/// A format of one line an event keeps to that: line breaks in texts are escaped. The pretty format
/// shows texts as they are, so that one of several lines may look like another event.
///
/// Lines of the SDK and its core have no payloads: a field that may hold one shows as `…`, and a
/// text that may quote one is cut off before it.
#[derive(Clone, Debug)]
pub struct ExecutionFormat<F> {
    plain: F,
    coloured: F,
    clashing: Clashing,
    failures: Tally,
}

/// How an event's field is written that has the name of one that is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clashing {
    /// It stays, and the other one is left out.
    Wins,
    /// The format has given it another name.
    IsRenamed,
}

/// Counts what happened to events.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally(Arc<AtomicU64>);

impl Tally {
    pub(super) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl<F: Splice> ExecutionFormat<F> {
    /// Wraps a format. The layer decides about ANSI escapes, as usual.
    pub fn new(format: F) -> Self {
        Self {
            plain: format.clone().ansi(false),
            coloured: format.ansi(true),
            clashing: Clashing::Wins,
            failures: Tally::default(),
        }
    }

    /// Counts failures there.
    pub(super) fn counted_by(self, failures: Tally) -> Self {
        Self { failures, ..self }
    }

    /// Expects the format to rename fields whose names are added.
    pub(super) fn over_renamed(self) -> Self {
        let clashing = Clashing::IsRenamed;
        Self { clashing, ..self }
    }
}

thread_local! {
    static BUFFER: Cell<String> = const { Cell::new(String::new()) };
}

impl<S, N, F> FormatEvent<S, N> for ExecutionFormat<F>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
    F: FormatEvent<S, N> + Splice,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let style = Style {
            layout: F::LAYOUT,
            ansi: writer.has_ansi_escapes(),
        };
        let format = if style.ansi {
            &self.coloured
        } else {
            &self.plain
        };
        // A format can't see the writer's current content, so the line is made here and written at
        // once. That also keeps half a line out of the layer's buffer if a value's `Debug` panics.
        // An event that is logged while this one is formatted finds an empty buffer.
        let mut line = BUFFER.take();
        line.clear();
        let added = Added::now(event.metadata());
        let formatted = without_payloads(event, |event| {
            format.format_event(context, Writer::new(&mut line), event)
        });
        if formatted.is_err() {
            // The layer drops the event without a word.
            self.failures.add();
        }
        let written = formatted.and_then(|()| {
            if style.layout == Layout::Line {
                keep_one_line(&mut line);
            }
            splice(&mut line, &added, style, event, self.clashing);
            writer.write_str(&line)
        });
        BUFFER.set(line);
        written
    }
}

/// Escapes what would end the line early, so that no text can pass for a line of its own.
fn keep_one_line(line: &mut String) {
    const BREAKS: [char; 2] = ['\n', '\r'];
    let text = line.strip_suffix('\n').unwrap_or(line);
    if text.contains(BREAKS) {
        let escaped = text.replace('\n', "\\n").replace('\r', "\\r");
        *line = escaped + "\n";
    }
}

/// Puts the fields of the current execution and span into the line.
fn splice(line: &mut String, added: &Added, style: Style, event: &Event<'_>, clashing: Clashing) {
    if added.is_empty() {
        return;
    }
    let tail = cut_tail(line, style.layout);
    let own = event.metadata().fields();
    let wins = clashing == Clashing::Wins && !are_nested(line, style);
    let taken = |name: &str| wins && own.field(name).is_some();
    let open = line.len();
    if style.layout == Layout::Pretty {
        line.push_str(if style.ansi {
            "    \x1b[2;3mwith\x1b[0m "
        } else {
            "    with "
        });
    }
    let mut fields = String::new();
    added.write(&mut fields, style, taken);
    line.push_str(&fields);
    if style.layout == Layout::Json && line[..open].ends_with('{') {
        line.remove(open);
    }
    line.push_str(tail);
}

/// Returns whether the event's own fields are in a separate object, where no name can collide.
/// Inside a value the quotes would be escaped.
fn are_nested(line: &str, style: Style) -> bool {
    style.layout == Layout::Json && line.contains("\"fields\":{")
}

/// Cuts off the tail that must follow the fields, and returns it.
pub(super) fn cut_tail(line: &mut String, layout: Layout) -> &'static str {
    let (end, tail) = match layout {
        Layout::Line => ("\n", "\n"),
        Layout::Pretty => ("\n", "\n\n"),
        Layout::Json => ("}\n", "}\n"),
    };
    if line.ends_with(end) {
        line.truncate(line.len() - end.len());
    }
    tail
}
