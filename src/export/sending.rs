//! Sending one signal to one collector, with a time limit and an account of failures.

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use tokio::runtime::Handle;

use super::{client::Answers, headers::Headers, settings::Settings, streak::Streak};

/// Sends one signal to one collector: within a time limit that the SDK reads but does not enforce,
/// with an account of failures.
#[derive(Debug)]
pub(crate) struct Sending {
    runtime: Handle,
    limit: Duration,
    headers: Headers,
    answers: Answers,
    streak: Streak,
}

impl Sending {
    pub(crate) fn new(settings: &Settings, runtime: Handle) -> Self {
        Self {
            runtime,
            limit: settings.limit,
            headers: settings.headers.clone(),
            answers: settings.answers.clone(),
            streak: Streak::new(settings),
        }
    }

    /// Returns the count of failures.
    pub(crate) fn failures(&self) -> Arc<AtomicU64> {
        self.streak.failures()
    }

    /// Waits for an export, on a thread that may block. Returns the number of items that the
    /// collector rejected, which is visible over HTTP only.
    pub(crate) fn wait(
        &self,
        export: impl Future<Output = OTelSdkResult>,
    ) -> Result<u64, OTelSdkError> {
        let limit = self.limit;
        let exported = self.runtime.block_on(async {
            let exported = tokio::time::timeout(limit, export).await;
            exported.unwrap_or(Err(OTelSdkError::Timeout(limit)))
        });
        let answer = self.answers.take();
        if let Err(error) = exported {
            let text = match (&error, answer.failure) {
                (OTelSdkError::Timeout(_), _) => format!("no answer within {limit:?}"),
                (_, Some(cause)) => cause,
                (OTelSdkError::InternalFailure(text), _) => text.clone(),
                (error, None) => error.to_string(),
            };
            self.streak.failed(&self.headers.hide(&text));
            return Err(error);
        }
        self.streak.succeeded();
        let Some((rejected, error)) = answer.rejected else {
            self.streak.accepted();
            return Ok(0);
        };
        self.streak.rejected(rejected, &self.headers.hide(&error));
        Ok(rejected)
    }
}
