//! From a run to its trace and back.

mod chains;
mod places;
mod starts;

use std::time::Duration;

use chronoscope::{
    Observability, export,
    search_attributes::{self, TraceLink, TraceUrl},
};
use futures::TryStreamExt as _;
use temporalio_client::{WorkflowStartOptions, tonic::Request};
use temporalio_common::protos::temporal::api::{
    common::v1::WorkflowExecution, query::v1::WorkflowQuery,
    workflowservice::v1::QueryWorkflowRequest,
};

use super::{workflows::*, *};
use crate::{
    support::{
        collector::{Collector, Span},
        end, observed, start, unique,
    },
    traces::shut_down,
};

const JAEGER: &str = "http://jaeger.example:16686";

fn link() -> TraceLink {
    TraceLink::attribute(TRACE_ID).url(TraceUrl::jaeger(JAEGER))
}

fn builder(endpoint: String) -> chronoscope::Builder {
    Observability::builder().traces(|t| t.otlp(export::Collector::at(endpoint)))
}

/// The trace in which a run's own span is.
fn trace_of(spans: &[Span], run_id: &str) -> String {
    let is_run = |span: &&Span| {
        span.name.starts_with("RunWorkflow") && span.attribute("temporalRunID") == run_id
    };
    let found: Vec<_> = spans.iter().filter(is_run).collect();
    assert_eq!(found.len(), 1, "{run_id}: {found:?}");
    found[0].trace.clone()
}

fn trace_id(known: &SearchAttributes) -> Option<String> {
    TRACE_ID.get(known).unwrap()
}

/// The workflow and run ids that a trace id leads to, once there are so many.
async fn listed(client: &Client, trace: &str, expected: usize) -> Vec<(String, String)> {
    loop {
        let found = search_attributes::list(client, TRACE_ID, trace);
        let found: Vec<_> = found.try_collect().await.unwrap();
        if found.len() >= expected {
            let ids = found.iter();
            return ids
                .map(|run| (run.id().to_owned(), run.run_id().to_owned()))
                .collect();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What a run's worker answers when the user interface asks for the current details.
async fn current_details(client: &Client, workflow_id: &str) -> String {
    let request = QueryWorkflowRequest {
        namespace: client.namespace(),
        execution: Some(WorkflowExecution {
            workflow_id: workflow_id.to_owned(),
            ..Default::default()
        }),
        query: Some(WorkflowQuery {
            query_type: "__temporal_workflow_metadata".to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let mut service = client.connection().workflow_service();
    let answer = service.query_workflow(Request::new(request)).await.unwrap();
    let payload = &answer.into_inner().query_result.unwrap().payloads[0];
    String::from_utf8_lossy(&payload.data).into_owned()
}
