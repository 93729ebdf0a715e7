//! The error of a search attribute that the server would refuse.

use std::{error::Error, fmt, sync::Arc};

use temporalio_common::{error::ApplicationFailure, search_attributes::SearchAttributeError};
use temporalio_sdk::WorkflowTermination;

use super::size::{TOTAL_BYTES, VALUE_BYTES};

/// The error of a change that the server would refuse. No change of its upsert was applied.
///
/// Returned with `?` from a workflow's code it fails the run, as an application failure that is not
/// retried.
#[derive(Clone, Debug)]
pub struct InvalidSearchAttribute {
    name: &'static str,
    why: Why,
}

#[derive(Clone, Debug)]
enum Why {
    Unencodable(Arc<SearchAttributeError>),
    ValueTooLarge(usize),
    TotalTooLarge(usize),
}

impl InvalidSearchAttribute {
    pub(super) fn unencodable(name: &'static str, error: SearchAttributeError) -> Self {
        Self {
            name,
            why: Why::Unencodable(Arc::new(error)),
        }
    }

    pub(super) fn value_too_large(name: &'static str, bytes: usize) -> Self {
        Self {
            name,
            why: Why::ValueTooLarge(bytes),
        }
    }

    pub(super) fn total_too_large(name: &'static str, bytes: usize) -> Self {
        Self {
            name,
            why: Why::TotalTooLarge(bytes),
        }
    }

    /// Returns the attribute's name. If all attributes are too large together, it is the largest of
    /// the changed ones.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }
}

impl fmt::Display for InvalidSearchAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name;
        match &self.why {
            Why::Unencodable(error) => write!(
                f,
                "search attribute {name:?} can't be encoded: {error}; give it a finite number or a \
                 time that RFC 3339 can write"
            ),
            Why::ValueTooLarge(bytes) => write!(
                f,
                "search attribute {name:?} has a value of {bytes} bytes, and the server accepts \
                 {VALUE_BYTES}: shorten it"
            ),
            Why::TotalTooLarge(bytes) => write!(
                f,
                "search attribute {name:?} brings the run's attributes to {bytes} bytes, and the \
                 server accepts {TOTAL_BYTES}: shorten it, or unset others"
            ),
        }
    }
}

impl Error for InvalidSearchAttribute {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.why {
            Why::Unencodable(error) => Some(&**error),
            _ => None,
        }
    }
}

impl From<InvalidSearchAttribute> for WorkflowTermination {
    fn from(error: InvalidSearchAttribute) -> Self {
        let failure = ApplicationFailure::builder(error)
            .type_name("InvalidSearchAttribute".to_owned())
            .non_retryable(true)
            .build();
        failure.into()
    }
}
