//! The labels that an execution adds to its metrics.

use std::sync::Arc;

use metrics::{Key, Label};

use super::cardinality::{NamespaceLabel, names::label_identity};
use crate::{
    execution::{Execution, Fields, with_current},
    schema::{self, Field, OperationKind},
};

/// The fields that label the metrics of a kind of code.
const fn fields(kind: OperationKind) -> &'static [Field] {
    match kind {
        OperationKind::Workflow => &[Field::Namespace, Field::TaskQueue, Field::WorkflowType],
        OperationKind::Activity => &[Field::Namespace, Field::TaskQueue, Field::ActivityType],
        OperationKind::Client | OperationKind::Rpc => &[],
    }
}

/// The labels of an execution.
struct Own(Vec<Label>);

/// Adds the labels of the current execution to a key, or returns `None` if there are none to add. A
/// label of the key that becomes the same in some sink, such as `workflow.type`, wins. `namespace`
/// is what the label of that name will be called, if it is called otherwise.
pub(super) fn labelled(key: &Key, namespace: Option<&NamespaceLabel>) -> Option<Key> {
    with_current(|execution| {
        let own = execution
            .info()
            .get_or_insert_with(|| Own(labels(execution)));
        let taken = |name: &str| {
            let mut given = key.labels().map(Label::key);
            given.any(|given| given == name || !is_plain(given) && label_identity(given) == name)
        };
        let extra: Vec<_> = own
            .0
            .iter()
            .filter(|label| match namespace {
                Some(renamed) if label.key() == schema::Label::Namespace.name() => {
                    !taken(renamed.name())
                }
                _ => !taken(label.key()),
            })
            .cloned()
            .collect();
        (!extra.is_empty()).then(|| key.with_extra_labels(extra))
    })
    .flatten()
}

/// Returns whether a name has no other spelling that is a name of chronoscope's labels.
pub(super) fn is_plain(name: &str) -> bool {
    name.bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        && !name.contains("__")
        && !name.ends_with('_')
}

/// Returns the labels of an execution. Cloning one shares its text.
fn labels(execution: &Execution) -> Vec<Label> {
    named(execution.kind(), execution.fields())
        .map(|(name, value)| Label::new(name, value))
        .collect()
}

/// Returns the names and values of what labels the metrics of a kind of code.
pub(super) fn named(
    kind: OperationKind,
    known: &Fields,
) -> impl Iterator<Item = (&'static str, Arc<str>)> {
    fields(kind).iter().filter_map(|field| {
        let value = known.text(*field)?;
        Some((field.label()?.name(), Arc::from(value)))
    })
}
