use std::{fmt, str::FromStr};

use super::{Builder, Observability};

impl Observability {
    /// Returns a builder with what the environment says.
    ///
    /// | variable | default | what it sets |
    /// |---|---|---|
    /// | `RUST_LOG` | `info` | [`Builder::log_filter`], in the syntax of [`EnvFilter`](tracing_subscriber::EnvFilter) |
    /// | `CHRONOSCOPE_LOG_FORMAT` | `full` | [`Builder::log_format`]: `full`, `compact`, `pretty` or `json` |
    /// | `CHRONOSCOPE_REPLAY` | `suppress` | [`Builder::replay_policy`]: `suppress`, `show` or `rebuild` |
    ///
    /// # Errors
    ///
    /// [`InvalidEnv`] names the variable, its value and what it may be.
    pub fn from_env() -> Result<Builder, InvalidEnv> {
        let mut builder = Self::builder();
        if let Some(policy) = read("CHRONOSCOPE_REPLAY")? {
            builder = builder.replay_policy(policy);
        }
        #[cfg(feature = "logs")]
        let builder = builder.logs_from_env()?;
        Ok(builder)
    }
}

/// Reads a variable. One that is empty counts as absent, as it does for OpenTelemetry's.
pub(super) fn read<T: FromStr>(variable: &'static str) -> Result<Option<T>, InvalidEnv>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    let Some(value) = std::env::var_os(variable).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let value = value.to_string_lossy().into_owned();
    value.parse().map(Some).map_err(|source| InvalidEnv {
        variable,
        value,
        source: Box::new(source),
    })
}

/// The error of an environment variable whose value can't be used.
#[derive(Debug)]
pub struct InvalidEnv {
    variable: &'static str,
    value: String,
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl fmt::Display for InvalidEnv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "cannot use environment variable {}={:?}: correct the value or unset the variable",
            self.variable, self.value
        )
    }
}

impl std::error::Error for InvalidEnv {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.source)
    }
}
