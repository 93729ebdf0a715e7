//! Where a signal goes, as environment and program say.

#[cfg(feature = "otlp")]
use std::sync::Arc;

#[cfg(feature = "otlp")]
use super::{Collector, ExportThread, ExportThreads, OtlpError, variables::Variables};
#[cfg(feature = "otlp")]
use crate::env::Warnings;

/// The exporters of a signal that the environment and the program ask for.
#[derive(Debug)]
pub(crate) struct Destinations<T> {
    pub(crate) by_environment: Option<T>,
    pub(crate) by_program: Vec<T>,
}

impl<T> Default for Destinations<T> {
    fn default() -> Self {
        Self {
            by_environment: None,
            by_program: Vec::new(),
        }
    }
}

impl<T> Destinations<T> {
    pub(crate) fn is_empty(&self) -> bool {
        self.by_environment.is_none() && self.by_program.is_empty()
    }

    /// Returns the program's if there are any, otherwise the environment's.
    pub(crate) fn chosen(self) -> Vec<T> {
        match self.by_program.is_empty() {
            true => self.by_environment.into_iter().collect(),
            false => self.by_program,
        }
    }
}

#[cfg(feature = "otlp")]
impl Destinations<Collector> {
    /// Opens the connection to each chosen collector.
    ///
    /// # Errors
    ///
    /// A collector of the program that can't be used. One of the environment is only warned of.
    pub(crate) fn open(
        self,
        signal: &Variables,
        threads: &mut ExportThreads,
        warnings: &mut Warnings,
        mut open: impl FnMut(&Collector, Arc<ExportThread>, &mut Warnings) -> Result<(), OtlpError>,
    ) -> Result<(), OtlpError> {
        for collector in self.chosen() {
            let thread = threads.get().map_err(|error| collector.failed(error))?;
            if let Err(error) = open(&collector, thread, warnings) {
                error.of_program(signal.what, warnings)?;
            }
        }
        Ok(())
    }
}
