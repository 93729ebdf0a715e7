//! From a run to its trace and back.

use std::{net::Ipv4Addr, time::Duration};

use chronoscope::{
    Observability, export,
    search_attributes::{self, TraceLink, TraceUrl},
    trace::{Boundary, Edge},
};
use chronoscope_testserver::TestServer;
use futures::TryStreamExt as _;
use temporalio_client::{
    WorkflowIdConflictPolicy, WorkflowStartOptions, WorkflowUpdateWithStartOptions,
    schedules::{
        CreateScheduleOptions, DeleteScheduleOptions, ScheduleAction, ScheduleIntervalSpec,
        ScheduleSpec,
    },
    tonic::Request,
};
use temporalio_common::protos::temporal::api::{
    common::v1::WorkflowExecution, query::v1::WorkflowQuery,
    workflowservice::v1::QueryWorkflowRequest,
};

use super::{limits::MANY, workflows::*, *};
use crate::{
    support::{
        collector::{Collector, Span},
        connect_to, end, observed, start, unique,
    },
    traces::shut_down,
};

const JAEGER: &str = "http://jaeger.example:16686";

fn link() -> TraceLink {
    TraceLink::attribute(TRACE_ID).url(TraceUrl::jaeger(JAEGER))
}

fn builder(endpoint: String) -> chronoscope::Builder {
    Observability::builder()
        .otlp_traces(export::Collector::at(endpoint))
        .unwrap()
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

#[tokio::test]
async fn runs_children_and_continuations_lead_to_the_trace_and_back() {
    registered().await;
    for cache in [0, 1000] {
        let (collector, endpoint) = Collector::start().await;
        let observability = builder(endpoint).trace_link(link()).build();
        let client = connect(Some(&observability)).await;
        let queue = unique("linked");
        let mut led = Vec::new();
        observed(&client, &observability, worker(&queue, cache), async {
            let id = unique("linked");
            let options = WorkflowStartOptions::new(&queue, &id)
                .search_attributes(search_attributes::of([ITEMS.set(3)]).unwrap())
                .static_details("the user's own")
                .build();
            let run = client.start_workflow(Chain::run, 1, options).await.unwrap();
            end(&run).await;
            let first = run.run_id().unwrap().to_owned();
            let details = current_details(&client, &id).await;
            led.push((id, first, details));
        })
        .await;
        shut_down(&observability).await;
        let spans = collector.spans();
        let (id, first, details) = &led[0];

        let start = described(&client, id, Some(first)).await;
        let trace = trace_of(&spans, first);
        let url = format!("{JAEGER}/trace/{trace}");
        assert_eq!(trace_id(&start.search_attributes()), Some(trace.clone()));
        let static_details = start.static_details().unwrap();
        assert!(
            static_details.starts_with("the user's own\n"),
            "{static_details}"
        );
        assert!(static_details.contains(&url), "{static_details}");

        let child = described(&client, &format!("{id}-1"), None).await;
        assert_eq!(trace_id(&child.search_attributes()), Some(trace.clone()));
        assert!(child.static_details().unwrap().contains(&url));
        assert_eq!(trace_of(&spans, child.run_id()), trace);

        // The next run began with what led to it, beside all that it had, and then linked itself.
        let next = described(&client, id, None).await;
        let own = trace_of(&spans, next.run_id());
        assert_ne!(
            own, trace,
            "by default a run that goes on as new has a trace of its own"
        );
        let events = scenarios::history(&client, &(id.clone(), None));
        let events = events.into_events().await.unwrap();
        let Some(Attributes::WorkflowExecutionStartedEventAttributes(began)) =
            &events[0].attributes
        else {
            panic!("{:?}", events[0]);
        };
        let began = SearchAttributes::from_proto(began.search_attributes.as_ref().unwrap());
        assert_eq!(trace_id(&began), Some(trace.clone()));
        assert_eq!(ITEMS.get(&began).unwrap(), Some(3));
        assert_eq!(STATUS.get(&began).unwrap().as_deref(), Some("chained"));
        assert_eq!(trace_id(&next.search_attributes()), Some(own.clone()));
        assert_eq!(upserts(&client, id).await, [[TRACE_ID.name()]]);
        assert!(
            details.contains(&format!("{JAEGER}/trace/{own}")),
            "{details}"
        );

        let mut found = listed(&client, &trace, 2).await;
        found.sort();
        let child_run = child.run_id().to_owned();
        let mut expected = [(id.clone(), first.clone()), (format!("{id}-1"), child_run)];
        expected.sort();
        assert_eq!(found, expected);
        let own_runs = listed(&client, &own.to_uppercase(), 1).await;
        assert_eq!(own_runs, [(id.clone(), next.run_id().to_owned())]);
    }
}

#[tokio::test]
async fn every_way_of_starting_is_linked() {
    registered().await;
    let (collector, endpoint) = Collector::start().await;
    let observability = builder(endpoint).trace_link(link()).build();
    let client = connect(Some(&observability)).await;
    let queue = unique("started");
    let mut ids = Vec::new();
    observed(&client, &observability, worker(&queue, 1000), async {
        ids.push(unique("signalled"));
        let options = WorkflowStartOptions::new(&queue, &ids[0]).build();
        let run = client
            .signal_with_start_workflow(Leaf::run, (), Leaf::nudge, (), options)
            .await
            .unwrap();
        end(&run).await;
        ids.push(unique("updated"));
        let conflict = WorkflowIdConflictPolicy::Fail;
        let options = WorkflowUpdateWithStartOptions::new(&queue, &ids[1], conflict).build();
        client
            .execute_update_with_start_workflow(Leaf::run, (), Leaf::ask, (), options)
            .await
            .unwrap();
        end(&client.get_workflow_handle::<Leaf>(&ids[1])).await;
    })
    .await;
    shut_down(&observability).await;
    for id in ids {
        let run = described(&client, &id, None).await;
        let trace = trace_of(&collector.spans(), run.run_id());
        assert_eq!(trace_id(&run.search_attributes()), Some(trace.clone()));
        assert!(run.static_details().unwrap().contains(&trace));
    }
}

#[tokio::test]
async fn scheduled_runs_link_themselves() {
    registered().await;
    let (collector, endpoint) = Collector::start().await;
    let observability = builder(endpoint).trace_link(link()).build();
    let client = connect(Some(&observability)).await;
    let queue = unique("nightly");
    let mut found = Vec::new();
    observed(&client, &observability, worker(&queue, 0), async {
        let workflow_id = unique("nightly");
        let action = ScheduleAction::start_workflow(Nightly::run, (), &queue, &workflow_id);
        let rare = ScheduleIntervalSpec::new(Duration::from_secs(86_400), None);
        let options = CreateScheduleOptions::builder()
            .action(action)
            .spec(ScheduleSpec::builder().intervals(vec![rare]).build())
            .trigger_immediately(true)
            .build();
        let schedule = client
            .create_schedule(unique("schedule"), options)
            .await
            .unwrap();
        let run = loop {
            let described = schedule.describe(Default::default()).await.unwrap();
            let mut actions = described.recent_actions();
            match actions.pop() {
                Some(action) => break action.workflow_id,
                None => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        end(&client.get_workflow_handle::<Nightly>(&run)).await;
        let details = current_details(&client, &run).await;
        found.push((run, details));
        schedule
            .delete(DeleteScheduleOptions::default())
            .await
            .unwrap();
    })
    .await;
    shut_down(&observability).await;
    let (id, details) = &found[0];
    let run = described(&client, id, None).await;
    let trace = trace_of(&collector.spans(), run.run_id());
    assert_eq!(trace_id(&run.search_attributes()), Some(trace.clone()));
    assert!(
        details.contains(&format!("{JAEGER}/trace/{trace}")),
        "{details}"
    );
    assert_eq!(listed(&client, &trace, 1).await[0].0, *id);
}

#[tokio::test]
async fn as_a_memo_it_needs_no_attribute_and_off_it_leaves_no_trace() {
    registered().await;
    let memo = TraceLink::memo("trace id").url(TraceUrl::jaeger(JAEGER));
    for link in [Some(memo), None] {
        let (collector, endpoint) = Collector::start().await;
        let mut builder = builder(endpoint);
        if let Some(link) = link.clone() {
            builder = builder.trace_link(link);
        }
        let observability = builder.build();
        let client = connect(Some(&observability)).await;
        let queue = unique("memo");
        let mut started = Vec::new();
        observed(&client, &observability, worker(&queue, 0), async {
            let run = start(&client, &queue, Chain::run, 1).await;
            end(&run).await;
            started.push((
                run.info().workflow_id.clone(),
                run.run_id().map(str::to_owned),
            ));
        })
        .await;
        shut_down(&observability).await;
        let (id, run_id) = &started[0];
        let first = described(&client, id, run_id.as_deref()).await;
        let trace = trace_of(&collector.spans(), first.run_id());
        let memo = first.memo().get::<String>("trace id").unwrap();
        let child = described(&client, &format!("{id}-1"), None).await;
        for run in [&first, &child] {
            assert_eq!(trace_id(&run.search_attributes()), None);
            assert_eq!(run.static_details().is_some(), link.is_some());
        }
        assert_eq!(memo, link.map(|_| trace));
    }
}

#[tokio::test]
async fn where_the_trace_goes_on_the_attribute_is_that_of_the_new_run_and_what_a_user_set_stays() {
    registered().await;
    let (collector, endpoint) = Collector::start().await;
    let observability = builder(endpoint)
        .trace_link(link())
        .trace_boundary(Edge::ContinueAsNew, Boundary::Parent)
        .build();
    let client = connect(Some(&observability)).await;
    let queue = unique("going_on");
    let mut ids = Vec::new();
    observed(&client, &observability, worker(&queue, 0), async {
        let run = start(&client, &queue, Unset::run, true).await;
        end(&run).await;
        ids.push(run.info().workflow_id.clone());
        let id = unique("own");
        let options = WorkflowStartOptions::new(&queue, &id)
            .search_attributes(search_attributes::of([TRACE_ID.set("mine")]).unwrap())
            .build();
        let run = client.start_workflow(Leaf::run, (), options).await.unwrap();
        end(&run).await;
        ids.push(id);
    })
    .await;
    shut_down(&observability).await;
    let next = described(&client, &ids[0], None).await;
    let trace = trace_of(&collector.spans(), next.run_id());
    assert_eq!(trace_id(&next.search_attributes()), Some(trace));
    let own = attributes(&client, &ids[1]).await;
    assert_eq!(trace_id(&own).as_deref(), Some("mine"));
}

#[tokio::test]
async fn each_run_of_a_chain_begins_with_the_trace_that_led_to_it() {
    registered().await;
    let (collector, endpoint) = Collector::start().await;
    let observability = builder(endpoint).trace_link(link()).build();
    let client = connect(Some(&observability)).await;
    let queue = unique("chain");
    let mut runs = Vec::new();
    observed(&client, &observability, worker(&queue, 0), async {
        let run = start(&client, &queue, Chain::run, 2).await;
        end(&run).await;
        let first = run.run_id().map(str::to_owned);
        runs.push((run.info().workflow_id.clone(), first));
    })
    .await;
    shut_down(&observability).await;
    let id = runs[0].0.clone();
    let spans = collector.spans();
    let mut led_by = None;
    for events in scenarios::all_events(&client, runs).await {
        let Some(Attributes::WorkflowExecutionStartedEventAttributes(began)) =
            &events[0].attributes
        else {
            panic!("{:?}", events[0]);
        };
        if began.workflow_id != id {
            continue;
        }
        let own = trace_of(&spans, &began.original_execution_run_id);
        let known = SearchAttributes::from_proto(began.search_attributes.as_ref().unwrap());
        assert_eq!(trace_id(&known), led_by.or_else(|| Some(own.clone())));
        led_by = Some(own);
    }
    assert!(led_by.is_some());
}

/// A development server has no room for so many; the one in this process does.
#[tokio::test]
async fn a_start_that_is_full_is_not_linked() {
    let server = TestServer::builder().namespace("full").start().await;
    let address = server
        .listen((Ipv4Addr::LOCALHOST, 0).into())
        .await
        .unwrap();
    let (_collector, endpoint) = Collector::start().await;
    let observability = builder(endpoint).trace_link(link()).build();
    let client = connect_to(&address.to_string(), "full", "suite", Some(&observability)).await;
    let mut keys = MANY.map(Key::declare).to_vec();
    keys.push(TRACE_ID.declare());
    let keys = Keys::new(&keys);
    keys.register(client.connection(), "full").await.unwrap();
    let (last, large) = MANY[..20].split_last().unwrap();
    for (bytes, is_linked) in [(100, true), (850, false)] {
        let full = large.iter().map(|key| key.set("x".repeat(2040)));
        let full = full.chain([last.set("x".repeat(bytes))]);
        let id = unique("full");
        let options = WorkflowStartOptions::new(unique("nobody"), &id)
            .search_attributes(search_attributes::of(full).unwrap())
            .build();
        client.start_workflow(Leaf::run, (), options).await.unwrap();
        let known = attributes(&client, &id).await;
        assert_eq!(trace_id(&known).is_some(), is_linked, "{bytes}");
        assert_eq!(known.len(), 20 + usize::from(is_linked));
    }
}

#[test]
fn templates_become_urls_and_bad_ones_an_error() {
    let id = opentelemetry::trace::TraceId::from_hex("1963e6f610de643ec46fd0b8ac9e532d").unwrap();
    assert_eq!(
        TraceUrl::jaeger("http://localhost:16686/").of(id),
        "http://localhost:16686/trace/1963e6f610de643ec46fd0b8ac9e532d"
    );
    let tempo = TraceUrl::tempo("https://grafana.example.com", "uid 1").of(id);
    assert!(tempo.starts_with("https://grafana.example.com/explore?schemaVersion=1&panes=%7B"));
    assert!(
        tempo.contains("1963e6f610de643ec46fd0b8ac9e532d"),
        "{tempo}"
    );
    assert!(!tempo.contains(['{', '"', ' ']), "{tempo}");
    let own: TraceUrl = "https://traces.example.com/?id={trace_id}&x=1"
        .parse()
        .unwrap();
    assert_eq!(
        own.of(id),
        "https://traces.example.com/?id=1963e6f610de643ec46fd0b8ac9e532d&x=1"
    );
    for bad in ["https://traces.example.com/", "traces/{trace_id}"] {
        let error = bad.parse::<TraceUrl>().unwrap_err();
        assert!(error.to_string().contains(bad), "{error}");
    }
}
