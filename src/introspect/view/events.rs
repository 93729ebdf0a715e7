//! The list and the stream of events, in the service's messages.

use tonic::Status;

use super::{View, begins, duration, is, kinds, number, runs::failure, text};
use crate::{
    introspect::{page::Page, v1},
    observe::{Event, Happened, NON_DETERMINISM},
    schema::Field,
};

/// The filter of listed events.
#[derive(Debug)]
pub(in crate::introspect) struct EventFilter {
    asked: v1::EventFilter,
    kinds: Vec<v1::EventKind>,
}

impl EventFilter {
    pub(in crate::introspect) fn read(asked: Option<v1::EventFilter>) -> Result<Self, Status> {
        let asked = asked.unwrap_or_default();
        let kinds = kinds(&asked.kinds, "event kind")?;
        Ok(Self { asked, kinds })
    }

    fn passes(&self, event: &Event) -> bool {
        let field = |field| event.about.text(field);
        (self.kinds.is_empty() || self.kinds.contains(&kind(&event.what)))
            && is(&self.asked.task_queue, field(Field::TaskQueue))
            && is(&self.asked.workflow_type, field(Field::WorkflowType))
            && begins(&self.asked.workflow_id_prefix, field(Field::WorkflowId))
    }
}

impl View {
    /// Returns the number of the newest event.
    pub(in crate::introspect) fn newest_event(&self) -> u64 {
        self.process.watched.events.newest()
    }

    /// Returns a number before that of every kept event.
    pub(in crate::introspect) fn before_the_oldest_event(&self) -> u64 {
        self.process.watched.events.after(0).missed
    }

    /// Returns one page of the kept events.
    pub(in crate::introspect) fn events(
        &self,
        filter: &EventFilter,
        page: Page,
    ) -> v1::ListEventsResponse {
        let mut kept = self.process.watched.events.after(0);
        kept.events.retain(|(_, event)| filter.passes(event));
        let part = page.of(kept.events, |(number, _)| *number);
        v1::ListEventsResponse {
            events: part.items.iter().map(event).collect(),
            next_page_token: part.next,
            missed: kept.missed,
            dropped: self.process.watched.events.dropped(),
            tick: None,
        }
    }

    /// Returns the events that a reader has not seen.
    pub(in crate::introspect) fn new_events(
        &self,
        filter: &EventFilter,
        seen: &mut u64,
        tick: v1::Tick,
    ) -> v1::ListEventsResponse {
        let unseen = self.process.watched.events.after(*seen);
        *seen = unseen.newest;
        let events = unseen.events.iter();
        v1::ListEventsResponse {
            events: events
                .filter(|(_, event)| filter.passes(event))
                .map(event)
                .collect(),
            next_page_token: String::new(),
            missed: unseen.missed,
            dropped: self.process.watched.events.dropped(),
            tick: Some(tick),
        }
    }
}

fn kind(what: &Happened) -> v1::EventKind {
    match what {
        Happened::TaskFailed(why) if why.cause == NON_DETERMINISM => v1::EventKind::NonDeterminism,
        Happened::TaskFailed(_) => v1::EventKind::TaskFailed,
        Happened::Evicted { .. } => v1::EventKind::Evicted,
        Happened::RunFailed { .. } => v1::EventKind::RunFailed,
        Happened::ActivityFailed(_) => v1::EventKind::ActivityFailed,
        Happened::Replayed { .. } => v1::EventKind::Replayed,
    }
}

fn event((count, event): &(u64, Event)) -> v1::Event {
    let about = &event.about;
    let mut told = v1::Event {
        number: *count,
        at: Some(event.at.into()),
        kind: kind(&event.what).into(),
        namespace: text(about, Field::Namespace),
        task_queue: text(about, Field::TaskQueue),
        workflow_id: text(about, Field::WorkflowId),
        run_id: text(about, Field::RunId),
        workflow_type: text(about, Field::WorkflowType),
        activity_id: text(about, Field::ActivityId),
        activity_type: text(about, Field::ActivityType),
        attempt: number(about, Field::Attempt),
        ..Default::default()
    };
    match &event.what {
        Happened::TaskFailed(why) => told.failure = Some(failure(why)),
        Happened::Evicted { reason } => told.eviction_reason = (*reason).to_owned(),
        Happened::RunFailed { error_type } => {
            told.outcome = "failed".to_owned();
            told.error_type = error_type.to_string();
        }
        Happened::ActivityFailed(outcome) => {
            told.outcome = outcome.class().to_owned();
            told.error_type = outcome.error_type().unwrap_or_default().to_owned();
        }
        Happened::Replayed {
            length,
            time,
            log_events,
            metrics,
        } => {
            told.replayed = Some(v1::Replayed {
                history_length: *length,
                duration: Some(duration(*time)),
                suppressed: Some(v1::Suppressed {
                    workflow_type: text(about, Field::WorkflowType),
                    log_events: *log_events,
                    metrics: *metrics,
                }),
            });
        }
    }
    told
}
