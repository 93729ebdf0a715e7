//! Samplers mean what OpenTelemetry's specification says.

use chronoscope::Observability;
use opentelemetry::{
    Context,
    trace::{
        SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState, Tracer as _,
        TracerProvider as _,
    },
};

use super::run;
use crate::support::collector::Collector;

/// Spans below a parent elsewhere that is recorded, below one that is not, and without one.
#[test]
#[ignore = "a part of another test"]
fn three_spans() {
    let observability = Observability::from_env().unwrap().install().unwrap();
    let tracer = observability.tracer_provider().tracer("door");
    let parent = |flags| {
        let (trace, span) = (TraceId::from(7), SpanId::from(7));
        let parent = SpanContext::new(trace, span, flags, true, TraceState::default());
        Context::new().with_remote_span_context(parent)
    };
    for (name, parent) in [
        ("recorded", parent(TraceFlags::SAMPLED)),
        ("not", parent(TraceFlags::default())),
        ("root", Context::new()),
    ] {
        let span = tracer.start_with_context(name, &parent);
        // What is below goes with it.
        let context = parent.with_span(span);
        drop(tracer.start_with_context(format!("below {name}"), &context));
    }
    observability.shutdown();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_that_are_parentbased_follow_a_parent() {
    let all = &["recorded", "not", "root"][..];
    for (sampler, argument, expected) in [
        ("always_on", "", all),
        ("Always_On", "", all),
        ("always_off", "", &[]),
        ("traceidratio", "", all),
        ("traceidratio", "1.0", all),
        ("traceidratio", "0", &[]),
        ("traceidratio", "10%", all),
        ("traceidratio", "1.5", all),
        ("parentbased_always_on", "", &["recorded", "root"]),
        ("parentbased_always_off", "", &["recorded"]),
        ("parentbased_traceidratio", "0", &["recorded"]),
        ("parentbased_traceidratio", "1", &["recorded", "root"]),
        ("parentbased_jaeger_remote", "", &["recorded", "root"]),
        ("", "", &["recorded", "root"]),
    ] {
        let (collector, endpoint) = Collector::start().await;
        let text = run(
            "wire::sampled::three_spans",
            &[
                ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint),
                ("OTEL_TRACES_SAMPLER", sampler.to_owned()),
                ("OTEL_TRACES_SAMPLER_ARG", argument.to_owned()),
            ],
        )
        .await;
        let mut came: Vec<_> = collector
            .spans()
            .into_iter()
            .map(|span| span.name)
            .collect();
        let mut expected: Vec<_> = expected
            .iter()
            .flat_map(|name| [(*name).to_owned(), format!("below {name}")])
            .collect();
        came.sort();
        expected.sort();
        assert_eq!(came, expected, "{sampler}={argument}: {text}");
    }
}
