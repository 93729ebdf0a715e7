//! Runs attempts of an activity through stacks of 0, 3 and 10 layers, and through none, for
//! `tests/bench/stacks` to count their instructions.
//!
//! `stacks CASE TIMES`. The input is a real worker's, which runs on a server in this process.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark"
)]

#[path = "cases/atomics.rs"]
mod atomics;
#[path = "cases/nowhere.rs"]
mod nowhere;

use std::{
    cell::RefCell,
    future::ready,
    hint::black_box,
    net::Ipv4Addr,
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use atomics::Atomics;
use chronoscope::{
    Observability,
    activity::{ActivityBody, ActivityCall, ActivityOutput, Stack},
    observe::Signal,
    testing::unwired::stacked,
};
use chronoscope_testserver::TestServer;
use nowhere::Nowhere;
use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, Url, WorkflowGetResultOptions,
    WorkflowStartOptions,
};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, Runtime, Worker, WorkerOptions, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
    interceptors::{ActivityInboundInterceptor, ExecuteActivityInput, ExecuteActivityOutput, Next},
};
use tower::{BoxError, Layer, Service, ServiceBuilder, layer::util::Identity};

const CASES: [&str; 6] = ["none", "0", "3", "10", "ours", "apart"];

struct Steps;

#[activities]
impl Steps {
    #[activity]
    async fn step(_: ActivityContext) -> Result<(), ActivityError> {
        Ok(())
    }
}

#[workflow]
#[derive(Default)]
struct Step;

#[workflow_methods]
impl Step {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, _: ()) -> WorkflowResult<()> {
        let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(3600));
        ctx.execute_activity(Steps::step, (), options).await?;
        Ok(())
    }
}

/// Measures with the first input that it gets.
struct Measuring {
    case: String,
    times: u32,
}

impl ActivityInboundInterceptor for Measuring {
    fn execute_activity<'a>(
        &'a self,
        input: ExecuteActivityInput,
        next: Next<'a, ExecuteActivityInput, ExecuteActivityOutput<'a>>,
    ) -> ExecuteActivityOutput<'a> {
        let input = self.measure(input);
        next.run(input)
    }
}

impl Measuring {
    fn measure(&self, input: ExecuteActivityInput) -> ExecuteActivityInput {
        let all = Observability::builder()
            .metrics(|m| m.recorder(Atomics))
            .traces(|t| t.processor(Nowhere))
            .build()
            .unwrap();
        let three = || {
            ServiceBuilder::new()
                .load_shed()
                .concurrency_limit(8)
                .timeout(Duration::from_secs(60))
        };
        match &*self.case {
            "0" => self.through(Identity::new(), input),
            "3" => self.through(three(), input),
            "10" => {
                let ten = three()
                    .layer(three())
                    .layer(three())
                    .map_request(|call: ActivityCall| call);
                self.through(ten, input)
            }
            "ours" => {
                let ours = ServiceBuilder::new()
                    .layer(all.activity().only([Signal::Logs, Signal::Hooks]))
                    .layer(all.activity().only([Signal::Metrics]))
                    .layer(all.activity().only([Signal::Traces]));
                self.through(ours, input)
            }
            "apart" => {
                let apart = ServiceBuilder::new()
                    .layer(all.activity().only([Signal::Logs, Signal::Hooks]))
                    .map_request(|call: ActivityCall| call)
                    .layer(all.activity().only([Signal::Metrics]))
                    .map_request(|call: ActivityCall| call)
                    .layer(all.activity().only([Signal::Traces]));
                self.through(apart, input)
            }
            _ => {
                let slot = RefCell::new(Some(input));
                measured(self.times, || {
                    let input = slot.borrow_mut().take().unwrap();
                    finish(body(input, &slot));
                });
                slot.into_inner().unwrap()
            }
        }
    }

    fn through<L>(&self, layers: L, input: ExecuteActivityInput) -> ExecuteActivityInput
    where
        L: Layer<ActivityBody>,
        L::Service: Service<ActivityCall, Response = ActivityOutput>,
        <L::Service as Service<ActivityCall>>::Error: Into<BoxError>,
    {
        let stack = stacked(&Stack::new(layers));
        let slot = RefCell::new(Some(input));
        measured(self.times, || {
            let input = slot.borrow_mut().take().unwrap();
            finish(stack.run(input, |input| body(input, &slot)));
        });
        slot.into_inner().unwrap()
    }
}

/// What callgrind counts.
#[inline(never)]
fn measured(times: u32, mut attempt: impl FnMut()) {
    for _ in 0..times {
        attempt();
    }
}

/// A body that does nothing, and leaves the input for the next attempt.
fn body(
    input: ExecuteActivityInput,
    slot: &RefCell<Option<ExecuteActivityInput>>,
) -> ExecuteActivityOutput<'static> {
    *slot.borrow_mut() = Some(input);
    let output: ActivityOutput = Box::new(());
    Box::pin(ready(Ok(output)))
}

fn finish<T, E>(attempt: impl Future<Output = Result<T, E>>) {
    let mut context = Context::from_waker(Waker::noop());
    // Without it Tokio has a task wait once it has done so much in one poll.
    let attempt = tokio::task::coop::unconstrained(attempt);
    match pin!(attempt).poll(&mut context) {
        Poll::Ready(ended) => assert!(black_box(ended).is_ok()),
        Poll::Pending => panic!("nothing to wait for"),
    }
}

fn main() {
    let flags: Vec<String> = std::env::args().skip(1).collect();
    let [case, times] = &flags[..] else {
        CASES.iter().for_each(|case| println!("{case}"));
        return;
    };
    let measuring = Measuring {
        case: case.clone(),
        times: times.parse().unwrap(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(run(measuring));
}

async fn run(measuring: Measuring) {
    let server = TestServer::builder().namespace("default").start().await;
    let address = server
        .listen((Ipv4Addr::LOCALHOST, 0).into())
        .await
        .unwrap();
    let url = Url::parse(&format!("http://{address}")).unwrap();
    let connection = Connection::connect(ConnectionOptions::new(url).build());
    let client = Client::new(
        connection.await.unwrap(),
        ClientOptions::new("default").build(),
    );
    let client = client.unwrap();
    let options = WorkerOptions::new("stacks")
        .activity_inbound_interceptor(measuring)
        .register_activities(Steps)
        .register_workflow::<Step>()
        .unwrap()
        .build();
    let runtime = Runtime::from_current_tokio(Default::default()).unwrap();
    let mut worker = Worker::new(&runtime, client.clone(), options).unwrap();
    let shutdown = worker.shutdown_handle();
    let body = async {
        let options = WorkflowStartOptions::new("stacks", "step").build();
        let handle = client.start_workflow(Step::run, (), options).await.unwrap();
        let ended = handle.get_result(WorkflowGetResultOptions::default());
        ended.await.unwrap();
        shutdown();
    };
    let (ran, ()) = tokio::join!(worker.run(), body);
    ran.unwrap();
}
