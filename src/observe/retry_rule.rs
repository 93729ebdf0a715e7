//! Whether Temporal retries a failed workflow or activity.

use crate::schema::{Failure, Outcome, Retry};

/// The part of a retry policy that decides whether Temporal retries a failed workflow or activity.
#[derive(Clone, Debug, Default)]
pub(crate) struct RetryRule {
    /// The attempt that failed, from one.
    pub(crate) attempt: u32,
    /// The most attempts that the policy allows; 0 means no limit.
    pub(crate) maximum_attempts: u32,
    /// The error types that the policy never retries.
    pub(crate) non_retryable_error_types: Vec<String>,
}

impl RetryRule {
    /// Returns whether another attempt may follow an error of the given type.
    pub(crate) fn after(&self, error_type: &str, non_retryable: bool) -> Retry {
        let used_up = self.maximum_attempts != 0 && self.attempt >= self.maximum_attempts;
        let listed = || {
            self.non_retryable_error_types
                .iter()
                .any(|listed| listed == error_type)
        };
        if non_retryable || used_up || listed() {
            Retry::Final
        } else {
            Retry::Retryable
        }
    }

    /// Returns the outcome of an application failure.
    pub(crate) fn application(
        &self,
        type_name: Option<&str>,
        non_retryable: bool,
        benign: bool,
    ) -> Outcome {
        let error_type = type_name.unwrap_or("ApplicationError").to_owned();
        let retry = self.after(&error_type, non_retryable);
        let failure = Failure::new(error_type, retry);
        if benign {
            Outcome::Benign(failure)
        } else {
            Outcome::Failed(failure)
        }
    }
}
