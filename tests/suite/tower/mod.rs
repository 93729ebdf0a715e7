//! Layers of Tower, of users and of chronoscope around activities on the real server.

mod blocking;
mod compose;
mod dropped;
mod errors;
mod heartbeats;
mod layers;
mod limits;
mod meeting;
mod stage;
mod starving;

use std::sync::Arc;

use chronoscope::{
    Observability,
    activity::{ActivityBody, ActivityCall, ActivityOutput, Stack},
};
use metrics_util::debugging::Snapshotter;
use temporalio_client::{Client, WorkflowHandle};
use temporalio_common::{
    HasWorkflowDefinition,
    protos::temporal::api::{
        enums::v1::TimeoutType,
        failure::v1::{ApplicationFailureInfo, Failure, failure::FailureInfo},
        history::v1::{HistoryEvent, history_event::Attributes},
    },
};
use temporalio_sdk::WorkerOptions;
use tower::{BoxError, Layer, Service};

use self::stage::{Act, Shared, Stage, Troupe};
use crate::{
    metrics::{self, Recorded},
    scenarios,
    support::{connect, end, observed, start, unique},
};

/// A worker of the stage, without a stack.
fn worker(queue: &str, shared: &Arc<Shared>) -> WorkerOptions {
    WorkerOptions::new(queue)
        .register_activities(Stage(shared.clone()))
        .register_workflow::<Troupe>()
        .unwrap()
        .build()
}

/// What a play left behind.
struct Played {
    returned: Vec<Option<usize>>,
    history: Vec<HistoryEvent>,
    recorded: Recorded,
}

impl Played {
    /// How the attempts failed that were the last of their activities.
    fn failures(&self) -> Vec<Failure> {
        let failure = |event: &HistoryEvent| match event.attributes.clone()? {
            Attributes::ActivityTaskFailedEventAttributes(failed) => failed.failure,
            Attributes::ActivityTaskTimedOutEventAttributes(out) => out.failure,
            _ => None,
        };
        self.history.iter().filter_map(failure).collect()
    }

    /// How the attempts failed that others followed, each before its activity's last.
    fn former_failures(&self) -> Vec<Failure> {
        let failure = |event: &HistoryEvent| match event.attributes.clone()? {
            Attributes::ActivityTaskStartedEventAttributes(started) => started.last_failure,
            _ => None,
        };
        self.history.iter().filter_map(failure).collect()
    }

    fn errors(&self, error_type: &str) -> Option<f64> {
        let labels = [("error_type", error_type)];
        metrics::sum(&self.recorded, "temporal_activity_error_total", &labels)
    }

    fn outcomes(&self, outcome: &str) -> Option<f64> {
        let labels = [("outcome", outcome)];
        metrics::sum(&self.recorded, "temporal_activity_outcome_total", &labels)
    }
}

/// What an application failure says.
fn application(failure: &Failure) -> &ApplicationFailureInfo {
    match &failure.failure_info {
        Some(FailureInfo::ApplicationFailureInfo(info)) => info,
        other => panic!("{other:?}"),
    }
}

/// The kind of server timeout that a failure is.
fn timeout(failure: &Failure) -> TimeoutType {
    match &failure.failure_info {
        Some(FailureInfo::TimeoutFailureInfo(info)) => info.timeout_type(),
        other => panic!("{other:?}"),
    }
}

/// Plays acts through a stack, fully observed.
async fn play<L>(
    stack: Stack<L>,
    acts: Vec<Act>,
    shared: &Arc<Shared>,
    meanwhile: impl Future<Output = ()>,
) -> Played
where
    L: Layer<ActivityBody>,
    L::Service: Service<ActivityCall, Response = ActivityOutput> + Send + 'static,
    <L::Service as Service<ActivityCall>>::Error: Into<BoxError> + Send,
    <L::Service as Service<ActivityCall>>::Future: Send + 'static,
{
    let (observability, snapshotter) = metrics::observability();
    let options = stack.layer(worker(&unique("stage"), shared));
    play_on(options, &observability, &snapshotter, acts, meanwhile).await
}

/// Plays acts on a worker.
async fn play_on(
    options: WorkerOptions,
    observability: &Observability,
    snapshotter: &Snapshotter,
    acts: Vec<Act>,
    meanwhile: impl Future<Output = ()>,
) -> Played {
    let client = connect(Some(observability)).await;
    let queue = options.task_queue.clone();
    let (returned, history) = observed(&client, observability, options, async {
        let handle = start(&client, &queue, Troupe::run, acts).await;
        let (returned, ()) = tokio::join!(end(&handle), meanwhile);
        (returned, events(&client, &handle).await)
    })
    .await;
    Played {
        returned,
        history,
        recorded: metrics::read(snapshotter),
    }
}

async fn events<W: HasWorkflowDefinition>(
    client: &Client,
    handle: &WorkflowHandle<Client, W>,
) -> Vec<HistoryEvent> {
    let run = (
        handle.info().workflow_id.clone(),
        handle.run_id().map(str::to_owned),
    );
    scenarios::history(client, &run)
        .into_events()
        .await
        .unwrap()
}
