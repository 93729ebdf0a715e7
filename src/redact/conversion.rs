//! Whether a conversion of payloads has part in an error. This knows the SDK's errors.

use std::{error::Error, iter::successors};

use temporalio_common::{
    data_converters::PayloadConversionError,
    error::{ApplicationFailure, OutgoingError, OutgoingWorkflowError},
};

use super::forms::is_of_conversion;

/// Returns whether an error is one of conversion, or has one among what caused it.
pub(super) fn holds_conversion(error: &(dyn Error + 'static)) -> bool {
    successors(Some(error), |&error| error.source()).any(|error| {
        // What `anyhow` boxes has a type of its own, and shows the `Debug` of what it boxed.
        is_conversion(error)
            || is_of_conversion(&error.to_string())
            || is_of_conversion(&format!("{error:#?}"))
            || inside(error).is_some_and(holds_conversion)
    })
}

/// Returns the error that a failure of an application stands for: its source is another one if it
/// was recorded with a cause.
fn inside<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    let failure: &ApplicationFailure = error.downcast_ref()?;
    Some(failure.source_error())
}

/// Returns whether an error is one of conversion by its type. Those that have one for their source
/// need not be named; those that stand in its place do.
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
