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

#[tokio::test]
async fn calls_that_fail_together_come_back_apart() {
    let waits = waits(1000, || asking(Code::Unavailable, 5000)).await;
    // Five seconds and up to a fifth more: ten equal parts of that, and what comes late since the
    // machine has other work.
    let mut histogram = [0_usize; 11];
    for wait in &waits {
        assert!(*wait >= 5.0, "{wait}");
        histogram[((wait - 5.0) / 0.1).min(10.0) as usize] += 1;
    }
    let (late, parts) = histogram.split_last().unwrap();
    assert!(
        parts.iter().all(|n| (30..=220).contains(n)),
        "{histogram:?}"
    );
    assert!(*late < 150, "{histogram:?}");
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
        // Other work of the machine may delay some, and not all.
        let least_waited = waits(5, failure).await.into_iter().fold(f64::MAX, f64::min);
        assert!(least_waited >= least, "{}: {least_waited}", failure());
        assert!(least_waited < most + 0.15, "{}: {least_waited}", failure());
    });
    futures::future::join_all(measured).await;
}
