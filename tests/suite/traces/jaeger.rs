//! A real Jaeger answers with the whole trace, in its shape.

use std::{
    collections::BTreeMap,
    net::{SocketAddr, TcpListener},
    process::{Child, Command, Stdio},
    time::Duration,
};

use chronoscope::{Observability, export};
use opentelemetry::{
    Context,
    trace::{FutureExt as _, TraceContextExt as _, Tracer as _, TracerProvider as _},
};
use serde::Deserialize;

use super::shut_down;
use crate::{
    scenarios::{self, ALL},
    support::{backend, connect, http, unique, work},
};

/// A Jaeger that keeps its spans in memory, for as long as the value lives.
struct Jaeger {
    otlp: SocketAddr,
    query: SocketAddr,
    process: Child,
}

impl Jaeger {
    /// Starts one, building it first if need be.
    async fn start() -> Self {
        let [otlp, query] = free_addresses();
        let process = Command::new(backend("jaeger"))
            .arg("serve")
            .args([otlp, query].map(|address| address.port().to_string()))
            // The script serves until this pipe is closed.
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut jaeger = Self {
            otlp,
            query,
            process,
        };
        while !jaeger.serves() {
            assert!(
                jaeger.process.try_wait().unwrap().is_none(),
                "Jaeger ended at once"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        jaeger
    }

    fn serves(&self) -> bool {
        let answers = std::net::TcpStream::connect(self.otlp).is_ok();
        answers && http::get(self.query, "/api/services").is_ok()
    }

    /// Asks the query API.
    fn get<T: for<'de> Deserialize<'de>>(&self, path: &str) -> T {
        let answer = http::get(self.query, path).unwrap();
        let answer: Answer<T> = serde_json::from_str(&answer).unwrap();
        answer.data
    }
}

impl Drop for Jaeger {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

fn free_addresses() -> [SocketAddr; 2] {
    let any = || TcpListener::bind(("127.0.0.1", 0)).unwrap();
    [any(), any()].map(|free| free.local_addr().unwrap())
}

#[derive(Deserialize)]
struct Answer<T> {
    data: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Trace {
    spans: Vec<Span>,
    processes: BTreeMap<String, Process>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Process {
    service_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Span {
    #[serde(rename = "spanID")]
    id: String,
    operation_name: String,
    references: Vec<Reference>,
    /// Microseconds since 1970.
    start_time: u64,
    #[serde(rename = "processID")]
    process: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    ref_type: String,
    #[serde(rename = "spanID")]
    span: String,
}

impl Span {
    fn reference(&self, kind: &str) -> Option<&str> {
        let mut all = self.references.iter();
        let found = all.find(|reference| reference.ref_type == kind);
        found.map(|reference| &*reference.span)
    }
}

impl Trace {
    /// The names, each under that of its parent, with `+` before what is linked to another span.
    fn tree(&self, parent: Option<&str>, depth: usize) -> String {
        let is_child = |span: &&Span| span.reference("CHILD_OF") == parent;
        let mut children: Vec<_> = self.spans.iter().filter(is_child).collect();
        children.sort_by_key(|span| (span.start_time, &span.operation_name));
        let mut text = String::new();
        for span in children {
            let mark = span.reference("FOLLOWS_FROM").map_or("", |_| "+");
            text += &format!(
                "{:width$}{mark}{}\n",
                "",
                span.operation_name,
                width = 2 * depth
            );
            text += &self.tree(Some(&span.id), depth + 1);
        }
        text
    }
}

/// Plays a scenario as part of a request, and returns the id of the request's trace.
async fn play(name: &str, observability: &Observability) -> String {
    let client = connect(Some(observability)).await;
    let queue = unique(name);
    let scenario = ALL.iter().find(|scenario| scenario.name == name).unwrap();
    let request = observability
        .tracer_provider()
        .tracer("test")
        .start("request");
    let context = Context::current_with_span(request);
    let play = (scenario.play)(client.clone(), queue.clone()).with_context(context.clone());
    let worker = observability.wrap(scenarios::worker(&queue, 0));
    work(&client, worker, play).await;
    context.span().end();
    context.span().span_context().trace_id().to_string()
}

const ACTIVITIES: &str = "\
request
  StartWorkflow:Activities
    RunWorkflow:Activities
      WorkflowExecutionStarted:Activities
      StartActivity:Steps::double
        RunActivity:Steps::double
      StartActivity:Steps::double
        RunActivity:Steps::double
      StartActivity:Steps::double
        RunActivity:Steps::double
      StartActivity:Steps::flaky
        RunActivity:Steps::flaky
        +RunActivity:Steps::flaky
";

const CHILDREN: &str = "\
request
  StartWorkflow:Parent
    RunWorkflow:Parent
      WorkflowExecutionStarted:Parent
      StartChildWorkflow:Child
        RunWorkflow:Child
          WorkflowExecutionStarted:Child
          StartTimer
      StartChildWorkflow:Child
        RunWorkflow:Child
          WorkflowExecutionStarted:Child
          StartTimer
";

#[tokio::test]
#[ignore = "real: Jaeger"]
async fn jaeger_shows_each_trace_as_the_tree_that_it_is() {
    let jaeger = Jaeger::start().await;
    let collector = export::Collector::at(format!("http://{}", jaeger.otlp));
    let observability = Observability::builder()
        .traces(|t| t.otlp(collector.service_name("orders")))
        .build()
        .unwrap();
    let mut traces = Vec::new();
    for (scenario, tree) in [("activities", ACTIVITIES), ("children", CHILDREN)] {
        traces.push((play(scenario, &observability).await, tree));
    }
    shut_down(&observability).await;
    assert_eq!(jaeger.get::<Vec<String>>("/api/services"), ["orders"]);
    for (id, tree) in traces {
        let found: Vec<Trace> = jaeger.get(&format!("/api/traces/{id}"));
        let [trace] = &found[..] else {
            panic!("{} traces of one id", found.len());
        };
        assert_eq!(trace.tree(None, 0), tree);
        // Nothing hangs loose, and all is the service's.
        assert_eq!(tree.lines().count(), trace.spans.len());
        for span in &trace.spans {
            assert_eq!(trace.processes[&span.process].service_name, "orders");
        }
    }
}
