//! The effect of filters on users' and the SDK's spans.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use chronoscope::{
    execution::Phase,
    logs::{ReplayFilter, Shield},
    schema::Operation,
    testing::execution,
};
use tracing::{Event, Subscriber, span};
use tracing_subscriber::{
    Layer, Registry,
    layer::{Context, SubscriberExt as _},
    registry::LookupSpan,
};

use crate::{
    scenarios,
    support::{Lines, connect, unique, work},
};

/// Notes the names of spans, and of the span that each event is in.
#[derive(Clone, Default)]
struct Names(Arc<Mutex<Vec<String>>>);

impl Names {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl<S: Subscriber + for<'span> LookupSpan<'span>> Layer<S> for Names {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, _: &span::Id, _: Context<'_, S>) {
        self.0
            .lock()
            .unwrap()
            .push(attributes.metadata().name().to_owned());
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let parent = context.event_span(event).map_or("none", |span| span.name());
        self.0.lock().unwrap().push(format!("event in {parent}"));
    }
}

fn log_in_a_span() {
    tracing::info_span!("mine").in_scope(|| tracing::info!("inside"));
}

fn check(phase: Phase, expect: &[&str]) {
    let per_layer = |names: Names| -> Box<dyn Layer<Registry> + Send + Sync> {
        names.with_filter(ReplayFilter::new()).boxed()
    };
    let names = Names::default();
    let subscribers: [tracing::Dispatch; 2] = [
        tracing_subscriber::registry()
            .with(per_layer(names.clone()))
            .into(),
        tracing_subscriber::registry()
            .with(names.clone())
            .with(ReplayFilter::global())
            .into(),
    ];
    for subscriber in subscribers {
        tracing::dispatcher::with_default(&subscriber, || {
            execution(Operation::RunWorkflow)
                .phase(phase)
                .build()
                .run(log_in_a_span);
        });
        assert_eq!(names.take(), expect, "{phase:?}");
    }
}

#[test]
fn a_span_that_is_opened_while_replaying_is_disabled() {
    check(Phase::Live, &["mine", "event in mine"]);
    check(Phase::Replaying, &[]);
    check(Phase::ReadOnly, &["mine", "event in mine"]);
    check(Phase::Evicting, &[]);
}

#[test]
fn live_events_in_a_replayed_span_come_out_without_it() {
    let names = Names::default();
    let subscriber = tracing_subscriber::registry()
        .with(names.clone())
        .with(ReplayFilter::global());
    tracing::subscriber::with_default(subscriber, || {
        let run = |phase| execution(Operation::RunWorkflow).phase(phase).build();
        let span = run(Phase::Replaying).run(|| tracing::info_span!("mine"));
        run(Phase::Live).run(|| span.in_scope(|| tracing::info!("inside")));
    });
    assert_eq!(names.take(), ["event in none"]);
}

/// Notes the names of SDK spans and of their fields.
#[derive(Clone, Default)]
struct SdkSpans(Arc<Mutex<BTreeSet<&'static str>>>);

impl<S: Subscriber> Layer<S> for SdkSpans {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, _: &span::Id, _: Context<'_, S>) {
        let metadata = attributes.metadata();
        if metadata.target().starts_with("temporalio_sdk") {
            let mut names = self.0.lock().unwrap();
            names.insert(metadata.name());
            names.extend(metadata.fields().iter().map(|field| field.name()));
        }
    }
}

#[tokio::test]
async fn the_sdks_own_spans_that_repeat_or_print_payloads_do_not_reach_layers() {
    let (seen, all) = (SdkSpans::default(), SdkSpans::default());
    let subscriber = tracing_subscriber::registry()
        // Sees to it that workers of other tests, on threads without a subscriber, settle nothing.
        .with(Lines::default().layer())
        .with(seen.clone().with_filter(ReplayFilter::new()))
        .with(all.clone());
    let _default = tracing::subscriber::set_default(subscriber);
    let client = connect(None).await;
    for name in ["updates", "activities"] {
        let scenario = scenarios::ALL
            .iter()
            .find(|scenario| scenario.name == name)
            .unwrap();
        let queue = unique(name);
        let options = scenarios::worker(&queue, 0);
        work(&client, options, (scenario.play)(client.clone(), queue)).await;
    }
    for hidden in [
        "RunWorkflow",
        "RunActivity",
        "poll_workflow_activation",
        "completion",
    ] {
        assert!(
            all.0.lock().unwrap().contains(hidden),
            "the SDK has no {hidden} any more"
        );
        assert!(
            !seen.0.lock().unwrap().contains(hidden),
            "{hidden} reached a layer"
        );
    }
    assert!(
        seen.0.lock().unwrap().contains("poll_activity_task"),
        "others do"
    );
}

#[test]
fn spans_are_told_by_target_name_and_fields() {
    let names = Names::default();
    let subscriber = tracing_subscriber::registry()
        .with(names.clone())
        .with(ReplayFilter::global());
    tracing::subscriber::with_default(subscriber, || {
        // The core opens this one on a thread of its own, with an update's arguments in it.
        tracing::info_span!(target: "temporalio_sdk_core::worker", "handle", message = "secret")
            .in_scope(|| ());
        // A new field may hold anything, except for the known ids.
        tracing::info_span!(target: "temporalio_sdk", "news", run_id = "1", what = "secret")
            .in_scope(|| ());
        tracing::info_span!(target: "temporalio_sdk", "poll", run_id = "1").in_scope(|| ());
        tracing::info_span!("RunWorkflow").in_scope(|| ());
        tracing::info_span!("mine", message = "no secret").in_scope(|| ());
    });
    assert_eq!(names.take(), ["poll", "RunWorkflow", "mine"]);
}

#[test]
fn a_shield_catches_what_a_layer_throws() {
    struct Bomb;
    impl<S: Subscriber> Layer<S> for Bomb {
        fn on_event(&self, _: &Event<'_>, _: Context<'_, S>) {
            panic!("on purpose");
        }
    }
    let (names, shield) = (Names::default(), Shield::new(Bomb));
    let caught = shield.caught();
    let subscriber = tracing_subscriber::registry()
        .with(shield)
        .with(names.clone());
    tracing::subscriber::with_default(subscriber, log_in_a_span);
    assert_eq!(caught.count(), 1);
    assert_eq!(names.take(), ["mine", "event in mine"]);
}
