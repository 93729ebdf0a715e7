//! The outcomes of operations.

use std::borrow::Cow;

/// Whether Temporal will retry a failed operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Retry {
    /// Another attempt may follow.
    Retryable,
    /// This was the last attempt: the error is not retryable, or attempts are used up.
    Final,
}

/// A failure without any payload: the kind of error, not its message or details.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Failure {
    /// The error's type: an application failure's type name, a gRPC status code, or the SDK's
    /// name for the error.
    pub error_type: Cow<'static, str>,
    /// Whether another attempt may follow.
    pub retry: Retry,
}

impl Failure {
    /// Creates a failure of the given type.
    pub fn new(error_type: impl Into<Cow<'static, str>>, retry: Retry) -> Self {
        Self {
            error_type: error_type.into(),
            retry,
        }
    }
}

/// The outcome of an operation.
///
/// The SDK represents continuing as new, cancellation and asynchronous completion as errors; none
/// of them is an error here.
///
/// | outcome | [`class`](Self::class) | [`is_error`](Self::is_error) |
/// |---|---|---|
/// | `Completed` | `completed` | no |
/// | `ContinuedAsNew` | `continued_as_new` | no |
/// | `Cancelled` | `cancelled` | no |
/// | `WillCompleteAsync` | `will_complete_async` | no |
/// | `Benign` | `benign` | no |
/// | `Failed` | `failed` | yes |
/// | `TimedOut` | `timed_out` | yes |
/// | `Panicked` | `panicked` | yes |
/// | `Dropped` | `dropped` | no |
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// It returned a result.
    Completed,
    /// The run ended and continues as a new run.
    ContinuedAsNew,
    /// It ended because it was asked to.
    Cancelled,
    /// The activity returned; an external client will complete it.
    WillCompleteAsync,
    /// It failed with an error of the category "benign", which Temporal does not count as a
    /// failure.
    Benign(Failure),
    /// It failed.
    Failed(Failure),
    /// It did not end within its time.
    TimedOut,
    /// It panicked.
    Panicked,
    /// Its future was dropped before it was ready: a run was evicted, a worker shut down, a
    /// caller gave up.
    Dropped,
}

impl Outcome {
    /// Every class, in the order of the table.
    pub const CLASSES: &'static [&'static str] = &[
        "completed",
        "continued_as_new",
        "cancelled",
        "will_complete_async",
        "benign",
        "failed",
        "timed_out",
        "panicked",
        "dropped",
    ];

    /// Returns the position of the outcome's class in [`CLASSES`](Self::CLASSES).
    #[must_use]
    pub(crate) const fn index(&self) -> usize {
        match self {
            Self::Completed => 0,
            Self::ContinuedAsNew => 1,
            Self::Cancelled => 2,
            Self::WillCompleteAsync => 3,
            Self::Benign(_) => 4,
            Self::Failed(_) => 5,
            Self::TimedOut => 6,
            Self::Panicked => 7,
            Self::Dropped => 8,
        }
    }

    /// Returns the outcome's class: a short constant for metric labels.
    #[must_use]
    pub const fn class(&self) -> &'static str {
        Self::CLASSES[self.index()]
    }

    /// Returns whether the outcome is an error: it failed, timed out or panicked.
    #[must_use]
    pub const fn is_error(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::TimedOut | Self::Panicked)
    }

    /// Returns the failure, if the outcome has one.
    #[must_use]
    pub const fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Benign(failure) | Self::Failed(failure) => Some(failure),
            _ => None,
        }
    }

    /// Returns the error type if the outcome is an error: that of the [`Failure`], `TimedOut` or
    /// `Panicked`.
    #[must_use]
    pub fn error_type(&self) -> Option<&str> {
        match self {
            Self::Failed(failure) => Some(&failure.error_type),
            Self::TimedOut => Some("TimedOut"),
            Self::Panicked => Some("Panicked"),
            _ => None,
        }
    }

    /// Returns whether no other attempt follows.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Completed | Self::ContinuedAsNew | Self::Cancelled => true,
            Self::Failed(failure) | Self::Benign(failure) => failure.retry == Retry::Final,
            Self::WillCompleteAsync | Self::TimedOut | Self::Panicked | Self::Dropped => false,
        }
    }
}
