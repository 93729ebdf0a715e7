//! A kit for tests of workflow code: what your workers emit, kept in memory and checked.
//!
//! A [`Capture`] observes a worker as an [`Observability`](crate::Observability) does, and keeps
//! lines, metrics and spans. [`expect`] has the expectations to check. [`replays_neutrally`] and
//! [`emits_once`] check a recorded history.
//!
//! ```
//! use chronoscope::{info, metrics::counter, testing::{Capture, expect}};
//! use chronoscope_testserver::TestServer;
//! use temporalio_client::{WorkflowGetResultOptions, WorkflowStartOptions};
//! use temporalio_macros::{workflow, workflow_methods};
//! use temporalio_sdk::{Runtime, Worker, WorkerOptions, WorkflowContext, WorkflowResult};
//!
//! #[workflow]
//! #[derive(Default)]
//! struct Order;
//!
//! #[workflow_methods]
//! impl Order {
//!     #[run]
//!     async fn run(ctx: &mut WorkflowContext<Self>, item: String) -> WorkflowResult<()> {
//!         info!(item, "ordered");
//!         ctx.timer(std::time::Duration::from_secs(3600)).await;
//!         counter!("orders_total").increment(1);
//!         Ok(())
//!     }
//! }
//!
//! // In a test: `#[tokio::test] async fn an_order_is_logged_once()`.
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = TestServer::builder().auto_skip().start().await; // the hour takes no time
//! let client = server.client("default").await?;
//! let capture = Capture::new();
//! let options = WorkerOptions::new("orders")
//!     .max_cached_workflows(0usize) // replays at every task
//!     .register_workflow::<Order>()?
//!     .build();
//! let runtime = Runtime::from_current_tokio(Default::default())?;
//! let mut worker = Worker::new(&runtime, client.clone(), capture.wrap(options))?;
//! let end = worker.shutdown_handle();
//! let test = async {
//!     let options = WorkflowStartOptions::new("orders", "order-7").build();
//!     let run = client.start_workflow(Order::run, "socks".to_owned(), options).await?;
//!     run.get_result(WorkflowGetResultOptions::default()).await?;
//!     end();
//!     Ok::<_, Box<dyn std::error::Error>>(())
//! };
//! let (worked, tested) = tokio::join!(worker.run(), test);
//! worked?;
//! tested?;
//!
//! capture.assert(expect::line("ordered").field("item", "socks").once());
//! capture.assert(expect::counter("orders_total").field("workflow_type", "Order").once());
//! capture.assert(expect::span("RunWorkflow:Order").once());
//! # Ok(())
//! # }
//! ```
//!
//! Your code keeps using `tracing`, `log`, `counter!` and `#[instrument]` unchanged. Concurrent
//! tests of one program each see only the telemetry of their own workers and clients.
//!
//! # Code without a worker
//!
//! [`execution`] makes an execution without a worker, also a replayed one:
//!
//! ```
//! use chronoscope::{
//!     execution::Phase,
//!     schema::{Field, Operation},
//!     testing::execution,
//! };
//!
//! let replaying = execution(Operation::RunWorkflow)
//!     .field(Field::WorkflowId, "order-7")
//!     .phase(Phase::Replaying)
//!     .build();
//! replaying.run(|| chronoscope::info!("not written"));
//! ```
//!
//! # Replay
//!
//! Captured telemetry has passed the gate: there are no replayed lines, counts or spans.
//!
//! # Cost
//!
//! Only for tests: everything is kept until the capture is dropped.

mod capture;
mod execution;
pub mod expect;
mod held;
mod line;
#[cfg(feature = "__unwired")]
mod records;
mod replays;
mod route;
mod sample;
mod sink;
#[cfg(feature = "__unwired")]
#[doc(hidden)]
pub mod unwired;

pub use self::{
    capture::Capture,
    execution::{ExecutionBuilder, execution},
    line::Line,
    replays::{NotNeutral, Repeated, emits_once, replays_neutrally, replays_neutrally_under},
    route::{layer, recorder},
};
