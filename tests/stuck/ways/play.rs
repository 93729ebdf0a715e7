//! Plays each way on a server.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use chronoscope::{
    Observability,
    introspect::v1::{ListActivitiesRequest, RunState},
    observe::Limits,
    rpc::Stack,
};
use chronoscope_testserver::{Fault, TestServer};
use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, Url, WorkflowSignalOptions,
    WorkflowStartOptions, WorkflowStartUpdateOptions, WorkflowTerminateOptions,
    tonic::{Code, Status},
};
use temporalio_sdk::{
    WorkerOptions,
    runtime::worker_tuner::{FixedSizeSlotSupplier, TunerHolder},
};

use super::{
    Inside, Row, WAYS, Way,
    code::{Acts, Handle, Stuck, change, shut},
    look::{only, until_said},
};
use crate::{
    Lines, inside,
    needles::{leaks, secret},
    observed, said,
    support::{Server, unique, wrong_key},
};

const NAMESPACE: &str = "stuck";

/// The most events of a history, on the server and in the settings.
const EVENTS: u64 = 40;

/// Flags of a real server with that limit, and of one that throttles.
const LIMITED: [&str; 2] = [
    "limit.historyCount.error=40",
    "limit.historyCount.suggestContinueAsNew=20",
];
const THROTTLES: [&str; 1] = ["frontend.namespaceRPS=4"];

fn connection(address: &str) -> ConnectionOptions {
    ConnectionOptions::new(Url::parse(&format!("http://{address}")).unwrap()).build()
}

async fn bare(address: &str) -> Client {
    let connection = Connection::connect(connection(address)).await.unwrap();
    Client::new(connection, ClientOptions::new(NAMESPACE).build()).unwrap()
}

/// The client of a worker, whose calls write lines.
async fn client(address: &str, observability: &Observability, way: Way) -> Client {
    let stack = Stack::new().all(observability.rpc());
    let options = stack.wrap(observability.wrap(connection(address))).unwrap();
    let connection = Connection::connect(options).await.unwrap();
    let options = match way {
        Way::CodecThatFails => ClientOptions::new(NAMESPACE)
            .data_converter(wrong_key())
            .build(),
        _ => ClientOptions::new(NAMESPACE).build(),
    };
    Client::new(connection, observability.wrap(options)).unwrap()
}

fn worker(queue: &str, way: Way) -> WorkerOptions {
    let options = WorkerOptions::new(queue)
        // The activity that hangs is cancelled then.
        .graceful_shutdown_period(Duration::from_millis(1))
        .sticky_queue_schedule_to_start_timeout(Duration::from_secs(1))
        .register_workflow::<Stuck>()
        .unwrap();
    let few = TunerHolder::builder()
        .workflow_task_slot_supplier(FixedSizeSlotSupplier::new(5))
        .activity_task_slot_supplier(FixedSizeSlotSupplier::new(1))
        .local_activity_task_slot_supplier(FixedSizeSlotSupplier::new(1))
        .nexus_task_slot_supplier(FixedSizeSlotSupplier::new(1));
    match way {
        Way::WorkerWithoutPollers => options.build(),
        Way::WorkerWithoutSlots => options.tuner(few.build()).register_activities(Acts).build(),
        _ => options.register_activities(Acts).build(),
    }
}

async fn start(client: &Client, queue: &str, id: &str, way: Way) -> Handle {
    let options = WorkflowStartOptions::new(queue, id).build();
    let input = (way, secret("argument"));
    let started = client.start_workflow(Stuck::run, input, options);
    started.await.unwrap()
}

/// Starts a run whose activity takes the only slot.
async fn takes_the_slot(client: &Client, observability: &Observability, queue: &str) -> Handle {
    let other = start(client, queue, &unique("other"), Way::WorkerWithoutSlots).await;
    let mut inside = inside(observability).await;
    loop {
        let asked = ListActivitiesRequest::default();
        let list = inside.list_activities(asked).await.unwrap();
        if list.into_inner().total > 0 {
            return other;
        }
    }
}

/// Gets a run stuck, and waits until all is said that is expected.
async fn play(row: &'static Row, address: &str) -> Lines {
    let way = row.way;
    let lines = Lines::default();
    let _default = lines.set_default();
    let mut limits = Limits::default();
    limits.history_events = EVENTS;
    let asks = bare(address).await;
    let observability = Observability::builder()
        .introspect(|i| i.listen(([127, 0, 0, 1], 0)).client(asks.clone()))
        .stuck(|s| s.blocked_after(Duration::from_secs(1)).limits(limits))
        .build()
        .unwrap();
    let served = observability.introspect_address().unwrap();
    let works = client(address, &observability, way).await;
    let (queue, id) = (unique("queue"), unique("run"));
    let gate = (way == Way::BlockingCode).then(|| shut(&id));
    if way == Way::CodeThatLeftItsHistory {
        let options = worker(&queue, way);
        observed(&works, &observability, options, async {
            start(&asks, &queue, &id, way).await;
            let mut inside = inside(&observability).await;
            loop {
                let list = inside.list_runs(only(&id)).await.unwrap();
                let run = list.into_inner().runs.pop().unwrap_or_default();
                if run.state() == RunState::Waiting && !run.waits.is_empty() {
                    break;
                }
            }
        })
        .await;
        change(&id);
    }
    let shown = observed(&works, &observability, worker(&queue, way), async {
        let other = match way {
            Way::WorkerWithoutSlots => Some(takes_the_slot(&asks, &observability, &queue).await),
            _ => None,
        };
        let run = match way {
            Way::CodeThatLeftItsHistory => asks.get_workflow_handle(id.clone()),
            _ => start(&asks, &queue, &id, way).await,
        };
        match way {
            Way::CodeThatLeftItsHistory => {
                let options = WorkflowSignalOptions::default();
                run.signal(Stuck::nudge, (), options).await.unwrap();
            }
            Way::UpdateThatWaits => {
                let (input, options) = (secret("update"), WorkflowStartUpdateOptions::default());
                let started = run.start_update(Stuck::change, input, options);
                started.await.unwrap();
            }
            _ => {}
        }
        let told = until_said(row, served, id.clone(), gate).await.unwrap();
        for run in other.iter().chain([&run]) {
            run.terminate(WorkflowTerminateOptions::default())
                .await
                .unwrap();
        }
        told.unwrap_or_else(|last| panic!("{way:?}: {last}\n{}", lines.text()))
    })
    .await;
    assert_eq!(leaks(&shown), [""; 0], "{way:?}");
    assert_eq!(leaks(&lines.text()), [""; 0], "{way:?}");
    lines_say(row, &lines);
    lines
}

/// Lines that say that a run is stuck.
const SAID: [&str; 3] = [
    "the run does not advance",
    "workflow code blocks its worker",
    "the run comes near a limit",
];

fn lines_say(row: &Row, lines: &Lines) {
    for part in SAID.into_iter().chain(row.line) {
        let is_expected = row.line.is_some_and(|line| line.contains(part));
        let said = said(lines, part);
        assert_eq!(
            !said.is_empty(),
            is_expected,
            "{:?} {part}: {said:?}",
            row.way
        );
    }
    if let Inside::Fails(_) = row.inside {
        // The gRPC layer tells the attempt, even of a task that can't be read.
        let failing = said(lines, "the run does not advance");
        let attempts: Vec<_> = failing
            .iter()
            .map(|line| &line["fields"]["task_attempt"])
            .collect();
        assert_eq!(attempts[0], 1, "{:?} {attempts:?}", row.way);
        assert!(attempts.iter().all(|attempt| attempt.is_number()));
    }
    if row.way == Way::NamespaceThatThrottles {
        let failed = said(lines, "gRPC call failed");
        let status = |line: &serde_json::Value| line["fields"]["rpc_status_code"].clone();
        let throttled = failed
            .iter()
            .any(|line| status(line) == "RESOURCE_EXHAUSTED");
        assert!(throttled, "{failed:?}");
    }
}

#[tokio::test]
async fn each_way_to_be_stuck_is_told() {
    for row in &WAYS {
        let server = TestServer::builder().namespace(NAMESPACE).start().await;
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let address = server.listen(anywhere).await.unwrap();
        let throttles = match row.way {
            Way::NamespaceThatThrottles => 1000,
            _ => 0,
        };
        for _ in 0..throttles {
            let status = Status::new(Code::ResourceExhausted, "namespace rate limit exceeded");
            server.inject("PollActivityTaskQueue", Fault::Fail(status));
        }
        play(row, &address.to_string()).await;
    }
}

#[tokio::test]
#[ignore = "real: a Temporal server with low limits, and one that throttles"]
async fn each_way_to_be_stuck_is_told_on_a_real_server() {
    let configured = async |values: &[&str]| {
        let flag = |value: &&str| ["--dynamic-config-value".to_owned(), (*value).to_owned()];
        let flags: Vec<_> = values.iter().flat_map(flag).collect();
        Server::start_with(NAMESPACE, &flags).await.unwrap()
    };
    let (limited, throttles) = (configured(&LIMITED).await, configured(&THROTTLES).await);
    for row in &WAYS {
        let server = match row.way {
            Way::NamespaceThatThrottles => &throttles,
            _ => &limited,
        };
        let lines = play(row, server.address()).await;
        if row.way == Way::HistoryNearItsLimit {
            let suggested = said(&lines, "the server suggests that the run continues as new");
            assert_eq!(suggested.len(), 1, "{}", lines.text());
        }
    }
}
