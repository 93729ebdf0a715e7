use std::sync::Arc;

use super::Fields;
#[cfg(any(feature = "rebuild", feature = "testing"))]
use super::Value;
use crate::schema::Field;

/// What an attempt of an activity is of.
pub(crate) struct ActivityAttempt<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) task_queue: &'a str,
    pub(crate) workflow_type: &'a str,
    pub(crate) activity_type: &'a str,
    pub(crate) is_local: bool,
    pub(crate) workflow_id: &'a str,
    pub(crate) run_id: &'a str,
    pub(crate) activity_id: &'a str,
    pub(crate) attempt: u32,
}

impl<'a> ActivityAttempt<'a> {
    /// Reads what fields say, going over them once.
    #[cfg(any(feature = "rebuild", feature = "testing"))]
    pub(crate) fn of(fields: &'a Fields) -> Self {
        let mut of = Self {
            namespace: "",
            task_queue: "",
            workflow_type: "",
            activity_type: "",
            is_local: false,
            workflow_id: "",
            run_id: "",
            activity_id: "",
            attempt: 1,
        };
        for (field, value) in fields.iter() {
            match (field, value) {
                (Field::Namespace, Value::Text(text)) => of.namespace = text,
                (Field::TaskQueue, Value::Text(text)) => of.task_queue = text,
                (Field::WorkflowType, Value::Text(text)) => of.workflow_type = text,
                (Field::ActivityType, Value::Text(text)) => of.activity_type = text,
                (Field::IsLocal, Value::Flag(is_local)) => of.is_local = *is_local,
                (Field::WorkflowId, Value::Text(text)) => of.workflow_id = text,
                (Field::RunId, Value::Text(text)) => of.run_id = text,
                (Field::ActivityId, Value::Text(text)) => of.activity_id = text,
                (Field::Attempt, Value::Number(attempt)) => {
                    of.attempt = u32::try_from(*attempt).unwrap_or(u32::MAX);
                }
                _ => {}
            }
        }
        of
    }

    /// Returns the fields that all attempts have that are of the same kind.
    pub(crate) fn of_kind(&self) -> Fields {
        Fields::default()
            .with(Field::Namespace, self.namespace)
            .with(Field::TaskQueue, self.task_queue)
            .with(Field::WorkflowType, self.workflow_type)
            .with(Field::ActivityType, self.activity_type)
            .with(Field::IsLocal, self.is_local)
    }

    /// Returns the fields of the attempt, on those of its kind.
    pub(crate) fn fields(&self, of_kind: &Arc<Fields>) -> Fields {
        Fields::on(of_kind)
            .with(Field::WorkflowId, self.workflow_id)
            .with(Field::RunId, self.run_id)
            .with(Field::Attempt, self.attempt)
            .with(Field::ActivityId, self.activity_id)
    }
}
