use super::{Failure, Outcome, Retry};

/// The names of gRPC's status codes, by number, as gRPC's own specification spells them.
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
    /// Returns what a gRPC status means for the call that it ends.
    pub(crate) fn of_status(code: i32) -> Self {
        match code {
            OK => Self::Completed,
            CANCELLED => Self::Cancelled,
            DEADLINE_EXCEEDED_CODE => Self::TimedOut,
            _ => {
                let name = usize::try_from(code).ok().and_then(|code| NAMES.get(code));
                // This call is over; whoever tries again makes another one.
                Self::Failed(Failure::new(*name.unwrap_or(&NAMES[UNKNOWN]), Retry::Final))
            }
        }
    }

    /// Returns the name of the gRPC status code that ends a call so, or `None` where none came.
    pub(crate) fn status_name(&self) -> Option<&str> {
        match self {
            Self::Completed => Some(NAMES[0]),
            // To give up on a call is to cancel it.
            Self::Cancelled | Self::Dropped => Some(NAMES[1]),
            Self::TimedOut => Some(DEADLINE_EXCEEDED),
            Self::Failed(failure) => Some(&failure.error_type),
            _ => None,
        }
    }

    /// Returns the number of that code.
    pub(crate) fn status_index(&self) -> usize {
        let known = |name| NAMES.iter().position(|known| *known == name);
        self.status_name().and_then(known).unwrap_or(UNKNOWN)
    }

    /// How many codes there are.
    pub(crate) const STATUSES: usize = NAMES.len();
}
