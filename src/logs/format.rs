use std::{cell::Cell, fmt};

use tracing::{Event, Subscriber};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

use super::{
    Layout, Splice,
    suffix::{REPLAYING, Style, is_field},
};
use crate::execution::{Execution, Phase, with_current};

/// A format that puts the fields of what executes on every line.
///
/// It wraps any of the formats of [`fmt`](mod@tracing_subscriber::fmt), full, compact, pretty or JSON:
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
/// `update_name` and `update_id`. Outside of any execution the line is left as it is. Where an event
/// has a field of such a name and shows it on the same level, its own wins and ours is left out of
/// that line; the JSON format keeps an event's fields apart unless it flattens them.
#[derive(Clone, Debug)]
pub struct ExecutionFormat<F> {
    plain: F,
    coloured: F,
}

impl<F: Splice> ExecutionFormat<F> {
    /// Wraps a format. Whether there are ANSI escapes is up to the layer, as ever.
    pub fn new(format: F) -> Self {
        Self {
            plain: format.clone().ansi(false),
            coloured: format.ansi(true),
        }
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
        // A format can't see what the writer already holds, so the line is made here and written
        // at once. That also keeps half a line out of the layer's buffer if a value's `Debug`
        // panics. An event that is logged while this one is formatted finds an empty buffer.
        let mut line = BUFFER.take();
        line.clear();
        let formatted = format.format_event(context, Writer::new(&mut line), event);
        let written = formatted.and_then(|()| {
            with_current(|execution| splice(&mut line, style, execution, event));
            writer.write_str(&line)
        });
        BUFFER.set(line);
        written
    }
}

/// Puts the fields of the execution into the line.
fn splice(line: &mut String, style: Style, execution: &Execution, event: &Event<'_>) {
    let tail = cut_tail(line, style.layout);
    let own = event.metadata().fields();
    let collides = own.iter().any(|field| is_field(field.name())) && !are_nested(line, style);
    let open = line.len();
    if style.layout == Layout::Pretty {
        line.push_str(if style.ansi {
            "    \x1b[2;3mwith\x1b[0m "
        } else {
            "    with "
        });
    }
    if collides {
        let taken = |name: &str| own.field(name).is_some();
        line.push_str(&style.render(execution.fields(), taken));
    } else {
        let render = |fields: &_| style.render(fields, |_| false);
        line.push_str(execution.info().rendered(style.index(), render));
    }
    let marked = collides && own.field(REPLAYING.0).is_some();
    if execution.replay().phase == Phase::Replaying && !marked {
        style.entry(line, REPLAYING.0, &REPLAYING.1);
    }
    if style.layout == Layout::Json && line[..open].ends_with('{') {
        line.remove(open);
    }
    line.push_str(tail);
}

/// Returns whether the event's own fields are in an object of their own, where no name of theirs
/// can collide. Inside of a value the quotes would be escaped.
fn are_nested(line: &str, style: Style) -> bool {
    style.layout == Layout::Json && line.contains("\"fields\":{")
}

/// Cuts off what must stay behind the fields, and returns it.
fn cut_tail(line: &mut String, layout: Layout) -> &'static str {
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
