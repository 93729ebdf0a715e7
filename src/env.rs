//! Reads environment variables: each module reads its own with this.

use std::{fmt, str::FromStr};

/// Reads a variable. An empty one counts as absent, as OpenTelemetry specifies.
pub(crate) fn read<T: FromStr>(variable: &'static str) -> Result<Option<T>, InvalidEnv>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    let Some(value) = std::env::var_os(variable).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let value = value.to_string_lossy().into_owned();
    let parsed = value.parse().map(Some);
    parsed.map_err(|source| InvalidEnv::new(variable, value, source))
}

/// Returns whether a variable has a value. An empty one counts as absent.
pub(crate) fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

/// The error of an environment variable whose value can't be used.
#[derive(Debug)]
pub struct InvalidEnv {
    variable: &'static str,
    value: String,
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl InvalidEnv {
    pub(crate) fn new(
        variable: &'static str,
        value: impl ToString,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self {
            variable,
            value: value.to_string(),
            source: Box::new(source),
        }
    }
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

/// The error of a value that is not one of the known ones.
#[derive(Debug)]
pub struct Unknown(pub(crate) &'static str);

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.0)
    }
}

impl std::error::Error for Unknown {}
