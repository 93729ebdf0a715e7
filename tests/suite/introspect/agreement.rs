//! Introspection of a worker agrees with the server and with the metrics.

use std::{collections::BTreeMap, net::SocketAddr, pin::Pin, time::Duration};

use chronoscope::{Observability, introspect::v1::*, record_heartbeat};
use temporalio_client::{Client as Temporal, tonic::Request};
use temporalio_common::{
    RetryPolicy,
    protos::temporal::api::{
        common::v1::WorkflowExecution,
        enums::v1::{PendingActivityState, TaskQueueType},
        taskqueue::v1::TaskQueue,
        workflow::v1::PendingActivityInfo,
        workflowservice::v1::{DescribeTaskQueueRequest, DescribeWorkflowExecutionRequest},
    },
};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, WorkerOptions, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
};
use tokio::sync::Semaphore;

use super::{anywhere, client, often, page, serve, until};
use crate::support::{address, connect, connect_to, end, http, namespace, observed, start, unique};

const RUNS: usize = 3;

static DONE: Semaphore = Semaphore::const_new(0);

struct Steps;

#[activities]
impl Steps {
    /// Fails at first, then sends a heartbeat and goes on until the test has seen enough.
    #[activity]
    async fn bake(ctx: ActivityContext, _loaf: ()) -> Result<(), ActivityError> {
        if ctx.info().attempt == 1 {
            return Err(anyhow::anyhow!("the oven is cold").into());
        }
        record_heartbeat(&ctx, 1u32)
            .await
            .map_err(anyhow::Error::from)?;
        DONE.acquire().await.map_err(anyhow::Error::from)?.forget();
        Ok(())
    }
}

#[workflow]
#[derive(Default)]
struct Bakery;

#[workflow_methods]
impl Bakery {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        let retries = RetryPolicy::builder()
            .initial_interval(Duration::from_millis(10))
            .build();
        let options = ActivityOptions::with_start_to_close_timeout(Duration::from_secs(60))
            .heartbeat_timeout(Duration::from_secs(30))
            .retry_policy(retries)
            .build();
        Ok(ctx.execute_activity(Steps::bake, (), options).await?)
    }
}

/// Asks the server for the activity of a run.
async fn pending(temporal: &Temporal, activity: &Activity) -> PendingActivityInfo {
    let request = DescribeWorkflowExecutionRequest {
        namespace: activity.namespace.clone(),
        execution: Some(WorkflowExecution {
            workflow_id: activity.workflow_id.clone(),
            run_id: activity.run_id.clone(),
        }),
    };
    let mut service = temporal.connection().workflow_service();
    let described = service
        .describe_workflow_execution(Request::new(request))
        .await;
    let mut pending = described.unwrap().into_inner().pending_activities;
    assert_eq!(pending.len(), 1);
    pending.remove(0)
}

/// Asks the server who polls a task queue.
async fn pollers(temporal: &Temporal, queue: &str, kind: TaskQueueType) -> Vec<String> {
    let request = DescribeTaskQueueRequest {
        namespace: namespace().await.to_owned(),
        task_queue: Some(TaskQueue {
            name: queue.to_owned(),
            ..Default::default()
        }),
        task_queue_type: kind.into(),
        ..Default::default()
    };
    let mut service = temporal.connection().workflow_service();
    let described = service.describe_task_queue(Request::new(request)).await;
    let pollers = described.unwrap().into_inner().pollers;
    pollers.into_iter().map(|poller| poller.identity).collect()
}

/// The gauges of a worker as they are on the metrics page: name and kind.
fn on_page(metrics: SocketAddr, queue: &str) -> BTreeMap<(String, String), u64> {
    let page = http::get(metrics, "/metrics").unwrap();
    let queue = format!("task_queue=\"{queue}\"");
    let gauges = page
        .lines()
        .filter(|line| line.contains(&queue))
        .filter_map(|line| {
            let (series, value) = line.rsplit_once(' ')?;
            let (name, labels) = series.split_once('{')?;
            let known = [
                "temporal_worker_task_slots_used",
                "temporal_worker_task_slots_available",
                "temporal_num_pollers",
                "temporal_sticky_cache_size",
            ];
            known.contains(&name).then_some(())?;
            let kind = labels.split(['{', ',', '}']).find_map(|label| {
                label
                    .strip_prefix("worker_type=")
                    .or(label.strip_prefix("poller_type="))
            });
            let kind = kind.unwrap_or_default().trim_matches('"').to_owned();
            Some((
                (name.to_owned(), kind),
                value.parse::<f64>().unwrap() as u64,
            ))
        });
    gauges.collect()
}

/// The same as a worker is said to have them.
fn as_said(worker: &Worker) -> BTreeMap<(String, String), u64> {
    let mut said = BTreeMap::new();
    let mut say = |name: &str, kind: &str, value| {
        said.insert((name.to_owned(), kind.to_owned()), value);
    };
    for slots in &worker.slots {
        say("temporal_worker_task_slots_used", &slots.kind, slots.used);
        if let Some(available) = slots.available {
            say(
                "temporal_worker_task_slots_available",
                &slots.kind,
                available,
            );
        }
    }
    for pollers in &worker.pollers {
        say("temporal_num_pollers", &pollers.kind, pollers.count);
    }
    if let Some(cached) = worker.cached_runs {
        say("temporal_sticky_cache_size", "", cached);
    }
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_and_activities_are_what_the_server_and_the_metrics_say() {
    let builder = Observability::builder().metrics(|m| m.prometheus(anywhere()));
    let (observability, address_of_service) = serve(builder);
    let metrics = observability.prometheus_address().unwrap();
    let identity = unique("baker");
    let temporal = connect_to(
        address().await,
        namespace().await,
        &identity,
        Some(&observability),
    )
    .await;
    let queue = unique("bakery");
    let options = WorkerOptions::new(&*queue)
        .register_workflow::<Bakery>()
        .unwrap()
        .register_activities(Steps)
        .build();
    let build_id = options.deployment_options.version.build_id.clone();
    observed(&temporal, &observability, options, async {
        let mut runs = Vec::new();
        for _ in 0..RUNS {
            runs.push(start(&temporal, &queue, Bakery::run, ()).await);
        }
        let mut inside = client(address_of_service).await;
        let request = WatchActivitiesRequest {
            filter: Some(ActivityFilter {
                task_queue: queue.clone(),
                activity_type: "Steps::bake".to_owned(),
                ..Default::default()
            }),
            page: page(1000),
            pace: often(),
        };
        let all_baking = |list: &ListActivitiesResponse| {
            let bakes =
                |activity: &&Activity| activity.attempt == 2 && activity.last_heartbeat.is_some();
            list.activities.iter().filter(bakes).count() == RUNS
        };
        let stream = inside.watch_activities(request).await.unwrap().into_inner();
        let baking = until(stream, all_baking).await.activities;

        // The worker, as the server knows it.
        let workers = inside
            .list_workers(ListWorkersRequest {})
            .await
            .unwrap()
            .into_inner()
            .workers;
        let [worker] = &workers[..] else {
            panic!("there is one: {workers:?}")
        };
        assert_eq!(
            (&worker.namespace, &worker.task_queue),
            (&namespace().await.to_owned(), &queue)
        );
        assert_eq!((&worker.identity, &worker.build_id), (&identity, &build_id));
        assert!(!worker.ambiguous && !worker.instance_key.is_empty());
        assert_eq!((worker.runs, worker.activities), (RUNS as u64, RUNS as u64));
        for kind in [TaskQueueType::Workflow, TaskQueueType::Activity] {
            let polling = pollers(&temporal, &queue, kind).await;
            assert!(!polling.is_empty());
            assert!(
                polling.iter().all(|known| *known == worker.identity),
                "{polling:?}"
            );
        }

        // Its activities, as the server knows them.
        for activity in &baking {
            let mut pending = pending(&temporal, activity).await;
            // The heartbeat is on its way.
            while pending.last_heartbeat_time.is_none() {
                pending = self::pending(&temporal, activity).await;
            }
            assert_eq!(pending.activity_id, activity.activity_id);
            assert_eq!(
                pending.activity_type.as_ref().unwrap().name,
                activity.activity_type
            );
            assert_eq!(pending.attempt, i32::try_from(activity.attempt).unwrap());
            assert_eq!(pending.state(), PendingActivityState::Started);
            assert_eq!(pending.last_worker_identity, worker.identity);
            assert!(activity.age.is_some() && !activity.local);
            assert_eq!(activity.workflow_type, "Bakery");
        }
        let ids = |list: Vec<String>| {
            let mut ids = list;
            ids.sort();
            ids
        };
        let known = runs.iter().map(|run| run.info().workflow_id.clone());
        let listed = baking.iter().map(|activity| activity.workflow_id.clone());
        assert_eq!(ids(listed.collect()), ids(known.collect()));

        // Its slots and pollers, as the metrics have them: all are at rest, but pollers come and
        // go.
        let stream = inside
            .watch_workers(WatchWorkersRequest { pace: often() })
            .await;
        let agrees = |list: &ListWorkersResponse| {
            let said = as_said(&list.workers[0]);
            // A gauge that was never set is absent here, and zero on the page.
            let mut page = on_page(metrics, &queue);
            page.retain(|gauge, value| *value > 0 || said.contains_key(gauge));
            said.len() >= 8 && said == page
        };
        let agreed = until(stream.unwrap().into_inner(), agrees).await;
        let slots = &agreed.workers[0].slots;
        let of = |kind: &str| slots.iter().find(|slots| slots.kind == kind).unwrap();
        assert_eq!(of("ActivityWorker").used, RUNS as u64);
        assert_eq!(agreed.workers[0].cached_runs, Some(RUNS as u64));

        // The first attempts are among what happened.
        let failed = ListEventsRequest {
            filter: Some(EventFilter {
                kinds: vec![EventKind::ActivityFailed.into()],
                ..Default::default()
            }),
            page: None,
        };
        let events = inside
            .list_events(failed)
            .await
            .unwrap()
            .into_inner()
            .events;
        assert_eq!(events.len(), RUNS);
        for event in &events {
            assert_eq!((event.attempt, &*event.outcome), (1, "failed"));
            assert_eq!(event.activity_type, "Steps::bake");
        }

        DONE.add_permits(RUNS);
        for run in &runs {
            end(run).await;
        }
    })
    .await;
    // A worker that has ended is not listed any more.
    let mut inside = client(address_of_service).await;
    let workers = inside.list_workers(ListWorkersRequest {}).await.unwrap();
    assert!(workers.into_inner().workers.is_empty());
    let activities = inside
        .list_activities(ListActivitiesRequest::default())
        .await;
    assert_eq!(activities.unwrap().into_inner().total, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_that_share_a_task_queue_are_marked() {
    let (observability, address_of_service) = serve(Observability::builder());
    let queue = unique("shared");
    let options = |queue: &str| {
        let options = WorkerOptions::new(queue).register_workflow::<Bakery>();
        options.unwrap().build()
    };
    // A client takes one worker of a queue.
    let mut clients = Vec::new();
    for _ in 0..2 {
        clients.push(connect(Some(&observability)).await);
    }
    let alone = unique("alone");
    let looked = async {
        let mut inside = client(address_of_service).await;
        let request = WatchWorkersRequest { pace: often() };
        let list = inside.watch_workers(request).await.unwrap().into_inner();
        let all = |list: &ListWorkersResponse| list.workers.len() == 3;
        for worker in until(list, all).await.workers {
            assert_eq!(worker.ambiguous, worker.task_queue == queue, "{worker:?}");
        }
    };
    // Each is large.
    type Body<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;
    let with = |client, options, body| -> Body<'_> {
        Box::pin(observed(client, &observability, options, body))
    };
    let looked: Body<'_> = Box::pin(looked);
    let shared = with(&clients[1], options(&queue), looked);
    let another = with(&clients[0], options(&alone), shared);
    with(&clients[0], options(&queue), another).await;
}
