//! Every way in which a run is started.

use std::net::Ipv4Addr;

use chronoscope_testserver::TestServer;
use temporalio_client::{
    WorkflowIdConflictPolicy, WorkflowUpdateWithStartOptions,
    schedules::{
        CreateScheduleOptions, DeleteScheduleOptions, ScheduleAction, ScheduleIntervalSpec,
        ScheduleSpec,
    },
};

use super::*;
use crate::{search_attributes::limits::MANY, support::connect_to};

#[tokio::test]
async fn every_way_of_starting_is_linked() {
    registered().await;
    let (collector, endpoint) = Collector::start().await;
    let observability = builder(endpoint)
        .search_attributes(|s| s.link(link()))
        .build()
        .unwrap();
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
    let observability = builder(endpoint)
        .search_attributes(|s| s.link(link()))
        .build()
        .unwrap();
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

/// A development server has no room for so many; the one in this process does.
#[tokio::test]
async fn a_start_that_is_full_is_not_linked() {
    let server = TestServer::builder().namespace("full").start().await;
    let address = server
        .listen((Ipv4Addr::LOCALHOST, 0).into())
        .await
        .unwrap();
    let (_collector, endpoint) = Collector::start().await;
    let observability = builder(endpoint)
        .search_attributes(|s| s.link(link()))
        .build()
        .unwrap();
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
