//! A line of a task that fails, seen by more filters than a word has bits.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use chronoscope::{Observability, logs::ReplayFilter};
use chronoscope_testserver::TestServer;
use temporalio_client::WorkflowGetResultOptions;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{WorkerOptions, WorkflowContext, WorkflowResult};
use tracing_subscriber::{
    Layer as _, Registry,
    layer::{Identity, SubscriberExt as _},
};

use super::{Lines, QUEUE, connect, observed, start};

static HAS_FAILED: AtomicBool = AtomicBool::new(false);

#[workflow]
#[derive(Default)]
struct Telling;

#[workflow_methods]
impl Telling {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        ctx.timer(Duration::from_millis(1)).await;
        tracing::info!("in a task that fails once");
        assert!(HAS_FAILED.swap(true, Ordering::Relaxed), "on purpose");
        Ok(())
    }
}

/// Layers with filters that are numbered one by one.
fn layers(count: usize) -> Vec<Box<dyn tracing_subscriber::Layer<Registry> + Send + Sync>> {
    let layer = |_| Identity::new().with_filter(ReplayFilter::new()).boxed();
    (0..count).map(layer).collect()
}

#[tokio::test]
async fn a_line_is_noted_once_whatever_the_numbers_of_the_filters_that_see_it() {
    let lines = Lines::default();
    let mut all = layers(31);
    drop(layers(33));
    all.extend(layers(31));
    all.push(lines.layer().with_filter(ReplayFilter::new()).boxed());
    let _default = tracing::subscriber::set_default(tracing_subscriber::registry().with(all));
    let observability = Observability::builder().build().unwrap();
    let server = TestServer::builder().auto_skip().start().await;
    let client = connect(&server, &observability).await;
    let options = WorkerOptions::new(QUEUE)
        .register_workflow::<Telling>()
        .unwrap()
        .build();
    observed(&client, &observability, options, async {
        let run = start(&client, Telling::run, ()).await;
        let result = run.get_result(WorkflowGetResultOptions::default());
        result.await.unwrap();
    })
    .await;
    assert_eq!(observability.health().commits.repeated.lines, 1);
    let written = lines.text().matches("in a task that fails once").count();
    assert_eq!(written, 1, "{}", lines.text());
}
