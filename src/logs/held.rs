//! Lines that wait, formatted, until their workflow task is accepted.

use std::{
    io::{self, Write},
    mem,
    sync::Arc,
};

use tracing_subscriber::fmt::MakeWriter;

use super::{Layout, format::cut_tail, suffix::Style};
use crate::{
    commit::{Kind, Lane, Marks, emit_each, holding},
    execution::current_replay,
};

/// A writer under a format, whose lines of workflow code wait until the server has accepted the
/// workflow task, with [`Emission::OnCommit`](crate::commit::Emission::OnCommit).
///
/// For a subscriber of your own; [`Builder::install`](crate::Builder::install) and
/// [`Observability::log_layer`](crate::Observability::log_layer) do this by themselves. Lines are
/// formatted when they are logged, so their times are those of their events, and marks are added to
/// them later.
///
/// ```
/// use std::io;
///
/// use chronoscope::logs::{ExecutionFormat, Held, Layout, ReplayFilter};
/// use tracing_subscriber::{fmt, layer::SubscriberExt as _};
///
/// let console = fmt::layer()
///     .with_ansi(false)
///     .with_writer(Held::new(Layout::Line, io::stderr))
///     .map_event_format(ExecutionFormat::new);
/// let subscriber = tracing_subscriber::registry()
///     .with(console)
///     .with(ReplayFilter::global());
/// # drop(subscriber);
/// ```
#[derive(Debug)]
pub struct Held<M> {
    inner: Arc<M>,
    style: Style,
}

impl<M> Held<M> {
    /// Wraps a writer, under a format of this layout without ANSI escapes.
    pub fn new(layout: Layout, inner: M) -> Self {
        Self::in_style(
            Style {
                layout,
                ansi: false,
            },
            inner,
        )
    }

    pub(super) fn in_style(style: Style, inner: M) -> Self {
        let inner = Arc::new(inner);
        Self { inner, style }
    }
}

impl<'a, M> MakeWriter<'a> for Held<M>
where
    M: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    type Writer = HeldWriter<'a, M>;

    fn make_writer(&'a self) -> Self::Writer {
        HeldWriter(self)
    }
}

/// The writer of one line.
#[derive(Debug)]
pub struct HeldWriter<'a, M>(&'a Held<M>);

impl<M> Write for HeldWriter<'_, M>
where
    M: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let Held { inner, style } = self.0;
        let is_held = current_replay().holds() && hold(inner, *style, line);
        if !is_held {
            inner.make_writer().write_all(line)?;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.inner.make_writer().flush()
    }
}

/// Holds a line, if there is something to hold it.
fn hold<M>(sink: &Arc<M>, style: Style, line: &[u8]) -> bool
where
    M: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let is_it = |lane: &Lines<M>| Arc::ptr_eq(&lane.sink, sink);
    let make = || Lines {
        sink: sink.clone(),
        style,
        text: Vec::with_capacity(FIRST.max(line.len())),
        ends: Vec::with_capacity(FIRST / 128),
    };
    holding(Kind::Text, |ledger| {
        ledger.push(line.len(), is_it, make, |lane| {
            lane.text.extend_from_slice(line);
            lane.ends.push(lane.text.len());
        });
    })
    .is_some()
}

/// The room that the lines of a task have at first, in bytes.
const FIRST: usize = 4096;

/// The lines of a workflow task for one sink.
struct Lines<M> {
    sink: Arc<M>,
    style: Style,
    text: Vec<u8>,
    /// Where each line ends.
    ends: Vec<usize>,
}

impl<M> Lane for Lines<M>
where
    M: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    fn kind(&self) -> Kind {
        Kind::Text
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    fn release(mut self: Box<Self>, marks: &Marks) {
        let marks = self.style.marks(marks);
        let mut start = 0;
        emit_each(mem::take(&mut self.ends), |end| {
            let line = &self.text[start..end];
            start = end;
            // A sink that fails counts that itself.
            let _ = match marks.is_empty() {
                true => self.sink.make_writer().write_all(line),
                false => {
                    let marked = marked(line, self.style, &marks);
                    self.sink.make_writer().write_all(marked.as_bytes())
                }
            };
        });
    }
}

/// Returns a line with its marks.
fn marked(line: &[u8], style: Style, marks: &str) -> String {
    let mut line = String::from_utf8_lossy(line).into_owned();
    let tail = cut_tail(&mut line, style.layout);
    if style.layout == Layout::Pretty {
        line.push_str("    with ");
    }
    line.push_str(marks);
    line.push_str(tail);
    line
}
