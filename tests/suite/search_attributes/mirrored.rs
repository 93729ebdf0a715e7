//! Chosen attributes on log lines, log records and spans.

use chronoscope::{
    Observability, export, logs::ReplayFilter, rebuild::Recording, search_attributes,
};
use serde_json::{Value, json};
use temporalio_client::WorkflowStartOptions;
use tracing_subscriber::layer::SubscriberExt as _;

use super::{workflows::*, *};
use crate::{
    support::{Lines, collector::Collector, end, observed, unique},
    traces::{rebuilt, shut_down},
};

fn mirroring(endpoint: String) -> Observability {
    let collector = export::Collector::at(endpoint);
    Observability::builder()
        .traces(|t| t.otlp(collector.clone()))
        .logs(|l| l.otlp(collector))
        .search_attributes(|s| s.mirror(STATUS).mirror(ITEMS).mirror(TAGS))
        .build()
        .unwrap()
}

#[tokio::test]
async fn lines_records_and_spans_bear_what_is_chosen_as_it_changes_evicted_or_not() {
    registered().await;
    for cache in [0, 1000] {
        let lines = Lines::default();
        let (collector, endpoint) = Collector::start().await;
        let observability = mirroring(endpoint);
        let subscriber = tracing_subscriber::registry()
            .with(lines.layer())
            .with(observability.log_record_layer())
            .with(ReplayFilter::global());
        let _default = tracing::subscriber::set_default(subscriber);
        let client = connect(Some(&observability)).await;
        let queue = unique("mirrored");
        let history = observed(&client, &observability, worker(&queue, cache), async {
            let started_with = [ITEMS.set(-7), TAGS.set(["a", "b"]), URGENT.set(true)];
            let options = WorkflowStartOptions::new(&queue, unique("mirrored"))
                .search_attributes(search_attributes::of(started_with).unwrap())
                .build();
            let run = client
                .start_workflow(Stages::run, (), options)
                .await
                .unwrap();
            end(&run).await;
            let run = (run.info().workflow_id.clone(), None);
            scenarios::history(&client, &run).to_json().await.unwrap()
        })
        .await;
        shut_down(&observability).await;

        let field = |message: &str, key: &str| -> Value {
            let found = lines.with_message(message);
            assert_eq!(found.len(), 1, "{message}: {found:?}");
            found[0][key].clone()
        };
        assert_eq!(field("started", STATUS.name()), Value::Null);
        assert_eq!(field("started", TAGS.name()), json!(["a", "b"]));
        // `Stages` unsets it with its second command.
        assert_eq!(field("started", ITEMS.name()), json!(-7));
        assert_eq!(field("new", STATUS.name()), json!("new"));
        assert_eq!(field("paid", STATUS.name()), json!("paid"));
        assert_eq!(field("paid", ITEMS.name()), Value::Null);
        assert_eq!(field("started", URGENT.name()), Value::Null);

        let records = collector.records();
        let field = |body: &str, key: &str| {
            let mut found = records.iter().filter(|record| record.body == body);
            let record = found.next().unwrap();
            assert_eq!(found.next(), None, "{body} twice");
            let value = record.typed.get(key);
            value.map_or(String::new(), Clone::clone)
        };
        assert_eq!(field("started", STATUS.name()), "");
        assert_eq!(field("started", ITEMS.name()), "IntValue(-7)");
        assert!(field("started", TAGS.name()).starts_with("ArrayValue"));
        assert_eq!(field("paid", STATUS.name()), "StringValue(\"paid\")");
        assert_eq!(field("paid", ITEMS.name()), "");
        assert_eq!(field("started", URGENT.name()), "");

        let spans = collector.spans();
        let span = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
        let marker = span("WorkflowExecutionStarted:Stages");
        assert_eq!(marker.attribute(ITEMS.name()), "-7");
        assert_eq!(marker.attribute(STATUS.name()), "");
        let run = span("RunWorkflow:Stages");
        assert_eq!(run.attribute(STATUS.name()), "paid");
        assert_eq!(run.attribute(TAGS.name()), "a,b");
        assert_eq!(run.attribute(ITEMS.name()), "");
        assert_eq!(run.attribute(URGENT.name()), "");

        let (collector, endpoint) = Collector::start().await;
        let observability = mirroring(endpoint);
        let recording = Recording::read(namespace().await, &history).unwrap();
        let workflows = rebuilt::workflows_of(&worker("any", 0));
        let rebuilt = observability.rebuild(workflows, recording).await.unwrap();
        shut_down(&observability).await;
        assert_eq!(
            rebuilt::of_workflow(&rebuilt.run_id, &collector.spans()),
            rebuilt::of_workflow(&rebuilt.run_id, &spans),
        );
    }
}
