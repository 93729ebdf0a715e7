//! How the layer and the plugin wire in: outermost, and once.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use chronoscope::{
    Observability,
    execution::Execution,
    schema::Outcome,
    testing::{Capture, expect},
};
use temporalio_client::{
    Client, ClientInterceptor, ClientOptions, Connection, ConnectionOptions, Next as ClientNext,
    StartWorkflowInput, StartWorkflowOutput, Url, WorkflowCountOptions, WorkflowDescribeOptions,
    errors::{WorkflowInteractionError, WorkflowStartError},
    interceptors::{DescribeWorkflowInput, DescribeWorkflowOutput},
};
use temporalio_sdk::{
    WorkerOptions, WorkflowContextView,
    interceptors::{ActivityInboundInterceptor, ExecuteActivityInput, ExecuteActivityOutput, Next},
    workflow_interceptors::{
        ExecuteWorkflowInput, ExecuteWorkflowResult, WorkflowInterceptor,
        WorkflowInterceptorConstructor, WorkflowInterceptorContext, WorkflowInterceptorFuture,
        WorkflowNext,
    },
};
use tower::Layer as _;

use crate::{
    scenarios::{self, Activities},
    support::{Lines, address, connect, end, namespace, start, unique, work},
};

type StartAnswer<'a> =
    futures::future::BoxFuture<'a, Result<StartWorkflowOutput, WorkflowStartError>>;

/// A user's interceptors, which log.
struct Nosy;

impl WorkflowInterceptor for Nosy {
    fn execute<'a>(
        &'a self,
        _: WorkflowInterceptorContext,
        input: ExecuteWorkflowInput,
        next: WorkflowNext<
            'a,
            ExecuteWorkflowInput,
            WorkflowInterceptorFuture<'a, ExecuteWorkflowResult>,
        >,
    ) -> WorkflowInterceptorFuture<'a, ExecuteWorkflowResult> {
        tracing::info!("a workflow, called");
        WorkflowInterceptorFuture::new(async {
            tracing::info!("a workflow, polled");
            next.run(input).await
        })
    }
}

impl ActivityInboundInterceptor for Nosy {
    fn execute_activity<'a>(
        &'a self,
        input: ExecuteActivityInput,
        next: Next<'a, ExecuteActivityInput, ExecuteActivityOutput<'a>>,
    ) -> ExecuteActivityOutput<'a> {
        tracing::info!("an activity");
        next.run(input)
    }
}

impl ClientInterceptor for Nosy {
    fn start_workflow<'a>(
        &'a self,
        input: StartWorkflowInput,
        next: ClientNext<'a, StartWorkflowInput, StartAnswer<'a>>,
    ) -> StartAnswer<'a> {
        tracing::info!("a start");
        next.run(input)
    }
}

async fn client(options: ClientOptions) -> Client {
    let url = Url::parse(&format!("http://{}", address().await)).unwrap();
    let connection = Connection::connect(ConnectionOptions::new(url).build())
        .await
        .unwrap();
    Client::new(connection, options).unwrap()
}

#[tokio::test]
async fn interceptors_of_users_log_inside_of_our_executions() {
    let capture = Capture::new();
    let layer = capture.observability().layer();
    let options = ClientOptions::new(namespace().await)
        .client_interceptors(vec![Arc::new(Nosy)])
        .build();
    let client = client(layer.layer(options)).await;
    let queue = unique("nosy");
    let mut options = scenarios::worker(&queue, 0);
    options.workflow_interceptor(WorkflowInterceptorConstructor::new(
        |_: &WorkflowContextView| Nosy,
    ));
    options.activity_inbound_interceptor(Nosy);
    work(&client, layer.layer(options), async {
        end(&start(&client, &queue, Activities::run, ()).await).await;
    })
    .await;
    for message in ["a workflow, called", "a workflow, polled"] {
        capture.assert(expect::line(message).once());
        let found = expect::line(message).field("workflow_type", "Activities");
        capture.assert(found.once());
    }
    capture.assert(expect::line("a start").once());
    let started = expect::line("a start").field("task_queue", &queue);
    capture.assert(started.field("workflow_type", "Activities").once());
    let mut activities = capture.lines();
    activities.retain(|line| line.message == "an activity");
    assert!(activities.len() >= 5);
    assert!(
        activities
            .iter()
            .all(|line| line.field("activity_type").is_some())
    );
}

/// Counts starts and ends.
fn counting() -> (Observability, Arc<AtomicU32>) {
    let count = Arc::new(AtomicU32::new(0));
    let counted = count.clone();
    let observability = Observability::builder()
        .on_end(move |_: &Execution, _: &Outcome| _ = counted.fetch_add(1, Ordering::Relaxed))
        .build()
        .unwrap();
    (observability, count)
}

async fn run(client: &Client, options: impl FnOnce(WorkerOptions) -> WorkerOptions) {
    let queue = unique("wired");
    let options = options(scenarios::worker(&queue, 0));
    work(client, options, async {
        end(&start(client, &queue, Activities::run, ()).await).await;
    })
    .await;
}

/// How many operations end when everything is registered once.
async fn once() -> u32 {
    let (observability, count) = counting();
    let client = connect(Some(&observability)).await;
    run(&client, |options| observability.wrap(options)).await;
    count.load(Ordering::Relaxed)
}

#[tokio::test]
async fn the_plugin_wires_a_client_and_its_workers() {
    let (observability, count) = counting();
    let options = ClientOptions::new(namespace().await)
        .plugin(observability.plugin())
        .build();
    run(&client(options).await, |options| options).await;
    assert_eq!(count.load(Ordering::Relaxed), once().await);
}

#[tokio::test]
async fn registering_twice_doubles_nothing_and_warns_once() {
    let (observability, count) = counting();
    let (second, second_count) = counting();
    let lines = Lines::default();
    let _default = lines.set_default();
    let options = ClientOptions::new(namespace().await)
        .plugin(observability.plugin())
        .build();
    let client = client(options).await;
    run(&client, |options| observability.wrap(options)).await;
    let total = count.swap(0, Ordering::Relaxed);
    assert_eq!(total, once().await);
    let warnings = |lines: &Lines| {
        let warnings = lines
            .of("chronoscope")
            .into_iter()
            .filter(|line| line["level"] == "WARN");
        warnings.count()
    };
    assert_eq!(warnings(&lines), 1);

    // Two values are no better than one twice.
    run(&client, |options| second.wrap(options)).await;
    let (first, second) = (
        count.load(Ordering::Relaxed),
        second_count.load(Ordering::Relaxed),
    );
    assert_eq!(first + second, total);
    let runs = 3;
    assert_eq!(lines.with_message("side by side").len(), runs);
}

/// Makes the same call once more, inside the call.
#[derive(Default)]
struct Curious {
    client: OnceLock<Client>,
    has_asked: AtomicBool,
}

type DescribeAnswer<'a> =
    futures::future::BoxFuture<'a, Result<DescribeWorkflowOutput, WorkflowInteractionError>>;

impl ClientInterceptor for Curious {
    fn describe_workflow<'a>(
        &'a self,
        input: DescribeWorkflowInput,
        next: ClientNext<'a, DescribeWorkflowInput, DescribeAnswer<'a>>,
    ) -> DescribeAnswer<'a> {
        Box::pin(async move {
            if !self.has_asked.swap(true, Ordering::Relaxed) {
                describe(self.client.get().unwrap(), &input.workflow_id).await;
            }
            next.run(input).await
        })
    }
}

async fn describe(client: &Client, id: &str) {
    let handle = client.get_workflow_handle::<Activities>(id);
    // There is none.
    let _ = handle.describe(WorkflowDescribeOptions::default()).await;
}

#[tokio::test]
async fn a_call_is_observed_once_and_so_is_one_like_it_inside_of_it() {
    for is_twice in [false, true] {
        let (observability, count) = counting();
        let curious = Arc::new(Curious::default());
        let options = ClientOptions::new(namespace().await);
        let options = options.client_interceptors(vec![curious.clone()]);
        let options = match is_twice {
            true => options.plugin(observability.plugin()).build(),
            false => options.build(),
        };
        let client = client(observability.layer().layer(options)).await;
        let counted = client.count_workflows("", WorkflowCountOptions::default());
        counted.await.unwrap();
        assert_eq!(count.swap(0, Ordering::Relaxed), 1, "a count, {is_twice}");
        assert!(curious.client.set(client.clone()).is_ok());
        describe(&client, &unique("nobody")).await;
        assert_eq!(count.swap(0, Ordering::Relaxed), 2, "{is_twice}");
    }
}
