//! With the layer and without it: the same result, the same attempts, the same status, for every
//! method of the workflow service and everything that a peer may do.

mod body;
mod fault;
mod methods;
mod peer;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chronoscope::rpc::{Retries, Stack};
use prost_reflect::DescriptorPool;
use temporalio_client::{
    Connection, ConnectionOptions, GrpcCompression, RetryOptions, Url, tonic::Status,
};
use tokio::{sync::Semaphore, task::JoinSet};
use tower::retry::budget::TpsBudget;

pub use self::{
    fault::Fault,
    methods::{Dress, METHODS, Method},
    peer::{CALL, FAULT, Peer},
};
use super::Passed;
use crate::support::sized;

/// How a call goes to the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// On the client's own connection.
    Own,
    /// Through a stack without layers.
    Bare,
    /// Through a layer that does nothing to a call.
    Layered,
    /// Retried by a layer, and not by the client.
    Retrying,
}

const ATTEMPTS: usize = 3;

pub fn options(
    url: &str,
    retries: RetryOptions,
    compression: GrpcCompression,
) -> ConnectionOptions {
    ConnectionOptions::new(Url::parse(url).unwrap())
        .retry_options(retries)
        .grpc_compression(compression)
        .build()
}

async fn connect(way: Way, url: &str, compression: GrpcCompression) -> Connection {
    let retries = match way {
        Way::Retrying => RetryOptions::no_retries(),
        _ => RetryOptions::builder()
            .initial_interval(Duration::from_millis(10))
            // Which a machine with much to do would exceed.
            .max_elapsed_time(None)
            .max_retries(ATTEMPTS)
            .build(),
    };
    let options = options(url, retries, compression);
    let passed = Passed::default();
    let budget = TpsBudget::new(Duration::from_secs(10), 10_000, 1.0);
    let stack = match way {
        Way::Own => return Connection::connect(options).await.unwrap(),
        Way::Bare => Stack::new(),
        Way::Layered => Stack::new().all(passed),
        Way::Retrying => Stack::new()
            .retrying(Retries::at_most(ATTEMPTS - 1).budget(budget))
            .all(passed),
    };
    Connection::connect(stack.wrap(options).unwrap())
        .await
        .unwrap()
}

/// What the caller sees of a call, and the peer.
#[derive(Debug)]
struct Ended {
    answer: Result<Vec<u8>, Status>,
    attempts: u64,
}

async fn ask(
    connection: Connection,
    peer: &Peer,
    method: &Method,
    fault: Fault,
    way: Way,
    time: usize,
) -> Ended {
    let call = format!("{}-{fault:?}-{way:?}-{time}", method.name);
    let named = call.clone();
    let dress: Dress = Arc::new(move |metadata| {
        metadata.insert(CALL, named.parse().unwrap());
        metadata.insert(FAULT, format!("{fault:?}").parse().unwrap());
        let deadline = if fault == Fault::Hangs { "1S" } else { "25S" };
        metadata.insert("grpc-timeout", deadline.parse().unwrap());
    });
    let answer = (method.call)(connection, dress).await;
    Ended {
        answer,
        attempts: peer.attempts(&call),
    }
}

/// What is not the same, if anything.
fn difference(fault: Fault, own: &Ended, ours: &Ended) -> Option<String> {
    if own.attempts != ours.attempts {
        return Some(format!("{} attempts, not {}", ours.attempts, own.attempts));
    }
    let (own, ours) = match (&own.answer, &ours.answer) {
        (Ok(own), Ok(ours)) => return (own != ours).then(|| "another answer".to_owned()),
        (Err(own), Err(ours)) => (own, ours),
        (own, ours) => return Some(format!("{ours:?}, not {own:?}")),
    };
    let why = |status: &Status| {
        ["why", "message-too-large"].map(|name| status.metadata().get(name).cloned())
    };
    // What stands behind an error can't pass the client's callback, so it is told in the message;
    // and of a page the client's own says the number alone. How much came before a reset is chance.
    let is_chance = matches!(fault, Fault::Page | Fault::ResetInMessage);
    let says_the_same = is_chance || ours.message().starts_with(own.message());
    let is_same = own.code() == ours.code()
        && says_the_same
        && own.details() == ours.details()
        && why(own) == why(ours);
    (!is_same).then(|| format!("{ours}, not {own}"))
}

/// Whether the worker's pollers make the call, which no layer may retry.
fn is_poll(method: &Method) -> bool {
    matches!(
        method.name,
        "poll_workflow_task_queue" | "poll_activity_task_queue" | "poll_nexus_task_queue"
    )
}

/// One difference of each kind, and how many there are.
fn shown(differences: &[String]) -> String {
    let mut kinds = BTreeMap::<_, Vec<_>>::new();
    for difference in differences {
        let words: Vec<_> = difference.splitn(4, ' ').collect();
        kinds
            .entry((words[0], words[2]))
            .or_default()
            .push(difference);
    }
    let mut shown = format!("{} differ", differences.len());
    for of_kind in kinds.values() {
        shown.push_str(&format!("\n{} as {}", of_kind.len(), of_kind[0]));
    }
    shown
}

const WAYS: [Way; 4] = [Way::Own, Way::Bare, Way::Layered, Way::Retrying];

/// A connection for each way.
type Connections = [Connection; 4];

async fn connect_all(url: &str) -> Connections {
    let connected = WAYS.map(|way| connect(way, url, GrpcCompression::None));
    let connected = futures::future::join_all(connected).await;
    connected.try_into().unwrap_or_else(|_| unreachable!())
}

/// Asks for a fault on all ways, and returns what ours did otherwise than the client's own.
async fn differences(
    peer: &Peer,
    method: &Method,
    fault: Fault,
    ways: Connections,
    time: usize,
) -> Vec<String> {
    let asked = WAYS.into_iter().zip(ways);
    let asked = asked.map(|(way, connection)| ask(connection, peer, method, fault, way, time));
    let ended = futures::future::join_all(asked).await;
    let (own, ours) = ended.split_first().unwrap();
    let mut differences = Vec::new();
    for (way, ours) in WAYS[1..].iter().zip(ours) {
        if *way == Way::Retrying && is_poll(method) {
            continue;
        }
        if let Some(difference) = difference(fault, own, ours) {
            differences.push(format!("{fault:?} {} {way:?}: {difference}", method.name));
        }
    }
    differences
}

/// The same, of what comes back each time. An attempt that meets a connection while it goes reaches no
/// peer, and on a busy machine a deadline may be over before an answer is there, on any way: that is
/// chance. Where a fault takes the connection away, each call needs one of its own.
async fn lasting_differences(
    peer: &Peer,
    method: &Method,
    fault: Fault,
    ways: &Connections,
) -> Vec<String> {
    let mut found = Vec::new();
    for time in 0..5 {
        let ways = match fault.is_of_connection() {
            true => connect_all(&peer.url()).await,
            false => ways.clone(),
        };
        found = differences(peer, method, fault, ways, time).await;
        if found.is_empty() {
            break;
        }
    }
    found
}

/// Asks methods for a fault, and returns what ours did otherwise than the client's own. Each method
/// meets some faults, and each fault some methods; on the real server's tier all meet all.
async fn compare(peer: Peer, fault: Fault, ways: Connections) -> Vec<String> {
    // Not all at once: a connection takes two hundred.
    let at_once = if fault.is_of_connection() { 8 } else { 64 };
    let places = Arc::new(Semaphore::new(at_once));
    let mut tasks = JoinSet::new();
    for method in METHODS
        .iter()
        .skip(fault as usize % share())
        .step_by(share())
    {
        let (peer, ways, places) = (peer.clone(), ways.clone(), places.clone());
        tasks.spawn(async move {
            let _place = places.acquire().await.unwrap();
            lasting_differences(&peer, method, fault, &ways).await
        });
    }
    tasks.join_all().await.concat()
}

/// One of how many methods meets a fault.
fn share() -> usize {
    sized(4, 1)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_ends_as_on_the_clients_own_connection() {
    let peer = Peer::start().await;
    let ways = connect_all(&peer.url()).await;
    let mut differences = Vec::new();
    for fault in Fault::ALL {
        differences.extend(compare(peer.clone(), *fault, ways.clone()).await);
    }
    assert!(differences.is_empty(), "{}", shown(&differences));
}

#[test]
fn the_table_has_every_method_of_the_service() {
    const DESCRIPTORS: &[u8] = include_bytes!(env!("TEMPORAL_DESCRIPTORS"));
    let pool = DescriptorPool::decode(DESCRIPTORS).unwrap();
    let service = pool.get_service_by_name("temporal.api.workflowservice.v1.WorkflowService");
    let mut known: Vec<_> = service
        .unwrap()
        .methods()
        .map(|m| snake(m.name()))
        .collect();
    let mut table: Vec<_> = METHODS.iter().map(|m| m.name.to_owned()).collect();
    known.sort();
    table.sort();
    assert_eq!(table, known);
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

#[tokio::test]
async fn a_slow_handshake_only_takes_its_time() {
    let peer = Peer::after(Duration::from_millis(300)).await;
    for way in [Way::Own, Way::Bare, Way::Layered] {
        let connection = connect(way, &peer.url(), GrpcCompression::None).await;
        let ended = ask(connection, &peer, &METHODS[0], Fault::None, way, 0).await;
        assert_eq!((ended.answer.unwrap(), ended.attempts), (vec![], 1));
    }
}
