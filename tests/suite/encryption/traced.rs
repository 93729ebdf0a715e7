//! Traces that go through the codec, from Rust to Rust and from Rust to Python.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    time::Duration,
};

use chronoscope::{Observability, export};
use temporalio_client::{Client, ClientOptions, WorkflowFetchHistoryOptions, WorkflowHandle};
use temporalio_common::{
    HasWorkflowDefinition,
    data_converters::{DataConverter, DefaultFailureConverter, PayloadConverter},
    protos::temporal::api::history::v1::History,
};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, WorkerOptions, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
};

use super::{
    activities::{Patient, Surgery},
    codec,
    workflows::Consultation,
};
use crate::{
    support::{
        collector::{Collector, Span},
        connect, end, namespace, observed, start, unique,
    },
    traces::{python, shut_down},
};

/// The activity as the workflow knows it: it runs in Python.
struct Abroad;

#[activities]
impl Abroad {
    #[activity(name = "ship")]
    async fn ship(_ctx: ActivityContext, _order: String) -> Result<String, ActivityError> {
        unreachable!("it runs in Python")
    }
}

#[workflow]
#[derive(Default)]
struct Voyage;

#[workflow_methods]
impl Voyage {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, order: String) -> WorkflowResult<String> {
        let abroad = ActivityOptions::with_start_to_close_timeout(Duration::from_secs(30))
            .task_queue(python::abroad(ctx.task_queue()))
            .build();
        Ok(ctx.execute_activity(Abroad::ship, order, abroad).await?)
    }
}

/// Something that sends its spans to a collector, and a client with or without the codec.
async fn traced(coded: bool) -> (Collector, String, Observability, Client) {
    let (collector, endpoint) = Collector::start().await;
    let observability = Observability::builder()
        .traces(|t| t.otlp(export::Collector::at(&endpoint).service_name("rust")))
        .build()
        .unwrap();
    let mut client = connect(Some(&observability)).await;
    if coded {
        let converter = DataConverter::new(
            PayloadConverter::default(),
            DefaultFailureConverter::default(),
            observability.codec(codec()),
        );
        let options = ClientOptions::new(namespace().await).data_converter(converter);
        let options = observability.wrap(options.build());
        client = Client::new(client.connection().clone(), options).unwrap();
    }
    (collector, endpoint, observability, client)
}

/// The history as the server has it.
async fn stored<W: HasWorkflowDefinition>(run: &WorkflowHandle<Client, W>) -> String {
    let history = run.fetch_history(WorkflowFetchHistoryOptions::default());
    let events = history.into_events().await.unwrap();
    let bytes = prost::Message::encode_to_vec(&History { events });
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Each span with its parent's name and its service, and how many traces there are.
fn tree(spans: &[Span]) -> (Vec<(&str, &str, &str)>, usize) {
    let names: BTreeMap<_, _> = spans.iter().map(|span| (&*span.id, &*span.name)).collect();
    let parent = |span: &Span| match &*span.parent {
        "" => "",
        parent => names.get(parent).copied().unwrap_or("lost"),
    };
    let rows = spans.iter();
    let mut rows: Vec<_> = rows
        .map(|span| (&*span.name, parent(span), &*span.resource["service.name"]))
        .collect();
    rows.sort_unstable();
    let traces: BTreeSet<_> = spans.iter().map(|span| &span.trace).collect();
    (rows, traces.len())
}

async fn consult(coded: bool, cache: usize) -> (Vec<Span>, String) {
    let (collector, _, observability, client) = traced(coded).await;
    let queue = unique("consultation");
    let options = WorkerOptions::new(&queue)
        .max_cached_workflows(cache)
        .register_workflow::<Consultation>()
        .unwrap()
        .register_activities(Surgery)
        .build();
    let history = observed(&client, &observability, options, async {
        let patient = Patient {
            name: "Ada".to_owned(),
            secret: "hates parsley".to_owned(),
        };
        let run = start(&client, &queue, Consultation::run, patient).await;
        assert_eq!(end(&run).await, "Ada hates parsley: so let it be");
        stored(&run).await
    })
    .await;
    shut_down(&observability).await;
    (collector.spans(), history)
}

#[tokio::test]
async fn a_trace_goes_from_rust_to_rust_through_the_codec() {
    for cache in [0, 1000] {
        let (plain, in_clear) = consult(false, cache).await;
        let (spans, sealed) = consult(true, cache).await;
        assert!(in_clear.contains("parsley") && !in_clear.contains("binary/encrypted"));
        assert!(!sealed.contains("parsley") && sealed.contains("binary/encrypted"));
        // What carries the trace is legible to whoever has no codec.
        assert!(sealed.contains("traceparent"));
        let (rows, traces) = tree(&spans);
        assert_eq!((rows, traces), tree(&plain), "cache {cache}");
        assert_eq!(traces, 1, "cache {cache}");
        for name in [
            "StartWorkflow",
            "RunWorkflow",
            "StartActivity",
            "RunActivity",
        ] {
            let is_there = |span: &&Span| span.name.starts_with(name);
            assert_eq!(spans.iter().filter(is_there).count(), 1, "{name}");
        }
    }
}

#[tokio::test]
#[ignore = "real: Temporal's Python SDK"]
async fn a_trace_goes_from_rust_to_python_through_the_codecs_of_both() {
    for cache in [0, 1000] {
        let (collector, endpoint, observability, client) = traced(true).await;
        let queue = unique("voyage");
        let options = WorkerOptions::new(&queue)
            .max_cached_workflows(cache)
            .register_workflow::<Voyage>()
            .unwrap()
            .build();
        let mut abroad = python::worker(script(), &queue, &endpoint).await;
        let sealed = observed(&client, &observability, options, async {
            let run = start(&client, &queue, Voyage::run, "order-7".to_owned()).await;
            assert_eq!(end(&run).await, "shipped order-7 for None");
            stored(&run).await
        })
        .await;
        assert!(!sealed.contains("order-7"), "cache {cache}");
        // It sends its spans when its standard input ends.
        drop(abroad.stdin.take());
        assert!(abroad.wait().await.unwrap().success());
        shut_down(&observability).await;
        let spans = collector.spans();
        let (rows, traces) = tree(&spans);
        assert_eq!(traces, 1, "{rows:#?}");
        let shipped = ("RunActivity:ship", "StartActivity:ship", "python-worker");
        assert!(rows.contains(&shipped), "{rows:#?}");
        assert!(rows.contains(&("StartActivity:ship", "RunWorkflow:Voyage", "rust")));
        assert!(rows.contains(&("RunWorkflow:Voyage", "StartWorkflow:Voyage", "rust")));
    }
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/encryption/worker.py")
}
