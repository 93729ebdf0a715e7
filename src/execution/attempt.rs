//! The fields of an activity attempt, borrowed from the SDK's or from an execution's.

use std::sync::Arc;

#[cfg(any(feature = "rebuild", feature = "__unwired"))]
use super::Value;
use super::{Fields, constant::constant};
use crate::schema::Field;

/// The fields that tell an activity attempt from others.
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
    /// Reads an attempt from its fields in one pass.
    #[cfg(any(feature = "rebuild", feature = "__unwired"))]
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
        // A loop over two chained lists costs twice as much.
        fields
            .iter()
            .for_each(|(field, value)| of.set(field, value));
        of
    }

    #[cfg(any(feature = "rebuild", feature = "__unwired"))]
    fn set(&mut self, field: Field, value: &'a Value) {
        let place = match (field, value) {
            (Field::IsLocal, Value::Flag(is_local)) => return self.is_local = *is_local,
            (Field::Attempt, Value::Number(attempt)) => {
                return self.attempt = u32::try_from(*attempt).unwrap_or(u32::MAX);
            }
            (Field::Namespace, _) => &mut self.namespace,
            (Field::TaskQueue, _) => &mut self.task_queue,
            (Field::WorkflowType, _) => &mut self.workflow_type,
            (Field::ActivityType, _) => &mut self.activity_type,
            (Field::WorkflowId, _) => &mut self.workflow_id,
            (Field::RunId, _) => &mut self.run_id,
            (Field::ActivityId, _) => &mut self.activity_id,
            _ => return,
        };
        *place = value.as_text().unwrap_or_default();
    }

    /// Returns the fields that all attempts of the same kind share.
    pub(crate) fn of_kind(&self) -> Fields {
        Fields::default()
            .with(Field::Namespace, constant(self.namespace))
            .with(Field::TaskQueue, constant(self.task_queue))
            .with(Field::WorkflowType, constant(self.workflow_type))
            .with(Field::ActivityType, constant(self.activity_type))
            .with(Field::IsLocal, self.is_local)
    }

    /// Returns the fields of the attempt, on top of those of its kind.
    pub(crate) fn fields(&self, of_kind: &Arc<Fields>) -> Fields {
        Fields::on(of_kind)
            .with(Field::WorkflowId, self.workflow_id)
            .with(Field::RunId, self.run_id)
            .with(Field::Attempt, self.attempt)
            .with(Field::ActivityId, self.activity_id)
    }
}
