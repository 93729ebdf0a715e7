//! Plain `tracing`, our macros and a library, under either filter and on demand.

use std::time::Duration;

use chronoscope::{
    Observability,
    execution::Policy,
    logs::ReplayFilter,
    testing::{Capture, expect},
};
use serde_json::Value;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{WorkerOptions, WorkflowContext, WorkflowResult};
use tracing_subscriber::{Layer as _, layer::SubscriberExt as _};

use crate::support::{Lines, run, unique};

/// Something with a logger of its own, which knows nothing of workflows.
mod library {
    pub fn work(n: u32) {
        tracing::info!(n, "library at work");
    }
}

#[workflow]
#[derive(Default)]
struct Chatty;

#[workflow_methods]
impl Chatty {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, steps: u32) -> WorkflowResult<()> {
        for n in 0..steps {
            tracing::info!(n, "plain");
            chronoscope::info!(n, "ours");
            library::work(n);
            ctx.timer(Duration::from_millis(10)).await;
        }
        Ok(())
    }
}

/// Runs a chatty workflow of five steps, on a worker without a cache, under the subscriber.
async fn chat(observability: &Observability, subscriber: impl Into<tracing::Dispatch>) {
    let _default = tracing::dispatcher::set_default(&subscriber.into());
    let options = WorkerOptions::new(unique("chatty"))
        .max_cached_workflows(0usize)
        .register_workflow::<Chatty>()
        .unwrap()
        .build();
    run(observability, options, Chatty::run, 5).await;
}

fn numbered(lines: &[Value]) -> Vec<(u64, String)> {
    let line = |line: &Value| {
        let message = line["fields"]["message"].as_str().unwrap().to_owned();
        (line["fields"]["n"].as_u64().unwrap(), message)
    };
    lines.iter().map(line).collect()
}

fn expected() -> Vec<(u64, String)> {
    let messages = ["plain", "ours", "library at work"];
    (0..5)
        .flat_map(|n| messages.map(|message| (n, message.to_owned())))
        .collect()
}

#[tokio::test]
async fn under_the_global_filter() {
    let (observability, lines) = (Observability::builder().build().unwrap(), Lines::default());
    chat(&observability, lines.filtered()).await;
    assert_eq!(numbered(&lines.of("suite::once")), expected());
}

#[tokio::test]
async fn under_a_filter_for_each_layer_and_what_replay_repeats_counts_once() {
    let observability = Observability::builder().build().unwrap();
    let (a, b, unfiltered) = (Lines::default(), Lines::default(), Lines::default());
    let subscriber = tracing_subscriber::registry()
        .with(a.layer().with_filter(ReplayFilter::new()))
        .with(b.layer().with_filter(ReplayFilter::new()))
        .with(unfiltered.layer());
    chat(&observability, subscriber).await;
    assert_eq!(numbered(&a.of("suite::once")), expected());
    assert_eq!(numbered(&b.of("suite::once")), expected());

    // The layer without a filter saw every repetition, except those of chronoscope's own macro.
    let all = unfiltered.of("suite::once").len() as u64;
    let ours = expected().len() as u64 / 3;
    let repeated_plain = all - expected().len() as u64;
    let [chatty] = &observability.health().replayed[..] else {
        panic!("one workflow type ran");
    };
    assert_eq!(chatty.workflow_type, "Chatty");
    assert!(repeated_plain > 3 * ours, "{repeated_plain}");
    assert_eq!(chatty.events, repeated_plain / 2 * 3);
}

/// A library that logs by way of the `log` crate.
#[workflow]
#[derive(Default)]
struct Classic;

#[workflow_methods]
impl Classic {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        for n in 0..3 {
            log::info!("classic {n}");
            ctx.timer(Duration::from_millis(10)).await;
        }
        Ok(())
    }
}

#[tokio::test]
async fn what_comes_by_way_of_the_log_crate() {
    let capture = Capture::new();
    let options = WorkerOptions::new(unique("classic"))
        .max_cached_workflows(0usize)
        .register_workflow::<Classic>()
        .unwrap()
        .build();
    run(capture.observability(), options, Classic::run, ()).await;
    for message in ["classic 0", "classic 1", "classic 2"] {
        capture.assert(expect::line(message).once());
    }
}

#[tokio::test]
async fn shown_on_demand_and_marked() {
    let observability = Observability::builder()
        .replay_policy(Policy::Show)
        .build()
        .unwrap();
    let lines = Lines::default();
    chat(&observability, lines.filtered()).await;
    let (shown, live): (Vec<_>, Vec<_>) = lines
        .of("suite::once")
        .into_iter()
        .partition(|line| line["replaying"] == true);
    assert_eq!(numbered(&live), expected());
    assert!(shown.len() > live.len());
}
