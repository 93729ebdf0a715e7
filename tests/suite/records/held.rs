//! Lines and log records that wait until a real server has accepted their task.

use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use chronoscope::{
    Observability,
    commit::{Emission, OnCommit},
    export::Collector,
};
use serde_json::Value;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{ActivityOptions, WorkerOptions, WorkflowContext, WorkflowResult};

use super::{set_default, shut_down};
use crate::{
    scenarios::Steps,
    support::{
        collector::{Asks, Real, Record},
        connect, end, observed, start, unique,
    },
};

const STEPS: u32 = 20;

/// The step at which the first attempt fails.
const FAILS_AT: u32 = 10;

static HAS_FAILED: AtomicBool = AtomicBool::new(false);

#[workflow]
#[derive(Default)]
struct Held;

#[workflow_methods]
impl Held {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        for n in 0..STEPS {
            tracing::info!(n, "step");
            assert!(
                n != FAILS_AT || HAS_FAILED.swap(true, Ordering::Relaxed),
                "on purpose"
            );
            let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(30));
            ctx.execute_activity(Steps::double, n, options).await?;
        }
        Ok(())
    }
}

/// Returns the steps of the lines or records that are marked, and of those that are not.
fn split(steps: Vec<(u32, bool)>) -> (Vec<u32>, Vec<u32>) {
    let (marked, plain): (Vec<_>, Vec<_>) = steps.into_iter().partition(|(_, failed)| *failed);
    let numbers = |steps: Vec<(u32, bool)>| steps.into_iter().map(|(n, _)| n).collect();
    (numbers(marked), numbers(plain))
}

fn line(line: &str) -> Option<(u32, bool)> {
    let line: Value = serde_json::from_str(line).unwrap();
    let is_own = line["target"] == "suite::records::held";
    let n = line["fields"]["n"].as_u64();
    is_own.then(|| (n.unwrap().try_into().unwrap(), line["task_failed"] == true))
}

fn record(record: &Record) -> Option<(u32, bool)> {
    let is_own = record.target == "suite::records::held";
    let is_marked = record.attribute("task_failed") == "true";
    is_own.then(|| (record.attribute("n").parse().unwrap(), is_marked))
}

#[tokio::test]
async fn come_once_and_those_of_a_failed_task_are_marked() {
    let real = Real::start(Asks::Nothing).await;
    let file = std::env::temp_dir().join(unique("held"));
    let collector = Collector::at(real.grpc());
    let observability = Observability::builder()
        .emission(Emission::OnCommit(OnCommit::default()))
        .logs(|l| l.otlp(collector).file(&file).writer(std::io::sink()))
        .build()
        .unwrap();
    let default = set_default(&observability);
    let client = connect(Some(&observability)).await;
    let queue = unique("held");
    let options = WorkerOptions::new(&*queue)
        .max_cached_workflows(0usize)
        .register_activities(Steps)
        .register_workflow::<Held>()
        .unwrap()
        .build();
    observed(&client, &observability, options, async {
        end(&start(&client, &queue, Held::run, ()).await).await;
    })
    .await;
    drop(default);
    let commits = observability.health().commits;
    shut_down(&observability).await;

    let written = fs::read_to_string(&file).unwrap();
    fs::remove_file(&file).unwrap();
    let written = split(written.lines().filter_map(line).collect());
    let mut sent = split(real.taken.records().iter().filter_map(record).collect());
    sent.1.sort();
    let expected = (vec![FAILS_AT], (0..STEPS).collect::<Vec<_>>());
    assert_eq!(written, expected);
    assert_eq!(sent, expected, "{}", real.log());
    // The console, the file and the collector each held all of it.
    assert_eq!(commits.released.lines, 3 * u64::from(STEPS));
    assert_eq!(commits.shown.lines, 3);
    assert_eq!(commits.unseen, 0);
    assert_eq!(commits.held, 0);
}
