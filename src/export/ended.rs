//! What is said when a flush or a shutdown could not send everything.

use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};

/// Warns if telemetry could not be sent, with what that means.
pub(crate) fn warn_unless(done: &OTelSdkResult, otherwise: &str) {
    match done {
        // A worker may end after all exporters have been shut down.
        Ok(()) | Err(OTelSdkError::AlreadyShutdown) => {}
        Err(error) => tracing::warn!(%error, "{otherwise}"),
    }
}
