//! The layouts of formats, and where fields are inserted in them.

use tracing_subscriber::fmt::format::{Compact, Format, Full, Json, Pretty};

/// The layout of a format's lines, which decides where fields are inserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layout {
    /// One line of text: fields go before the line break, as `name=value`.
    Line,
    /// Several lines of text and an empty one: fields get a separate line before the empty one.
    Pretty,
    /// One JSON object per line: fields go before its closing brace.
    Json,
}

/// A format into whose output fields can be inserted.
///
/// Implemented for the four formats of `tracing-subscriber`; implement it for your own format to
/// wrap that in an [`ExecutionFormat`](super::ExecutionFormat).
///
/// ```
/// use chronoscope::logs::{ExecutionFormat, Layout, Splice};
///
/// /// A format that writes one line of text per event, never in colour.
/// #[derive(Clone)]
/// struct Terse;
///
/// impl Splice for Terse {
///     const LAYOUT: Layout = Layout::Line;
///
///     fn ansi(self, _: bool) -> Self {
///         self
///     }
/// }
///
/// let format = ExecutionFormat::new(Terse);
/// # drop(format);
/// ```
pub trait Splice: Clone {
    /// How the format lays out a line.
    const LAYOUT: Layout;

    /// Returns the same format, with ANSI escapes always on or always off.
    #[must_use]
    fn ansi(self, on: bool) -> Self;
}

macro_rules! splice {
    ($($format:ty => $layout:ident;)*) => {
        $(impl<T: Clone> Splice for Format<$format, T> {
            const LAYOUT: Layout = Layout::$layout;

            fn ansi(self, on: bool) -> Self {
                self.with_ansi(on)
            }
        })*
    };
}

splice! {
    Full => Line;
    Compact => Line;
    Pretty => Pretty;
    Json => Json;
}
