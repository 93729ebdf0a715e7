//! Calls that go wrong: the worker recovers, each end is recorded once, no task is lost.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use chronoscope::rpc::{Request, RpcService, Stack};
use temporalio_client::{Client, ClientOptions, ConnectionOptions, Url, tonic::Status};
use tower::{BoxError, Layer, ServiceExt as _, util::BoxCloneSyncService};

use super::{Durations, Passed, bridged, count, measured, relay::Relay, rpc};
use crate::{
    scenarios::{self, Activities},
    support::{address, end, namespace, start, unique, work},
};

/// How a call goes wrong.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// It does not leave.
    Unavailable,
    /// It is done, and its answer comes too late.
    Deadline,
    /// It takes its time.
    Slow,
    /// It is on its way when the connection ends.
    Cut,
}

/// The faults that are still to come, by method.
#[derive(Clone, Default)]
struct Faults(Arc<Mutex<HashMap<&'static str, VecDeque<Fault>>>>);

impl Faults {
    fn of(self, rpc: &'static str, faults: impl IntoIterator<Item = Fault>) -> Self {
        self.0
            .lock()
            .unwrap()
            .insert(rpc, faults.into_iter().collect());
        self
    }

    fn left(&self) -> usize {
        self.0.lock().unwrap().values().map(VecDeque::len).sum()
    }
}

impl Layer<RpcService> for Faults {
    type Service = RpcService;

    fn layer(&self, inner: RpcService) -> RpcService {
        let faults = self.clone();
        BoxCloneSyncService::new(tower::service_fn(move |request: Request| {
            let fault = {
                let mut faults = faults.0.lock().unwrap();
                faults.get_mut(rpc(&request)).and_then(VecDeque::pop_front)
            };
            let inner = inner.clone();
            async move {
                let wait = |millis| tokio::time::sleep(Duration::from_millis(millis));
                match fault {
                    None => inner.oneshot(request).await,
                    Some(Fault::Unavailable) => Err(Status::unavailable("injected").into()),
                    Some(Fault::Deadline) => {
                        inner.oneshot(request).await?;
                        Err(Status::deadline_exceeded("injected").into())
                    }
                    Some(Fault::Slow) => {
                        wait(300).await;
                        inner.oneshot(request).await
                    }
                    Some(Fault::Cut) => tokio::select! {
                        answer = inner.oneshot(request) => answer,
                        () = wait(30) => Err(BoxError::from(Status::unavailable("cut"))),
                    },
                }
            }
        }))
    }
}

/// Runs workflows to their end on a worker whose calls pass the stack.
async fn play(stack: Stack, options: ConnectionOptions, during: impl AsyncFn()) {
    const RUNS: usize = 6;
    let connection = bridged(&stack, options).await;
    let client = Client::new(connection, ClientOptions::new(namespace().await).build()).unwrap();
    let queue = unique("faulty");
    work(&client, scenarios::worker(&queue, 3), async {
        let mut runs = Vec::new();
        for _ in 0..RUNS {
            runs.push(start(&client, &queue, Activities::run, ()).await);
            during().await;
        }
        for run in &runs {
            assert_eq!(end(run).await, 2);
        }
    })
    .await;
}

fn balance(durations: &Durations, passed: &Passed) {
    assert_eq!(durations.total(), passed.total(), "{:?}", durations.all());
}

fn patient(target: &str) -> ConnectionOptions {
    ConnectionOptions::new(Url::parse(target).unwrap())
        .identity("chronoscope-suite")
        .build()
}

#[tokio::test]
async fn a_worker_recovers_from_every_fault_and_loses_no_task() {
    use Fault::{Cut, Deadline, Slow, Unavailable};
    let every = [Unavailable, Slow, Cut, Unavailable];
    let faults = Faults::default()
        .of("PollWorkflowTaskQueue", every)
        .of("PollActivityTaskQueue", every)
        .of("GetWorkflowExecutionHistory", [Unavailable, Slow])
        .of("StartWorkflowExecution", [Unavailable, Slow, Cut])
        .of(
            "RespondWorkflowTaskCompleted",
            [Unavailable, Slow, Unavailable],
        )
        .of(
            "RespondActivityTaskCompleted",
            [Unavailable, Slow, Deadline],
        );
    let (observability, durations) = measured();
    let (passed, target) = (Passed::default(), format!("http://{}", address().await));
    let observed = observability.rpc();
    let stack = Stack::new()
        .all(passed.clone())
        .all(observed)
        .all(faults.clone());
    play(stack, patient(&target), async || ()).await;
    assert_eq!(faults.left(), 0);
    balance(&durations, &passed);
    assert!(durations.of("StartWorkflowExecution", "UNAVAILABLE") >= 1);
    assert_eq!(durations.of("StartWorkflowExecution", "OK"), 6);
    assert!(durations.of("PollWorkflowTaskQueue", "UNAVAILABLE") >= 2);
}

#[tokio::test]
async fn connections_that_are_cut_in_the_middle_of_polls_are_made_anew() {
    let relay = Relay::to(address().await).await;
    let (observability, durations) = measured();
    let passed = Passed::default();
    let stack = Stack::new().all(passed.clone()).all(observability.rpc());
    let cut = async || {
        // The worker polls.
        while durations.of("PollWorkflowTaskQueue", "OK") == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        relay.cut();
    };
    play(stack, patient(&relay.url()), cut).await;
    balance(&durations, &passed);
    // What the client's own connection has for it.
    assert!(
        durations.of("PollWorkflowTaskQueue", "UNKNOWN") > 0,
        "{:?}",
        durations.all()
    );
}

#[tokio::test]
async fn a_call_whose_connection_is_cut_is_retried_as_the_client_would_have() {
    let relay = Relay::to(address().await).await;
    let connection = bridged(&Stack::new(), patient(&relay.url())).await;
    let namespace = namespace().await;
    for _ in 0..5 {
        count(&connection, namespace).await.unwrap();
        relay.cut();
    }
}
