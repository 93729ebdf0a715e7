use tracing::Metadata;

/// Returns whether this is a span of the SDK that must not reach a layer.
///
/// `RunWorkflow` is opened each time a run is loaded, so again at each replay, and `RunActivity`
/// repeats what the execution's fields say. The core's spans over a completion record it whole,
/// and with it the payloads of update responses.
pub(super) fn is_hidden_span(metadata: &Metadata<'_>) -> bool {
    if !metadata.is_span() || !metadata.target().starts_with("temporalio_sdk") {
        return false;
    }
    matches!(metadata.name(), "RunWorkflow" | "RunActivity")
        || metadata.fields().field("completion").is_some()
}
