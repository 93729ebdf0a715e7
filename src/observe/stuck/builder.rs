//! The settings of what is watched, and their builder.

use std::collections::BTreeSet;

/// Sets up what is watched of runs that do not move, for
/// [`Builder::stuck`](crate::Builder::stuck).
///
/// ```
/// use chronoscope::Observability;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let observability = Observability::builder()
///     // These two may be cut off by the end of their run.
///     .stuck(|s| s.may_stay_open(["progress", "heartbeat"]))
///     .build()?;
/// # observability.shutdown();
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until it is returned"]
pub struct StuckBuilder {
    settings: Settings,
}

/// What is watched of runs that do not move.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// The names of handlers that may be open when their run ends.
    open_handlers: BTreeSet<Box<str>>,
}

impl StuckBuilder {
    /// Adds names of signal and update handlers that may still be open when their run ends: no line
    /// names them. Default: none.
    pub fn may_stay_open<N: Into<String>>(mut self, handlers: impl IntoIterator<Item = N>) -> Self {
        let names = handlers.into_iter().map(|name| name.into().into());
        self.settings.open_handlers.extend(names);
        self
    }

    /// Returns the settings.
    pub(crate) fn build(self) -> Settings {
        self.settings
    }
}

impl Settings {
    /// Returns whether a handler may be open when its run ends.
    pub(crate) fn may_stay_open(&self, handler: &str) -> bool {
        self.open_handlers.contains(handler)
    }
}
