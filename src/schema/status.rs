//! The names of gRPC's status codes, and the outcomes that they mean.

use super::{Failure, Outcome, Retry};

/// The names of gRPC's status codes, by number, as in gRPC's specification.
const NAMES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    DEADLINE_EXCEEDED,
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

const OK: i32 = 0;
const CANCELLED: i32 = 1;
const UNKNOWN: usize = 2;
const DEADLINE_EXCEEDED: &str = "DEADLINE_EXCEEDED";
const DEADLINE_EXCEEDED_CODE: i32 = 4;

impl Outcome {
    /// Returns the outcome of a call that ends with a gRPC status.
    pub(crate) fn of_status(code: i32) -> Self {
        match code {
            OK => Self::Completed,
            CANCELLED => Self::Cancelled,
            DEADLINE_EXCEEDED_CODE => Self::TimedOut,
            _ => {
                let name = usize::try_from(code).ok().and_then(|code| NAMES.get(code));
                // This call is over; a retry is another call.
                Self::Failed(Failure::new(*name.unwrap_or(&NAMES[UNKNOWN]), Retry::Final))
            }
        }
    }

    /// Returns the name of the gRPC status code for this outcome, or `None` if there was none.
    pub(crate) fn status_name(&self) -> Option<&str> {
        match self {
            Self::Completed => Some(NAMES[0]),
            // Giving up on a call cancels it.
            Self::Cancelled | Self::Dropped => Some(NAMES[1]),
            Self::TimedOut => Some(DEADLINE_EXCEEDED),
            Self::Failed(failure) => Some(&failure.error_type),
            _ => None,
        }
    }

    /// Returns the number of that status code.
    pub(crate) fn status_index(&self) -> usize {
        let known = |name| NAMES.iter().position(|known| *known == name);
        self.status_name().and_then(known).unwrap_or(UNKNOWN)
    }

    /// The number of status codes.
    pub(crate) const STATUSES: usize = NAMES.len();
}
