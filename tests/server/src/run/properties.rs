//! Markers, search attributes and the memo.

use super::{
    Event, Run,
    command::check_text,
    complete::{Taking, TaskFailure},
};
use crate::proto::{WorkflowTaskFailedCause as Cause, command, history, sdk};

impl Run {
    pub(super) fn record_marker(
        &mut self,
        wanted: command::RecordMarkerCommandAttributes,
        metadata: Option<sdk::UserMetadata>,
        taking: &Taking,
    ) -> Result<(), TaskFailure> {
        let text = "MarkerName is not set on RecordMarkerCommand.";
        check_text(&wanted.marker_name, text, Cause::BadRecordMarkerAttributes)?;
        let event = Event::new(history::MarkerRecordedEventAttributes {
            marker_name: wanted.marker_name,
            details: wanted.details,
            workflow_task_completed_event_id: taking.completed_id,
            header: wanted.header,
            failure: wanted.failure,
        });
        self.record(event.user_metadata(metadata));
        Ok(())
    }

    pub(super) fn upsert_search_attributes(
        &mut self,
        wanted: command::UpsertWorkflowSearchAttributesCommandAttributes,
        taking: &Taking,
    ) -> Result<(), TaskFailure> {
        let fields = wanted.search_attributes.as_ref();
        if fields.is_none_or(|fields| fields.indexed_fields.is_empty()) {
            let text = "IndexedFields is not set on UpsertWorkflowSearchAttributesCommand.";
            return Err(TaskFailure::new(Cause::BadSearchAttributes, text));
        }
        taking.check_attributes(fields)?;
        self.record(Event::new(
            history::UpsertWorkflowSearchAttributesEventAttributes {
                workflow_task_completed_event_id: taking.completed_id,
                search_attributes: wanted.search_attributes,
            },
        ));
        Ok(())
    }

    pub(super) fn modify_properties(
        &mut self,
        wanted: command::ModifyWorkflowPropertiesCommandAttributes,
        taking: &Taking,
    ) -> Result<(), TaskFailure> {
        if wanted.upserted_memo.is_none() {
            let text = "UpsertedMemo is not set on ModifyWorkflowPropertiesCommand.";
            let cause = Cause::BadModifyWorkflowPropertiesAttributes;
            return Err(TaskFailure::new(cause, text));
        }
        self.record(Event::new(
            history::WorkflowPropertiesModifiedEventAttributes {
                workflow_task_completed_event_id: taking.completed_id,
                upserted_memo: wanted.upserted_memo,
            },
        ));
        Ok(())
    }
}
