use tracing::Metadata;

/// Fields under which the core's spans record whole messages, and with them payloads: of update
/// requests, and of the responses in a completion.
const WITH_PAYLOADS: [&str; 2] = ["completion", "message"];

/// Returns whether this is a span of the SDK that must not reach a layer.
///
/// `RunWorkflow` is opened each time a run is loaded, so again at each replay, and `RunActivity`
/// repeats what the execution's fields say.
pub(super) fn is_hidden_span(metadata: &Metadata<'_>) -> bool {
    if !metadata.is_span() || !metadata.target().starts_with("temporalio_sdk") {
        return false;
    }
    let has = |name: &&str| metadata.fields().field(name).is_some();
    matches!(metadata.name(), "RunWorkflow" | "RunActivity") || WITH_PAYLOADS.iter().any(has)
}
