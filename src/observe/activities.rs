//! Data shared by all activity attempts of one kind: their fields and series.

use std::sync::{Arc, OnceLock};

use super::Observer;
use crate::{
    execution::{ActivityAttempt, Fields, Interned},
    metrics::{ActivitySeries, Caller, Measures},
};

/// Data shared by all attempts of one activity type that one workflow type calls on one task queue.
pub(crate) struct ActivityKind {
    pub(crate) fields: Arc<Fields>,
    /// Made by the first layer that measures: layers in a stack may each make other signals.
    series: OnceLock<Arc<ActivitySeries>>,
}

/// All kinds so far.
pub(super) type ActivityKinds = Interned<ActivityKind>;

impl ActivityKind {
    /// Returns the series of the attempts.
    pub(crate) fn series(
        &self,
        measures: &Measures,
        attempt: &ActivityAttempt<'_>,
    ) -> Arc<ActivitySeries> {
        let make = || Arc::new(measures.activity(own(attempt), caller(attempt)));
        self.series.get_or_init(make).clone()
    }
}

impl Observer {
    /// Returns the kind of an attempt.
    pub(crate) fn kind(&self, attempt: &ActivityAttempt<'_>) -> Arc<ActivityKind> {
        let [namespace, task_queue, activity_type] = own(attempt);
        let local = if attempt.is_local { "local" } else { "" };
        let name = [
            namespace,
            task_queue,
            local,
            attempt.workflow_type,
            activity_type,
        ];
        self.parts.shared.activities.get(&name, || ActivityKind {
            fields: Arc::new(attempt.of_kind()),
            series: OnceLock::new(),
        })
    }
}

fn own<'a>(attempt: &ActivityAttempt<'a>) -> [&'a str; 3] {
    [attempt.namespace, attempt.task_queue, attempt.activity_type]
}

fn caller<'a>(attempt: &ActivityAttempt<'a>) -> Caller<'a> {
    Caller {
        workflow_type: attempt.workflow_type,
        is_local: attempt.is_local,
    }
}
