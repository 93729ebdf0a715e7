//! Spans of workflow code with more attributes, events and links than there may be.

use std::cell::RefCell;

use chronoscope::{Observability, trace::Tracer};
use opentelemetry::{
    KeyValue, SpanId, TraceId,
    trace::{
        Event, Link, Span as _, SpanBuilder, SpanContext, TraceFlags, TraceState, Tracer as _,
        TracerProvider as _,
    },
};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{WorkerOptions, WorkflowContext, WorkflowResult};

use crate::support::{Spans, run, unique};

const MANY: u32 = 200;
const LIMIT: u32 = 128;

thread_local! {
    /// What the workflow makes spans with: it runs on the test's thread.
    static TRACER: RefCell<Option<Tracer>> = const { RefCell::new(None) };
}

#[workflow]
#[derive(Default)]
struct Many;

fn attribute(n: u32) -> KeyValue {
    KeyValue::new(n.to_string(), true)
}

/// Another span, which there need not be.
fn another() -> SpanContext {
    let (trace, span) = (TraceId::from(7), SpanId::from(7));
    SpanContext::new(
        trace,
        span,
        TraceFlags::default(),
        true,
        TraceState::default(),
    )
}

fn begun_with_many(tracer: &Tracer) {
    let event = |n: u32| Event::with_name(n.to_string());
    let link = |_| Link::with_context(another());
    let builder = SpanBuilder::from_name("begun with many")
        .with_attributes((0..MANY).map(attribute))
        .with_events((0..MANY).map(event).collect())
        .with_links((0..MANY).map(link).collect());
    drop(tracer.build(builder));
}

fn given_many(tracer: &Tracer) {
    let mut span = tracer.start("given many");
    for n in 0..MANY {
        span.set_attribute(attribute(n));
        span.add_event(n.to_string(), Vec::new());
        span.add_link(another(), Vec::new());
    }
    // One that is there is replaced.
    span.set_attribute(attribute(0));
}

#[workflow_methods]
impl Many {
    #[run]
    async fn run(_ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        TRACER.with_borrow(|tracer| {
            let tracer = tracer.as_ref().unwrap();
            begun_with_many(tracer);
            given_many(tracer);
        });
        Ok(())
    }
}

#[tokio::test]
async fn what_is_too_much_for_a_span_is_counted() {
    let spans = Spans::default();
    let observability = Observability::builder()
        .traces(|t| t.processor(spans.clone()))
        .build()
        .unwrap();
    TRACER.set(Some(observability.tracer_provider().tracer("suite")));
    let options = WorkerOptions::new(unique("many"))
        .register_workflow::<Many>()
        .unwrap()
        .build();
    run(&observability, options, Many::run, ()).await;
    observability.shutdown();
    for name in ["begun with many", "given many"] {
        let all = spans.all();
        let span = all.iter().find(|span| span.name == name).unwrap();
        let (events, links) = (&span.events, &span.links);
        for (what, kept, dropped) in [
            (
                "attributes",
                span.attributes.len(),
                span.dropped_attributes_count,
            ),
            ("events", events.len(), events.dropped_count),
            ("links", links.len(), links.dropped_count),
        ] {
            let expected = (LIMIT as usize, MANY - LIMIT);
            assert_eq!((kept, dropped), expected, "{what} of {name}");
        }
    }
}
