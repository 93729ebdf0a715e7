//! How long retries wait.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use chronoscope::rpc::{Request, Retries, Stack};
use temporalio_client::tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};
use tower::{BoxError, retry::budget::TpsBudget, service_fn};

use super::{bridged, count, empty, options, rpc};

/// How long each call waited before it was sent again, where all calls fail once, so.
async fn waits(calls: usize, failure: fn() -> Status) -> Vec<f64> {
    let failed = Arc::new(Mutex::new(HashMap::<String, Instant>::new()));
    let waited = Arc::new(Mutex::new(Vec::new()));
    let noted = waited.clone();
    let service = service_fn(move |request: Request| {
        let caller = request.headers().get("temporal-namespace").cloned();
        let caller = caller.map_or(String::new(), |it| it.to_str().unwrap().to_owned());
        let is_first = rpc(&request) == "CountWorkflowExecutions" && {
            let mut failed = failed.lock().unwrap();
            match failed.get(&caller) {
                Some(failed) => {
                    noted.lock().unwrap().push(failed.elapsed().as_secs_f64());
                    false
                }
                None => failed.insert(caller, Instant::now()).is_none(),
            }
        };
        async move {
            match is_first {
                true => Err(BoxError::from(failure())),
                false => empty(),
            }
        }
    });
    let budget = TpsBudget::new(Duration::from_secs(10), 10_000, 1.0);
    let stack = Stack::new()
        .retrying(Retries::at_most(1).budget(budget))
        .in_process(service);
    let connection = bridged(&stack, options("http://nowhere.invalid:1")).await;
    let callers = (0..calls).map(|n| {
        let connection = connection.clone();
        async move { count(&connection, &format!("caller-{n}")).await.unwrap() }
    });
    futures::future::join_all(callers).await;
    let waited = waited.lock().unwrap().clone();
    assert_eq!(waited.len(), calls);
    waited
}

fn asking(code: Code, millis: u64) -> Status {
    let wait = Some(Duration::from_millis(millis));
    Status::with_error_details(code, "busy", ErrorDetails::with_retry_info(wait))
}

/// How many waits of five seconds and up to a fifth more are in each tenth of that, and how many
/// come later since the machine has other work.
fn histogram(waits: &[f64]) -> [usize; 11] {
    let mut histogram = [0; 11];
    for wait in waits {
        assert!(*wait >= 5.0, "{wait}");
        histogram[((wait - 5.0) / 0.1).min(10.0) as usize] += 1;
    }
    histogram
}

#[tokio::test]
async fn calls_that_fail_together_come_back_apart() {
    let mut seen = Vec::new();
    // Other work of the machine may delay those of one time, and not of each.
    for _ in 0..5 {
        let waits = waits(1000, || asking(Code::Unavailable, 5000)).await;
        let histogram = histogram(&waits);
        let (late, parts) = histogram.split_last().unwrap();
        if parts.iter().all(|n| (30..=220).contains(n)) && *late < 150 {
            return;
        }
        seen.push(histogram);
    }
    panic!("{seen:?}");
}

/// A failure, and between which waits its retry comes, in seconds.
type Waited = (fn() -> Status, f64, f64);

#[tokio::test]
async fn waits_are_those_of_the_client_and_the_ones_that_the_server_asks_for() {
    let cases: [Waited; 5] = [
        (|| Status::unavailable("busy"), 0.08, 0.12),
        (|| Status::resource_exhausted("busy"), 0.8, 1.2),
        (|| asking(Code::Unavailable, 500), 0.5, 0.6),
        // What the server names stands instead of the second that it would be otherwise.
        (|| asking(Code::ResourceExhausted, 300), 0.3, 0.36),
        (|| asking(Code::ResourceExhausted, 1), 0.08, 0.12),
    ];
    let measured = cases.map(|(failure, least, most)| async move {
        let mut shortest = f64::MAX;
        // Other work of the machine may delay many, and not all.
        for _ in 0..10 {
            shortest = waits(5, failure).await.into_iter().fold(shortest, f64::min);
            assert!(shortest >= least, "{}: {shortest}", failure());
            if shortest < most + 0.05 {
                return;
            }
        }
        panic!("{}: {shortest}", failure());
    });
    futures::future::join_all(measured).await;
}
