//! Whether an error comes from converting payloads, by the SDK's error types.

use std::{error::Error, iter::successors};

use temporalio_common::{
    data_converters::PayloadConversionError,
    error::{ApplicationFailure, OutgoingError, OutgoingWorkflowError},
};

use super::forms::is_of_conversion;

/// Returns whether an error is a conversion error, or has one among its causes.
pub(super) fn holds_conversion(error: &(dyn Error + 'static)) -> bool {
    successors(Some(error), |&error| error.source()).any(|error| {
        // An error that `anyhow` boxes has a type of its own, and shows the `Debug` of the boxed
        // one.
        is_conversion(error)
            || is_of_conversion(&error.to_string())
            || is_of_conversion(&format!("{error:#?}"))
            || inside(error).is_some_and(holds_conversion)
    })
}

/// Returns the error inside an application failure. Its source is a different error if it was
/// recorded with a cause.
fn inside<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    let failure: &ApplicationFailure = error.downcast_ref()?;
    Some(failure.source_error())
}

/// Returns whether an error is a conversion error by its type. Types that have one as their source
/// need not be listed here; types that replace it must be.
fn is_conversion(error: &(dyn Error + 'static)) -> bool {
    let workflow = match error.downcast_ref() {
        Some(OutgoingError::Workflow(workflow)) => Some(workflow),
        _ => error.downcast_ref(),
    };
    error.is::<PayloadConversionError>()
        || error.is::<serde_json::Error>()
        || error.is::<prost::DecodeError>()
        || error.is::<prost::EncodeError>()
        || matches!(workflow, Some(OutgoingWorkflowError::PayloadConversion(_)))
}
