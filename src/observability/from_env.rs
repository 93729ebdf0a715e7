//! The settings from the environment, before anything is opened.

use super::{Builder, Observability, error::Rebuilds};
#[cfg(feature = "logs")]
use crate::logs::LogsBuilder;
use crate::{
    env::{InvalidEnv, Warnings, own, read},
    execution::Policy,
    metrics::MetricsBuilder,
    trace::TracesBuilder,
};

impl Observability {
    /// Returns a builder with the settings of the environment. Nothing is opened or started yet.
    ///
    #[doc = include_str!("../guide/variables.md")]
    ///
    /// # Errors
    ///
    /// A value of `CHRONOSCOPE_*` that can't be used is an error, and [`InvalidEnv`] names the
    /// variable, its value and what it may be. `CHRONOSCOPE_REPLAY=rebuild` is one: a worker with it
    /// would export every span again at each replay. A value of `OTEL_*` or `RUST_LOG` is only
    /// warned of, and the default is used.
    pub fn from_env() -> Result<Builder, InvalidEnv> {
        let policy: Option<Policy> = read(own::REPLAY)?;
        if policy == Some(Policy::Rebuild) {
            return Err(InvalidEnv::new(own::REPLAY, "rebuild", Rebuilds));
        }
        let mut warnings = Warnings::default();
        warnings.unknown();
        #[cfg(feature = "otlp")]
        crate::export::warn_of_vain_variables(&mut warnings);
        Ok(Builder {
            policy: policy.unwrap_or_default(),
            emission: read(own::EMISSION)?.unwrap_or_default(),
            metrics: MetricsBuilder::from_env(&mut warnings)?,
            traces: TracesBuilder::from_env(&mut warnings),
            #[cfg(feature = "logs")]
            logs: LogsBuilder::from_env(&mut warnings)?,
            warnings,
            ..Builder::default()
        })
    }
}
