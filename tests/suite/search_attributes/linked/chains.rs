//! Runs, their children and their next runs.

use chronoscope::trace::{Boundary, Edge};

use super::*;

#[tokio::test]
async fn runs_children_and_continuations_lead_to_the_trace_and_back() {
    registered().await;
    for cache in [0, 1000] {
        let (collector, endpoint) = Collector::start().await;
        let observability = builder(endpoint)
            .search_attributes(|s| s.link(link()))
            .build()
            .unwrap();
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

        // The next run began with the link of its start and all its other attributes, and then
        // linked itself.
        let next = described(&client, id, None).await;
        let own = trace_of(&spans, next.run_id());
        assert_ne!(
            own, trace,
            "by default a run that continues as new has a trace of its own"
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
async fn where_the_trace_goes_on_the_attribute_is_that_of_the_new_run_and_what_a_user_set_stays() {
    registered().await;
    let (collector, endpoint) = Collector::start().await;
    let observability = builder(endpoint)
        .search_attributes(|s| s.link(link()))
        .traces(|t| t.boundary(Edge::ContinueAsNew, Boundary::Parent))
        .build()
        .unwrap();
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
    let observability = builder(endpoint)
        .search_attributes(|s| s.link(link()))
        .build()
        .unwrap();
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
