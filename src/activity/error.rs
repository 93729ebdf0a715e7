//! Errors of a stack, and the activity failures that they become.

use std::{borrow::Cow, error::Error, fmt, iter::successors, time::Duration};

use parking_lot::Mutex;
use temporalio_common::error::ApplicationFailure;
use temporalio_sdk::activities::ActivityError;
use tower::{BoxError, load_shed::error::Overloaded, timeout::error::Elapsed};

/// The type of the failure that a layer's timeout becomes.
const TIMEOUT: &str = "Timeout";

/// The type of the failure that a load-shedding layer's refusal becomes.
const OVERLOADED: &str = "Overloaded";

/// The type of the failure that an error without a name becomes.
const NAMELESS: &str = "Error";

/// The longest text that counts as a type's name, in bytes.
const LONGEST_NAME: usize = 64;

/// An [`ActivityError`] on its way through a stack, whose errors must implement `Error`.
///
/// The body's error passes through the stack as this type, unchanged. A layer that decides how the
/// activity fails (a delay, a type, no retry) returns one.
///
/// ```
/// use chronoscope::activity::ActivityFailed;
/// use temporalio_sdk::{ApplicationFailure, activities::ActivityError};
/// use tower::BoxError;
///
/// fn refused() -> BoxError {
///     let failure = ApplicationFailure::non_retryable("not for this tenant");
///     ActivityFailed::from(ActivityError::application(failure)).into()
/// }
/// # drop(refused());
/// ```
pub struct ActivityFailed(Mutex<Option<ActivityError>>);

impl ActivityFailed {
    /// Takes the error out. Only the first call gets it, even if another error has this one as its
    /// source.
    fn take(&self) -> Option<ActivityError> {
        self.0.lock().take()
    }

    /// Reads the error in place.
    pub(super) fn read<T>(&self, read: impl FnOnce(&ActivityError) -> T) -> Option<T> {
        let error = self.0.lock();
        error.as_ref().map(read)
    }
}

impl From<ActivityError> for ActivityFailed {
    fn from(error: ActivityError) -> Self {
        Self(Mutex::new(Some(error)))
    }
}

impl fmt::Display for ActivityFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.read(|error| match error {
            ActivityError::Application(failure) => failure.to_string(),
            ActivityError::Cancelled { .. } => "the activity was cancelled".to_owned(),
            ActivityError::WillCompleteAsync => "the activity will complete elsewhere".to_owned(),
            _ => "the activity failed".to_owned(),
        });
        f.write_str(text.as_deref().unwrap_or("the activity failed"))
    }
}

impl fmt::Debug for ActivityFailed {
    /// Details, which are payloads, are left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ActivityFailed")
            .field(&self.to_string())
            .finish()
    }
}

impl Error for ActivityFailed {}

/// The kind of a stack's error, found anywhere in its chain of sources.
pub(super) enum Cause<'a> {
    /// The activity's own failure.
    Activity(&'a ActivityFailed),
    /// A layer's failure in the SDK's own type.
    Application(&'a ApplicationFailure),
    /// Any other error, with the failure type that it becomes.
    Layer(Cow<'static, str>),
}

impl<'a> Cause<'a> {
    pub(super) fn of(error: &'a BoxError) -> Self {
        let top: &'a (dyn Error + 'static) = &**error;
        if let Some(failure) = top.downcast_ref() {
            return Self::Application(failure);
        }
        for cause in successors(Some(top), |&error| error.source()) {
            if let Some(failed) = cause.downcast_ref() {
                return Self::Activity(failed);
            }
            if cause.is::<Elapsed>() || cause.is::<tokio::time::error::Elapsed>() {
                return Self::Layer(TIMEOUT.into());
            }
            if cause.is::<Overloaded>() {
                return Self::Layer(OVERLOADED.into());
            }
        }
        Self::Layer(name(top).map_or(NAMELESS.into(), Cow::Owned))
    }
}

/// Returns the name of an error's type: the word that its `Debug` begins with, as derived ones do.
/// A box has forgotten its type, and a `Debug` that is a message must not become a label.
fn name(error: &dyn Error) -> Option<String> {
    let debug = format!("{error:?}");
    let end = debug.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let (name, rest) = debug.split_at(end.unwrap_or(debug.len()));
    let is_type = name.starts_with(|c: char| c.is_ascii_uppercase()) && name.len() <= LONGEST_NAME;
    let is_whole = rest.is_empty() || rest.starts_with('(') || rest.starts_with(" {");
    (is_type && is_whole).then(|| name.to_owned())
}

/// Returns the activity failure that a stack's error becomes.
pub(super) fn into_activity_error(error: BoxError, shed_retry_delay: Duration) -> ActivityError {
    let error = match error.downcast() {
        Ok(failure) => return ActivityError::Application(failure),
        Err(error) => error,
    };
    let name = match Cause::of(&error) {
        Cause::Activity(failed) => match failed.take() {
            Some(own) => return own,
            None => NAMELESS.into(),
        },
        Cause::Layer(name) => name,
        Cause::Application(_) => NAMELESS.into(),
    };
    let delay = (name == OVERLOADED).then_some(shed_retry_delay);
    let failure = ApplicationFailure::builder(error)
        .type_name(name.into_owned())
        .maybe_next_retry_delay(delay)
        .build();
    ActivityError::application(failure)
}
