//! The list of executing activity attempts, in the service's messages.

use super::{View, begins, is, number, since, text, time_of};
use crate::{
    execution::{Fields, Value},
    introspect::{page::Page, v1},
    observe::AttemptSeen,
    schema::Field,
};

/// The filter of listed attempts.
#[derive(Debug)]
pub(in crate::introspect) struct ActivityFilter(v1::ActivityFilter);

impl ActivityFilter {
    pub(in crate::introspect) fn read(asked: Option<v1::ActivityFilter>) -> Self {
        Self(asked.unwrap_or_default())
    }

    fn passes(&self, attempt: &AttemptSeen) -> bool {
        let field = |field| attempt.about().text(field);
        is(&self.0.task_queue, field(Field::TaskQueue))
            && is(&self.0.activity_type, field(Field::ActivityType))
            && begins(&self.0.workflow_id_prefix, field(Field::WorkflowId))
            && begins(&self.0.activity_id_prefix, field(Field::ActivityId))
            && (self.0.local).is_none_or(|local| local == is_local(attempt.about()))
    }
}

fn is_local(about: &Fields) -> bool {
    about.get(Field::IsLocal) == Some(&Value::Flag(true))
}

impl View {
    /// Returns one page of the executing attempts.
    pub(in crate::introspect) fn activities(
        &self,
        filter: &ActivityFilter,
        page: Page,
        tick: Option<v1::Tick>,
    ) -> v1::ListActivitiesResponse {
        let mut attempts = self.process.watched.attempts.list();
        attempts.retain(|attempt| filter.passes(attempt));
        let part = page.of(attempts, |attempt| attempt.number);
        v1::ListActivitiesResponse {
            activities: part.items.iter().map(activity).collect(),
            next_page_token: part.next,
            total: part.total,
            tick,
        }
    }
}

fn activity(attempt: &AttemptSeen) -> v1::Activity {
    let about = attempt.about();
    v1::Activity {
        namespace: text(about, Field::Namespace),
        task_queue: text(about, Field::TaskQueue),
        workflow_id: text(about, Field::WorkflowId),
        run_id: text(about, Field::RunId),
        workflow_type: text(about, Field::WorkflowType),
        activity_id: text(about, Field::ActivityId),
        activity_type: text(about, Field::ActivityType),
        attempt: number(about, Field::Attempt),
        local: is_local(about),
        age: attempt.beats().and_then(|beats| since(beats.started)),
        last_heartbeat: attempt.beats().and_then(|beats| time_of(beats.last()?)),
    }
}
