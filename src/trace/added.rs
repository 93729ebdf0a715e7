//! What users add to a span of chronoscope's: attributes, events, links, status and name.

use std::{borrow::Cow, time::SystemTime};

use opentelemetry::{
    KeyValue,
    trace::{Event, Link, Span, SpanContext, Status},
};

use super::OpenSpan;

/// OpenTelemetry's own limit on attributes, events and links of one span.
const LIMIT: usize = 128;

/// Adds one to a span's list, or counts it as dropped.
fn add<T>(one: T, list: &mut Vec<T>, dropped: &mut u32) {
    match list.len() < LIMIT {
        true => list.push(one),
        false => *dropped = dropped.saturating_add(1),
    }
}

/// Returns the list with which a span begins, and how many were dropped.
pub(super) fn limited<T>(list: Option<Vec<T>>) -> (Vec<T>, u32) {
    let mut list = list.unwrap_or_default();
    let dropped = list.len().saturating_sub(LIMIT);
    list.truncate(LIMIT);
    (list, u32::try_from(dropped).unwrap_or(u32::MAX))
}

/// Lets users add to the current span through `Context::current().span()`.
impl Span for OpenSpan {
    fn add_event_with_timestamp<T>(
        &mut self,
        name: T,
        timestamp: SystemTime,
        attributes: Vec<KeyValue>,
    ) where
        T: Into<Cow<'static, str>>,
    {
        let event = Event::new(name, self.time_of(timestamp), attributes, 0);
        self.with(|record| {
            let events = &mut record.data.events;
            add(event, &mut events.events, &mut events.dropped_count);
        });
    }

    fn span_context(&self) -> &SpanContext {
        self.context()
    }

    fn is_recording(&self) -> bool {
        self.is_open()
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        self.with(|record| {
            let known = |known: &KeyValue| known.key == attribute.key;
            let data = &mut *record.data;
            match data.attributes.iter().position(known) {
                Some(place) => data.attributes[place] = attribute,
                None => add(
                    attribute,
                    &mut data.attributes,
                    &mut data.dropped_attributes_count,
                ),
            }
        });
    }

    fn set_status(&mut self, status: Status) {
        self.with(|record| {
            // Statuses are ordered: the greater one stays.
            if status > record.data.status {
                record.data.status = status;
            }
        });
    }

    fn update_name<T>(&mut self, name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        let name = name.into();
        self.with(|record| record.data.name = name);
    }

    fn add_link(&mut self, context: SpanContext, attributes: Vec<KeyValue>) {
        self.with(|record| {
            let links = &mut record.data.links;
            let link = Link::new(context, attributes, 0);
            add(link, &mut links.links, &mut links.dropped_count);
        });
    }

    /// The span's operation ends it; users' own spans are [`super::Span`]s.
    fn end_with_timestamp(&mut self, _: SystemTime) {}
}
