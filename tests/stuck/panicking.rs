//! A layer that panics at lines about runs: the worker goes on, and so does the watch.

use std::{
    collections::BTreeSet,
    fmt,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chronoscope::{Observability, logs::ReplayFilter, observe::Limits};
use chronoscope_testserver::TestServer;
use serde::{Deserialize, Serialize};
use temporalio_client::{WorkflowGetResultOptions, WorkflowSignalOptions};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{WorkerOptions, WorkflowContext, WorkflowResult};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt as _},
};

use super::{Lines, QUEUE, connect, observed, said, start};
use crate::support::{blocking_moment, moment};

/// Panics at the lines that have this in their message.
struct Panics(&'static str);

struct Message<'a>(&'a str);

impl Visit for Message<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" && format!("{value:?}").contains(self.0) {
            if self.0 == BLOCKS {
                BLOCKED.fetch_add(1, Ordering::Relaxed);
            }
            panic!("a sink, on purpose");
        }
    }
}

impl<S: Subscriber> Layer<S> for Panics {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        event.record(&mut Message(self.0));
    }
}

/// What is said of code that blocks, and of its return.
const BLOCKS: &str = "its worker";

/// How often that was said.
static BLOCKED: AtomicUsize = AtomicUsize::new(0);

/// The runs that have failed.
static FAILED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// What a line is written about.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum About {
    AFailure,
    AnOpenHandler,
    AHistory,
    CodeThatBlocks,
}

#[workflow]
#[derive(Default)]
struct Shaky {
    is_open: bool,
}

#[workflow_methods]
impl Shaky {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, about: About) -> WorkflowResult<()> {
        let events = if about == About::AHistory { 4 } else { 1 };
        for _ in 0..events {
            ctx.timer(Duration::from_millis(1)).await;
        }
        match about {
            About::AFailure => {
                let workflow_id = ctx.workflow_id().to_owned();
                let is_first = FAILED.lock().unwrap().insert(workflow_id);
                assert!(!is_first, "on purpose");
            }
            About::AnOpenHandler => ctx.wait_condition(|shaky| shaky.is_open).await?,
            About::AHistory => {}
            About::CodeThatBlocks => {
                let before = BLOCKED.load(Ordering::Relaxed);
                let mut moments = 0;
                while BLOCKED.load(Ordering::Relaxed) == before && moments < 2000 {
                    moments += 1;
                    blocking_moment();
                }
            }
        }
        Ok(())
    }

    #[signal]
    async fn opens(ctx: &mut WorkflowContext<Self>) {
        ctx.state_mut(|shaky| shaky.is_open = true);
        let _ = ctx.wait_condition(|_| false).await;
    }
}

#[tokio::test]
async fn a_layer_that_panics_at_a_line_about_a_run_ends_neither_worker_nor_watch() {
    for (about, part, times) in [
        (About::AFailure, "the run does not advance", 1),
        (About::AFailure, "the run advances again", 1),
        (About::AnOpenHandler, "unfinished handlers", 1),
        (About::AHistory, "comes near a limit", 1),
        (About::CodeThatBlocks, BLOCKS, 2),
    ] {
        let lines = Lines::default();
        let subscriber = tracing_subscriber::registry()
            .with(lines.layer())
            .with(Panics(part))
            .with(ReplayFilter::global());
        let _default = tracing::subscriber::set_default(subscriber);
        let mut limits = Limits::default();
        limits.history_events = 20;
        let observability = Observability::builder()
            .stuck(|s| s.blocked_after(Duration::from_millis(80)).limits(limits))
            .build()
            .unwrap();
        let server = TestServer::builder().auto_skip().start().await;
        let client = connect(&server, &observability).await;
        let options = WorkerOptions::new(QUEUE)
            .register_workflow::<Shaky>()
            .unwrap()
            .build();
        let panics = || observability.health().commits.panics;
        // The second run finds the worker, and the watch, at work.
        let plays = async {
            for n in 1..=2 {
                let run = start(&client, Shaky::run, about).await;
                if about == About::AnOpenHandler {
                    let options = WorkflowSignalOptions::default();
                    run.signal(Shaky::opens, (), options).await.unwrap();
                }
                let result = run.get_result(WorkflowGetResultOptions::default());
                result.await.unwrap();
                while panics() < n * times {
                    moment().await;
                }
            }
        };
        let patient = tokio::time::timeout(Duration::from_secs(60), plays);
        let played = observed(&client, &observability, options, patient).await;
        assert!(played.is_ok(), "{part}: {} panics", panics());
        assert_eq!(panics(), 2 * times, "{part}");
        let said = said(&lines, part);
        assert_eq!(said.len() as u64, 2 * times, "{part}: {}", lines.text());
    }
}
