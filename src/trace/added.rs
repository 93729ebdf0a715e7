//! What users add to a span of chronoscope's: attributes, events, links, status and name.

use std::{borrow::Cow, time::SystemTime};

use opentelemetry::{
    KeyValue,
    trace::{Event, Link, Span, SpanContext, Status},
};

use super::OpenSpan;

/// OpenTelemetry's own limit on attributes, events and links of one span.
const LIMIT: usize = 128;

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
            if record.data.events.events.len() < LIMIT {
                record.data.events.events.push(event);
            }
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
            match record.data.attributes.iter().position(known) {
                Some(place) => record.data.attributes[place] = attribute,
                None if record.data.attributes.len() < LIMIT => {
                    record.data.attributes.push(attribute)
                }
                None => {}
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
            if record.data.links.links.len() < LIMIT {
                record
                    .data
                    .links
                    .links
                    .push(Link::new(context, attributes, 0));
            }
        });
    }

    /// The span's operation ends it; users' own spans are [`super::Span`]s.
    fn end_with_timestamp(&mut self, _: SystemTime) {}
}
