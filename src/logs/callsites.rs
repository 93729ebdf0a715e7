use tracing::Metadata;

use crate::schema::Library;

/// The target of what the core does with histories.
const STATE_MACHINES: &str = "temporalio_sdk_core::worker::workflow";

/// Fields of the SDK that hold names, ids and states. It prints payloads under many others, as text
/// or in base64, and may do so under more with any release: so these are those that are shown, and
/// numbers.
const HARMLESS: [&str; 24] = [
    "activation",
    "addr",
    "attempt",
    "command_type",
    "commands",
    "event",
    "has_legacy_query",
    "host",
    "id",
    "machine_name",
    "more_work",
    "namespace",
    "query_type",
    "responses",
    "run_id",
    "seq_num",
    "signal_name",
    "state",
    "task_queue",
    "task_token",
    "update_id",
    "uri",
    "workflow_id",
    "workflow_type",
];

/// Returns whether this comes from the SDK.
pub(super) fn is_of_the_sdk(metadata: &Metadata<'_>) -> bool {
    Library::of(metadata.target()) == Some(Library::TemporalSdk)
}

/// Returns whether a target is a module or one inside of it.
fn is_within(target: &str, module: &str) -> bool {
    let rest = target.strip_prefix(module);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Returns whether a field of the SDK's holds no payload, whatever its value.
pub(super) fn is_harmless(field: &str) -> bool {
    HARMLESS.contains(&field)
}

/// Returns whether this is a span of the SDK that must not reach a layer.
///
/// `RunWorkflow` is opened each time a run is loaded, so again at each replay, and those of the
/// core's state machines at each event of its history, which costs a replay a tenth more;
/// `RunActivity` repeats what the execution's fields say. Others record what they are called with,
/// and with it payloads.
pub(super) fn is_hidden_span(metadata: &Metadata<'_>) -> bool {
    if !metadata.is_span() || !is_of_the_sdk(metadata) {
        return false;
    }
    matches!(metadata.name(), "RunWorkflow" | "RunActivity")
        || is_within(metadata.target(), STATE_MACHINES)
        || !metadata
            .fields()
            .iter()
            .all(|field| is_harmless(field.name()))
}
