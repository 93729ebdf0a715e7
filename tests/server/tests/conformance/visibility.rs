//! Listing and counting.

use std::time::Duration;

use temporalio_client::tonic::Request;
use temporalio_common::protos::temporal::api::{
    common::v1::{SearchAttributes, WorkflowType},
    enums::v1::WorkflowExecutionStatus,
    filter::v1::{StartTimeFilter, StatusFilter, WorkflowExecutionFilter, WorkflowTypeFilter},
    workflow::v1::WorkflowExecutionInfo,
    workflowservice::v1::*,
};

use super::scenarios;
use crate::support::*;

scenarios![
    queries_of_lists,
    list_is_paged,
    pages_repeat_nothing,
    older_lists,
];

async fn count(
    world: &World,
    query: &str,
) -> Result<CountWorkflowExecutionsResponse, temporalio_client::tonic::Status> {
    let request = CountWorkflowExecutionsRequest {
        namespace: "default".to_owned(),
        query: query.to_owned(),
    };
    let counted = world
        .service()
        .count_workflow_executions(Request::new(request))
        .await;
    counted.map(|response| response.into_inner())
}

/// What is listed may come a little later than what it lists.
async fn wait_for_count(world: &World, query: &str, wanted: i64) {
    for _ in 0..200 {
        if count(world, query)
            .await
            .is_ok_and(|counted| counted.count == wanted)
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never {wanted} of {query}");
}

/// A start between two pages is in neither, and moves nothing.
async fn pages_repeat_nothing(world: World) {
    let start = async |n: usize| {
        world
            .start_with(|request| {
                request.workflow_id = format!("{}-{n}", world.name);
                request.workflow_type = Some(WorkflowType {
                    name: world.name.clone(),
                });
            })
            .await;
    };
    let query = format!("WorkflowType = '{}'", world.name);
    for n in 0..4 {
        start(n).await;
        wait_for_count(&world, &query, n as i64 + 1).await;
    }
    let page = async |token: Vec<u8>| {
        let request = ListWorkflowExecutionsRequest {
            namespace: "default".to_owned(),
            query: query.clone(),
            page_size: 2,
            next_page_token: token,
        };
        let mut service = world.service();
        let page = service
            .list_workflow_executions(Request::new(request))
            .await;
        let page = page.unwrap().into_inner();
        let ids = page.executions.into_iter();
        let ids: Vec<_> = ids
            .map(|info| info.execution.unwrap().workflow_id)
            .collect();
        world.say(format!("{ids:?}"));
        page.next_page_token
    };
    let token = page(Vec::new()).await;
    start(4).await;
    wait_for_count(&world, &query, 5).await;
    page(token).await;
}

/// The calls that came before there were queries.
async fn older_lists(world: World) {
    start_listed(&world).await;
    let kind = WorkflowTypeFilter {
        name: world.name.clone(),
    };
    let execution = |n: usize| WorkflowExecutionFilter {
        workflow_id: format!("{}-{n}", world.name),
        run_id: String::new(),
    };
    let status = StatusFilter {
        status: WorkflowExecutionStatus::Failed.into(),
    };
    let times = StartTimeFilter {
        earliest_time: Some(prost_wkt_types::Timestamp::default()),
        latest_time: None,
    };
    let say = |what: &str, executions: Vec<WorkflowExecutionInfo>| {
        let of_here = executions.into_iter().filter_map(|info| {
            let (status, id) = (info.status(), info.execution?.workflow_id);
            id.starts_with(&world.name).then_some((id, status))
        });
        let mut of_here: Vec<_> = of_here.collect();
        of_here.sort();
        world.say(format!("{what}: {of_here:?}"));
    };
    use list_closed_workflow_executions_request::Filters as Closed;
    use list_open_workflow_executions_request::Filters as Open;
    for filter in [
        Open::TypeFilter(kind.clone()),
        Open::ExecutionFilter(execution(2)),
        Open::ExecutionFilter(execution(0)),
    ] {
        let request = ListOpenWorkflowExecutionsRequest {
            namespace: "default".to_owned(),
            start_time_filter: Some(times),
            filters: Some(filter),
            ..Default::default()
        };
        let mut service = world.service();
        let listed = service
            .list_open_workflow_executions(Request::new(request))
            .await;
        world.say_status("open", &listed);
        say("open", listed.unwrap().into_inner().executions);
    }
    for filter in [
        Closed::TypeFilter(kind),
        Closed::ExecutionFilter(execution(1)),
        Closed::ExecutionFilter(execution(2)),
        Closed::StatusFilter(status),
    ] {
        let request = ListClosedWorkflowExecutionsRequest {
            namespace: "default".to_owned(),
            start_time_filter: Some(times),
            filters: Some(filter),
            ..Default::default()
        };
        let mut service = world.service();
        let listed = service
            .list_closed_workflow_executions(Request::new(request))
            .await;
        world.say_status("closed", &listed);
        say("closed", listed.unwrap().into_inner().executions);
    }
}

async fn list(world: &World, query: &str, size: i32) -> Vec<String> {
    let mut request = ListWorkflowExecutionsRequest {
        namespace: "default".to_owned(),
        query: query.to_owned(),
        page_size: size,
        ..Default::default()
    };
    let mut ids = Vec::new();
    loop {
        let page = world
            .service()
            .list_workflow_executions(Request::new(request.clone()))
            .await;
        let page = match page {
            Ok(page) => page.into_inner(),
            Err(status) => return vec![format!("{:?}", status.code())],
        };
        ids.extend(page.executions.into_iter().map(|info| {
            format!(
                "{} {:?}",
                info.execution.as_ref().unwrap().workflow_id,
                info.status()
            )
        }));
        request.next_page_token = page.next_page_token;
        if request.next_page_token.is_empty() {
            return ids;
        }
    }
}

/// What the runs of [`start_listed`] are looked for by; `listed` stands for the scenario's name.
const QUERIES: &[&str] = &[
    "WorkflowType = 'listed'",
    "WorkflowType = \"listed\" and ExecutionStatus = \"Running\"",
    "WorkflowType = 'listed' AND ExecutionStatus != 'Running'",
    "WorkflowType = 'listed' AND ExecutionStatus IN ('Completed', 'Failed')",
    "WorkflowType = 'listed' AND ExecutionStatus NOT IN ('Completed', 'Failed')",
    "WorkflowType = 'listed' AND ExecutionStatus = 2",
    "WorkflowType = 'listed' AND ExecutionStatus = 'Nonsense'",
    "WorkflowType = 'listed' AND ExecutionStatus > 'Completed'",
    "WorkflowType = 'listed' AND ExecutionStatus BETWEEN 'A' AND 'D'",
    "WorkflowType = 'listed' AND ExecutionStatus STARTS_WITH 'C'",
    "WorkflowId = 'listed-1'",
    "WorkflowId STARTS_WITH 'listed-' AND Color = 'red'",
    "WorkflowType = 'listed' AND WorkflowId NOT STARTS_WITH 'listed-1'",
    "WorkflowType = 'listed' AND WorkflowId > 'listed-0'",
    "WorkflowType = 'listed' AND RootWorkflowId = 'listed-2'",
    "WorkflowType = 'listed' AND ParentWorkflowId IS NULL",
    "Color = 'red' OR Color = 'blue'",
    "(Color = 'red' OR Color = 'blue') AND Size > 1",
    "WorkflowType = 'listed' AND Color > 'c'",
    "WorkflowType = 'listed' AND Color = 5",
    "WorkflowType = 'listed' AND Size BETWEEN 1 AND 2",
    "WorkflowType = 'listed' AND Size NOT BETWEEN 1 AND 2",
    "WorkflowType = 'listed' AND Size >= 1 AND Size < 2",
    "WorkflowType = 'listed' AND Size = '1'",
    "WorkflowType = 'listed' AND Size > 'x'",
    "WorkflowType = 'listed' AND HistoryLength = '2'",
    "WorkflowType = 'listed' AND CloseTime IS NULL",
    "WorkflowType = 'listed' AND CloseTime IS NOT NULL",
    "WorkflowType = 'listed' AND CloseTime = NULL",
    "WorkflowType = 'listed' AND StartTime > '2020-01-01T00:00:00Z'",
    "WorkflowType = 'listed' AND StartTime < '2020-01-01T00:00:00Z'",
    "WorkflowType = 'listed' AND StartTime BETWEEN '2020-01-01T00:00:00Z' AND '2099-01-01T00:00:00+02:00'",
    "WorkflowType = 'listed' AND StartTime > 'yesterday'",
    "WorkflowType = 'listed' AND ExecutionDuration < '1h'",
    "WorkflowType = 'listed' AND ExecutionDuration > '01:00:00'",
    "WorkflowType = 'listed' AND ExecutionDuration > 'long'",
    "WorkflowType = 'listed' AND NOT Color = 'red'",
    "WorkflowType = 'listed' AND not (Color = 'red' or ExecutionStatus = 'Running')",
    "`WorkflowType` = 'listed' AND `Color` = 'red'",
    "TaskQueue = 'listed' AND Color = 'green'",
    "Nonesuch = 1",
    "WorkflowType = ",
    "WorkflowType == 'x'",
    "WorkflowId LIKE 'listed%'",
    "(Color = 'red'",
    "hello world",
];

/// Starts three workflows, of which one completes and one fails.
async fn start_listed(world: &World) {
    for (n, color) in ["red", "green", "blue"].into_iter().enumerate() {
        let mut payload = text(color).unwrap().payloads.remove(0);
        payload
            .metadata
            .insert("type".to_owned(), b"Keyword".to_vec());
        let mut size = text("").unwrap().payloads.remove(0);
        size.data = n.to_string().into_bytes();
        size.metadata.insert("type".to_owned(), b"Int".to_vec());
        let fields = [("Color".to_owned(), payload), ("Size".to_owned(), size)];
        world
            .start_with(|request| {
                request.workflow_id = format!("{}-{n}", world.name);
                request.workflow_type = Some(WorkflowType {
                    name: world.name.clone(),
                });
                request.search_attributes = Some(SearchAttributes {
                    indexed_fields: fields.into(),
                });
            })
            .await;
        match n {
            0 => drop(world.turn(vec![complete("done")]).await),
            1 => drop(world.turn(vec![fail("bad", "Bad", true)]).await),
            _ => {}
        }
    }
    let listed = format!("WorkflowType = '{}'", world.name);
    wait_for_count(world, &listed, 3).await;
    for status in ["Failed", "Completed"] {
        let query = format!("{listed} AND ExecutionStatus = '{status}'");
        wait_for_count(world, &query, 1).await;
    }
}

async fn queries_of_lists(world: World) {
    start_listed(&world).await;
    for query in QUERIES {
        let mut ids = list(&world, &query.replace("listed", &world.name), 0).await;
        ids.sort();
        world.say(format!("{query}: {ids:?}"));
    }
    let query = format!("WorkflowType = '{}' GROUP BY ExecutionStatus", world.name);
    let grouped = count(&world, &query).await.unwrap();
    let mut groups: Vec<_> = grouped
        .groups
        .into_iter()
        .map(|group| {
            let name = String::from_utf8(group.group_values[0].data.clone());
            (name.unwrap(), group.count)
        })
        .collect();
    groups.sort();
    world.say(format!("{} {groups:?}", grouped.count));
    let grouped = count(&world, "GROUP BY WorkflowType").await;
    world.say_status("group by type", &grouped);
}

async fn list_is_paged(world: World) {
    for n in 0..5 {
        world
            .start_with(|request| {
                request.workflow_id = format!("{}-{n}", world.name);
                request.workflow_type = Some(WorkflowType {
                    name: world.name.clone(),
                });
            })
            .await;
    }
    let query = format!("WorkflowType = '{}'", world.name);
    wait_for_count(&world, &query, 5).await;
    let mut ids = list(&world, &query, 2).await;
    ids.sort();
    world.say(format!("{ids:?}"));
}
