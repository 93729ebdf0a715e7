use std::sync::Arc;

use super::Observer;
use crate::{
    execution::{ActivityAttempt, Fields, Interned},
    metrics::{ActivitySeries, Caller},
};

/// What all attempts of an activity type have in common that one workflow type calls on one task
/// queue.
pub(crate) struct ActivityKind {
    pub(crate) fields: Arc<Fields>,
    pub(crate) series: Option<Arc<ActivitySeries>>,
}

/// Every kind so far.
pub(super) type ActivityKinds = Interned<ActivityKind>;

impl Observer {
    /// Returns the kind of an attempt.
    pub(crate) fn kind(&self, attempt: &ActivityAttempt<'_>) -> Arc<ActivityKind> {
        let own = [attempt.namespace, attempt.task_queue, attempt.activity_type];
        let caller = Caller {
            workflow_type: attempt.workflow_type,
            is_local: attempt.is_local,
        };
        let local = if caller.is_local { "local" } else { "" };
        let name = [own[0], own[1], local, caller.workflow_type, own[2]];
        self.activities().get(&name, || ActivityKind {
            fields: Arc::new(attempt.of_kind()),
            series: self
                .measured()
                .map(|measures| Arc::new(measures.activity(own, caller))),
        })
    }
}
