//! Which of the SDK's spans and fields may be shown.

use tracing::Metadata;

use crate::schema::Library;

/// The target of the core's state machines.
const STATE_MACHINES: &str = "temporalio_sdk_core::worker::workflow";

/// Spans that say nothing that lines lack.
const NAMES: [&str; 3] = ["RunActivity", "RunWorkflow", "poll_workflow_activation"];

/// Fields of the SDK that hold names, ids and states. The SDK prints payloads under many others, as
/// text or in base64, and any release may add more: so only these fields and numbers are shown.
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

/// Returns whether a target is a module or one inside it.
fn is_within(target: &str, module: &str) -> bool {
    let rest = target.strip_prefix(module);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Returns whether an SDK field never holds a payload.
pub(super) fn is_harmless(field: &str) -> bool {
    HARMLESS.contains(&field)
}

/// Returns whether this is a span of the SDK that must not reach a layer.
///
/// `RunWorkflow` is opened each time a run is loaded, so again at each replay, and the spans of the
/// core's state machines at each event of its history, which makes a replay a tenth slower;
/// `RunActivity` repeats the execution's fields, and `poll_workflow_activation` gets its fields when it
/// ends. Others record their arguments, and with them payloads.
///
/// Asked each time that one is opened if any layer has a filter of its own, so most are told by their
/// targets.
pub(super) fn is_hidden_span(metadata: &Metadata<'_>) -> bool {
    if !metadata.is_span() {
        return false;
    }
    is_within(metadata.target(), STATE_MACHINES)
        || is_of_the_sdk(metadata)
            && (NAMES.contains(&metadata.name())
                || !metadata
                    .fields()
                    .iter()
                    .all(|field| is_harmless(field.name())))
}
