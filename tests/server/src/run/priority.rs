//! Priorities: an activity or a child takes from its workflow what it does not name itself.

use crate::proto::common::Priority;

/// The priority in force: field by field its own one, else the workflow's.
pub(crate) fn merge(workflow: Option<&Priority>, own: Option<Priority>) -> Option<Priority> {
    let (workflow, own) = match (workflow, own) {
        (Some(workflow), Some(own)) => (workflow, own),
        (workflow, own) => return own.or_else(|| workflow.cloned()),
    };
    Some(Priority {
        priority_key: match own.priority_key {
            0 => workflow.priority_key,
            key => key,
        },
        fairness_key: match own.fairness_key.as_str() {
            "" => workflow.fairness_key.clone(),
            _ => own.fairness_key,
        },
        fairness_weight: if own.fairness_weight > 0.0 {
            own.fairness_weight
        } else {
            workflow.fairness_weight
        },
    })
}
