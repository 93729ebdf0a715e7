//! What stacks can and can't do to calls.

use std::{sync::Arc, time::Duration};

use chronoscope::rpc::{Request, Stack};
use temporalio_client::{
    CertifiedKey, ConnectionOptions, DnsLoadBalancingOptions, ResolvesClientCert, SignatureScheme,
    TlsOptions, Url,
    tonic::{self, Code},
};
use temporalio_common::protos::temporal::api::workflowservice::v1::PollActivityTaskQueueRequest;
use tokio::sync::{Notify, Semaphore};
use tower::{
    limit::ConcurrencyLimitLayer, load_shed::LoadShedLayer, service_fn, timeout::TimeoutLayer,
};

use super::{bridged, count, empty, measured, options, rpc};

const NOWHERE: &str = "http://nowhere.invalid:1";

/// Calls of these methods wait until they are told to end; others are answered at once.
fn held(
    methods: &'static [&'static str],
    reached: Arc<Semaphore>,
    go_on: Arc<Notify>,
) -> impl tower::Service<
    Request,
    Response = chronoscope::rpc::Response,
    Error = tower::BoxError,
    Future: Send,
> + Clone
+ Send
+ Sync {
    service_fn(move |request: Request| {
        let is_held = methods.contains(&rpc(&request));
        let (reached, go_on) = (reached.clone(), go_on.clone());
        async move {
            if is_held {
                reached.add_permits(1);
                go_on.notified().await;
            }
            empty()
        }
    })
}

async fn poll(connection: &temporalio_client::Connection) -> Result<(), tonic::Status> {
    let mut service = connection.workflow_service();
    let request = PollActivityTaskQueueRequest::default();
    let answer = service.poll_activity_task_queue(tonic::Request::new(request));
    answer.await.map(drop)
}

#[tokio::test]
async fn no_limit_round_calls_starves_a_poll_and_no_poll_starves_calls() {
    let (reached, go_on) = (Arc::new(Semaphore::new(0)), Arc::new(Notify::new()));
    let (observability, durations) = measured();
    let methods = &["PollActivityTaskQueue", "CountWorkflowExecutions"];
    let stack = Stack::new()
        .calls(TimeoutLayer::new(Duration::from_millis(50)))
        .calls(ConcurrencyLimitLayer::new(1))
        .all(observability.rpc())
        .in_process(held(methods, reached.clone(), go_on.clone()));
    let connection = bridged(&stack, options(NOWHERE)).await;

    let polls = [(); 3].map(|()| {
        let connection = connection.clone();
        tokio::spawn(async move { poll(&connection).await })
    });
    reached.acquire_many(3).await.unwrap().forget();
    // The limit is one and three polls are held: a call passes all the same, and its timeout ends
    // it, and none of them.
    let ended = count(&connection, "default").await.unwrap_err();
    assert_eq!(ended.code(), Code::DeadlineExceeded);
    assert!(polls.iter().all(|poll| !poll.is_finished()));
    assert_eq!(durations.of("PollActivityTaskQueue", "OK"), 0);
    // Its future was dropped: the observed end is that.
    assert_eq!(durations.of("CountWorkflowExecutions", "CANCELLED"), 1);

    for poll in polls {
        go_on.notify_waiters();
        poll.await.unwrap().unwrap();
    }
    assert_eq!(durations.of("PollActivityTaskQueue", "OK"), 3);
    let apart = durations.all().into_keys();
    let of_polls = apart.filter(|(metric, ..)| metric.contains("long_poll"));
    assert_eq!(of_polls.count(), 1);
}

#[tokio::test]
async fn load_that_is_shed_is_exhaustion() {
    let (reached, go_on) = (Arc::new(Semaphore::new(0)), Arc::new(Notify::new()));
    let methods = &["CountWorkflowExecutions"];
    let stack = Stack::new()
        .calls(LoadShedLayer::new())
        .calls(ConcurrencyLimitLayer::new(1))
        .in_process(held(methods, reached.clone(), go_on.clone()));
    let connection = bridged(&stack, options(NOWHERE)).await;
    let first = connection.clone();
    let first = tokio::spawn(async move { count(&first, "default").await });
    reached.acquire().await.unwrap().forget();
    let shed = count(&connection, "default").await.unwrap_err();
    assert_eq!(shed.code(), Code::ResourceExhausted);
    go_on.notify_waiters();
    first.await.unwrap().unwrap();
}

#[tokio::test]
async fn in_process_a_deadline_ends_a_call() {
    let (reached, go_on) = (Arc::new(Semaphore::new(0)), Arc::new(Notify::new()));
    let methods = &["PollActivityTaskQueue"];
    let stack = Stack::new().in_process(held(methods, reached, go_on));
    let connection = bridged(&stack, options(NOWHERE)).await;
    let mut request = tonic::Request::new(PollActivityTaskQueueRequest::default());
    request.set_timeout(Duration::from_millis(30));
    let mut service = connection.workflow_service();
    let ended = service.poll_activity_task_queue(request).await.unwrap_err();
    assert_eq!(ended.code(), Code::DeadlineExceeded);
    assert!(ended.message().contains("30ms"), "{}", ended.message());
}

#[tokio::test]
async fn a_call_that_is_given_up_ends_once() {
    let (reached, go_on) = (Arc::new(Semaphore::new(0)), Arc::new(Notify::new()));
    let (observability, durations) = measured();
    let methods = &["CountWorkflowExecutions"];
    let stack =
        Stack::new()
            .all(observability.rpc())
            .in_process(held(methods, reached.clone(), go_on));
    let connection = bridged(&stack, options(NOWHERE)).await;
    let given_up = connection.clone();
    let given_up = tokio::spawn(async move { count(&given_up, "default").await });
    reached.acquire().await.unwrap().forget();
    given_up.abort();
    assert!(given_up.await.unwrap_err().is_cancelled());
    assert_eq!(durations.of("CountWorkflowExecutions", "CANCELLED"), 1);
}

#[tokio::test]
async fn what_options_name_already_is_what_answers() {
    let server = chronoscope_testserver::TestServer::start().await;
    let (observability, durations) = measured();
    let mut options = options(NOWHERE);
    options.service_override = Some(server.service_override());
    let stack = Stack::new().all(observability.rpc());
    let connection = bridged(&stack, options).await;
    count(&connection, "default").await.unwrap();
    let missing = count(&connection, "missing").await.unwrap_err();
    assert_eq!(missing.code(), Code::NotFound);
    assert!(!missing.details().is_empty());
    assert_eq!(durations.of("CountWorkflowExecutions", "OK"), 1);
    assert_eq!(durations.of("CountWorkflowExecutions", "NOT_FOUND"), 1);
}

/// Finds another certificate each time.
#[derive(Debug)]
struct Rotating;

impl ResolvesClientCert for Rotating {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        None
    }

    fn has_certs(&self) -> bool {
        true
    }
}

fn refused(options: ConnectionOptions) -> (&'static str, String) {
    let refused = Stack::new().wrap(options).unwrap_err();
    (refused.option(), refused.to_string())
}

#[test]
fn what_cant_be_rebuilt_is_refused_by_its_name() {
    let balancing = DnsLoadBalancingOptions::builder()
        .resolution_interval(Duration::from_secs(5))
        .build();
    let with = ConnectionOptions::new(Url::parse("http://localhost:7233").unwrap())
        .dns_load_balancing(Some(balancing))
        .build();
    let (option, error) = refused(with);
    assert_eq!(option, "dns_load_balancing");
    assert!(error.contains("`dns_load_balancing`"), "{error}");

    let tls = TlsOptions::builder()
        .server_root_ca_cert(b"no certificate".to_vec())
        .build();
    let with = ConnectionOptions::new(Url::parse("https://localhost:7233").unwrap())
        .tls_options(tls)
        .build();
    let (option, _) = refused(with);
    assert_eq!(option, "tls_options.server_root_ca_cert");

    let tls = TlsOptions::builder()
        .client_cert_resolver(Arc::new(Rotating))
        .build();
    let with = ConnectionOptions::new(Url::parse("https://localhost:7233").unwrap())
        .tls_options(tls)
        .build();
    assert_eq!(refused(with).0, "tls_options.client_cert_resolver");

    let with = ConnectionOptions::new(Url::parse("mailto:somebody").unwrap()).build();
    assert_eq!(refused(with).0, "target");
}
