//! Looks at a run that is stuck, from another thread, since the run may block the worker's.

use std::{net::SocketAddr, sync::mpsc::Sender, time::Duration};

use chronoscope::introspect::v1::{
    ListPendingActivitiesRequest, ListRunsRequest, ListWorkersRequest, Run, RunFilter, RunState,
    introspect_client::IntrospectClient,
};
use tokio::task::JoinHandle;
use tonic::transport::{Channel, Endpoint};

use super::{
    Inside::{self, Blocked, EachOther, Fails, Unseen, Waits},
    Row, Worker, why,
};
use crate::support::moment;

/// How long it may take until all is said.
const PATIENCE: Duration = Duration::from_secs(120);

/// Looks until all is said that is expected of a run, and returns all that was shown last. A gate
/// opens then.
pub fn until_said(
    row: &'static Row,
    address: SocketAddr,
    workflow_id: String,
    gate: Option<Sender<()>>,
) -> JoinHandle<Result<String, String>> {
    tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let said = runtime.block_on(async {
            let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
            let mut inside = IntrospectClient::new(endpoint.connect().await.unwrap());
            let mut last = String::new();
            let looks = async {
                while !look(row, &mut inside, &workflow_id, &mut last).await {
                    moment().await;
                }
            };
            let said = tokio::time::timeout(PATIENCE, looks).await;
            said.map(|()| last.clone()).map_err(|_| last)
        });
        drop(gate);
        said
    })
}

async fn look(
    row: &Row,
    inside: &mut IntrospectClient<Channel>,
    workflow_id: &str,
    last: &mut String,
) -> bool {
    let list = inside.list_runs(ListRunsRequest::default()).await.unwrap();
    let runs = list.into_inner().runs;
    let workers = inside.list_workers(ListWorkersRequest {}).await.unwrap();
    let workers = workers.into_inner().workers;
    *last = format!("{runs:?} {workers:?}");
    // A task that could not be read has no workflow id.
    let is_own = |run: &&Run| run.workflow_id == workflow_id || run.workflow_id.is_empty();
    let Some(run) = runs.iter().find(is_own) else {
        return false;
    };
    let (state, reason) = (why::state(run), why::reason(run));
    last.push_str(&format!(" {state} {reason}"));
    let is_on_top = state.starts_with(row.top.0) && reason.starts_with(row.top.1);
    let is_of_worker = row.worker
        == match &workers[..] {
            [worker] => {
                let activities = || worker.slots.iter().find(|s| s.kind == "ActivityWorker");
                let mut pollers = worker.pollers.iter();
                match activities() {
                    Some(slots) if slots.available == Some(0) => Worker::NoSlots,
                    _ if !pollers.any(|of| of.kind == "activity_task" && of.count > 0) => {
                        Worker::NoPollers
                    }
                    _ => Worker::Fine,
                }
            }
            _ => return false,
        };
    is_said(run, &runs, row.inside)
        && is_on_top
        && is_of_worker
        && server_says(row, inside, run, last).await
}

/// Whether the server says of the activity what is expected.
async fn server_says(
    row: &Row,
    inside: &mut IntrospectClient<Channel>,
    run: &Run,
    last: &mut String,
) -> bool {
    let Some((state, failure)) = row.server else {
        return true;
    };
    let asked = ListPendingActivitiesRequest {
        namespace: run.namespace.clone(),
        workflow_id: run.workflow_id.clone(),
        run_id: run.run_id.clone(),
    };
    let said = inside.list_pending_activities(asked).await.unwrap();
    let said = said.into_inner().activities;
    last.push_str(&format!(" {said:?}"));
    let [said] = &said[..] else { return false };
    let failed = [&*said.last_failure, &said.last_failure_type].join(" ");
    why::said(said).starts_with(state) && failed.trim_end() == failure
}

/// Whether introspection says of a run what is expected.
fn is_said(run: &Run, all: &[Run], expected: Inside) -> bool {
    let rests = run.state() == RunState::Waiting && !run.stuck && !run.blocked;
    let waits = |run: &Run, kind: &str, name: &str| {
        let [wait] = &run.waits[..] else { return false };
        !run.waits_unseen && (&*wait.kind, &*wait.name) == (kind, name)
    };
    match expected {
        Waits(kind, name) => rests && waits(run, kind, name),
        EachOther => {
            let child = format!("child-of-{}", run.workflow_id);
            let child = all.iter().find(|run| run.workflow_id == child);
            rests
                && waits(run, "child workflow", "Stuck")
                && child.is_some_and(|child| waits(child, "condition", "payment"))
        }
        Unseen => rests && run.waits_unseen && run.waits.is_empty(),
        Fails(cause) => {
            let failure = run.last_failure.as_ref();
            run.stuck && failure.is_some_and(|failure| failure.cause == cause)
        }
        Blocked => run.blocked,
    }
}

/// The filter of one run's list.
pub fn only(workflow_id: &str) -> ListRunsRequest {
    ListRunsRequest {
        filter: Some(RunFilter {
            workflow_id_prefix: workflow_id.to_owned(),
            ..Default::default()
        }),
        page: None,
    }
}
