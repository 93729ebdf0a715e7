//! The error of a connection option that a stack can't honour.

use std::fmt;

use temporalio_client::tonic::transport;
use tower::BoxError;

/// The error of a connection option that a stack can't honour as the client does.
#[derive(Debug)]
pub struct RefusedOption {
    option: &'static str,
    why: &'static str,
    source: Option<BoxError>,
}

impl RefusedOption {
    pub(super) fn new(option: &'static str, why: &'static str) -> Self {
        Self {
            option,
            why,
            source: None,
        }
    }

    pub(super) fn because(
        option: &'static str,
        why: &'static str,
        source: impl Into<BoxError>,
    ) -> Self {
        Self {
            option,
            why,
            source: Some(source.into()),
        }
    }

    pub(super) fn tls(error: transport::Error) -> Self {
        Self::because("tls_options", "correct the certificates or keys", error)
    }

    /// Returns the name of the option.
    #[must_use]
    pub fn option(&self) -> &'static str {
        self.option
    }
}

impl fmt::Display for RefusedOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "cannot put a stack around the calls of a connection with its option `{}`: {}",
            self.option, self.why
        )
    }
}

impl std::error::Error for RefusedOption {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&**self.source.as_ref()?)
    }
}
