//! Each record once, at a real collector, from a worker that forgets its runs at every task.

use std::{collections::BTreeMap, fs, time::Duration};

use chronoscope::{Observability, execution::Policy, export::Collector};
use serde_json::Value;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{ActivityOptions, WorkerOptions, WorkflowContext, WorkflowResult};

use super::{set_default, shut_down};
use crate::{
    scenarios::Steps,
    support::{
        collector::{self, Record, Taking},
        connect, end, namespace, observed, run, sized, start, unique,
    },
};

fn steps() -> u32 {
    sized(60, 200)
}

/// Something with a logger of its own, which knows nothing of workflows.
mod library {
    pub fn work(n: u32) {
        tracing::warn!(n, "library at work");
    }
}

#[workflow]
#[derive(Default)]
struct Reported;

#[workflow_methods]
impl Reported {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, steps: u32) -> WorkflowResult<()> {
        for n in 0..steps {
            tracing::info!(n, "plain");
            chronoscope::info!(n, "ours");
            library::work(n);
            let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(30));
            ctx.execute_activity(Steps::double, n, options).await?;
        }
        Ok(())
    }
}

/// The workflow's own records, by message and number.
fn of_workflow(records: &[Record]) -> Vec<(String, u32)> {
    let of_workflow = records
        .iter()
        .filter(|record| record.target.starts_with("suite::records"));
    let key = |record: &Record| {
        let n = record.attribute("n").parse().unwrap();
        (record.body.clone(), n)
    };
    of_workflow.map(key).collect()
}

fn expected() -> Vec<(String, u32)> {
    let messages = ["plain", "ours", "library at work"];
    let mut all: Vec<_> = messages
        .into_iter()
        .flat_map(|message| (0..steps()).map(move |n| (message.to_owned(), n)))
        .collect();
    all.sort();
    all
}

/// The same of the lines in a file.
fn in_file(lines: &str) -> Vec<(String, u32)> {
    let lines = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let of_workflow = lines.filter(|line: &Value| {
        let target = line["target"].as_str().unwrap();
        target.starts_with("suite::records")
    });
    let key = |line: Value| {
        let message = line["fields"]["message"].as_str().unwrap().to_owned();
        let n = line["fields"]["n"].as_u64().unwrap();
        (message, u32::try_from(n).unwrap())
    };
    of_workflow.map(key).collect()
}

#[tokio::test]
async fn of_many_activities_on_a_worker_without_a_cache() {
    let real = Taking::start().await;
    let file = std::env::temp_dir().join(unique("records"));
    let collector = Collector::at(&real.grpc);
    let observability = Observability::builder()
        .traces(|t| t.otlp(collector.clone()))
        .logs(|l| l.otlp(collector).file(&file).writer(std::io::sink()))
        .build()
        .unwrap();
    let default = set_default(&observability);
    let client = connect(Some(&observability)).await;
    let queue = unique("reported");
    let options = WorkerOptions::new(&*queue)
        .max_cached_workflows(0usize)
        .register_activities(Steps)
        .register_workflow::<Reported>()
        .unwrap()
        .build();
    let run = observed(&client, &observability, options, async {
        let run = start(&client, &queue, Reported::run, steps()).await;
        end(&run).await;
        run
    });
    let run = run.await;
    drop(default);
    shut_down(&observability).await;

    let records = real.taken.records();
    let mut sent = of_workflow(&records);
    sent.sort();
    assert_eq!(sent.len(), 3 * steps() as usize, "{}", real.log());
    assert_eq!(sent, expected());
    let mut written = in_file(&fs::read_to_string(&file).unwrap());
    fs::remove_file(&file).unwrap();
    written.sort();
    assert_eq!(written, sent);

    let spans = real.taken.spans();
    let spans: BTreeMap<_, _> = spans.iter().map(|span| (&*span.id, span)).collect();
    for record in &records {
        let is_of_activity = record.target == "suite::scenarios::activities";
        if !is_of_activity && !record.target.starts_with("suite::records") {
            continue;
        }
        let span = spans[&*record.span];
        assert_eq!(record.trace, span.trace, "{record:?}");
        assert_eq!(record.flags, 1, "{record:?}");
        let common = [
            ("temporalNamespace", namespace().await),
            ("temporalTaskQueue", &queue),
            ("temporalWorkflowID", run.info().workflow_id.as_str()),
            ("temporalRunID", run.info().run_id.as_deref().unwrap()),
            ("temporalWorkflowType", "Reported"),
            ("temporalAttempt", "1"),
        ];
        for (name, value) in common {
            assert_eq!(record.attribute(name), value, "{name}: {record:?}");
        }
        assert_eq!(record.typed["temporalAttempt"], "IntValue(1)");
        let name = match is_of_activity {
            true => "RunActivity:Steps::double",
            false => "RunWorkflow:Reported",
        };
        assert_eq!(span.name, name);
        if is_of_activity {
            assert_eq!(record.attribute("temporalActivityType"), "Steps::double");
            assert_ne!(record.attribute("temporalActivityID"), "");
            assert_eq!(record.typed["temporalIsLocal"], "BoolValue(false)");
        }
    }
    let of_activities = records.iter().filter(|record| record.body == "doubling");
    assert_eq!(of_activities.count(), steps() as usize);
    let counts = observability.health().records;
    assert_eq!(counts.exported, records.len() as u64, "{counts:?}");
    assert_eq!((counts.failed, counts.dropped, counts.waiting), (0, 0, 0));
}

#[tokio::test]
async fn what_is_replayed_is_sent_on_demand_and_marked() {
    let (collector, endpoint) = collector::Collector::start().await;
    let observability = Observability::builder()
        .replay_policy(Policy::Show)
        .logs(|l| l.otlp(Collector::at(endpoint)).writer(std::io::sink()))
        .build()
        .unwrap();
    let default = set_default(&observability);
    let options = WorkerOptions::new(unique("shown"))
        .max_cached_workflows(0usize)
        .register_activities(Steps)
        .register_workflow::<Reported>()
        .unwrap()
        .build();
    run(&observability, options, Reported::run, 3).await;
    drop(default);
    shut_down(&observability).await;
    let records = collector.records();
    let of_workflow = records
        .iter()
        .filter(|record| record.target.starts_with("suite::records"));
    let (live, shown): (Vec<_>, Vec<_>) =
        of_workflow.partition(|record| record.attribute("temporalReplaying").is_empty());
    assert_eq!(live.len(), 9);
    assert!(shown.len() > live.len(), "{}", shown.len());
    for record in shown {
        assert_eq!(record.typed["temporalReplaying"], "BoolValue(true)");
        assert_eq!(record.attribute("temporalWorkflowType"), "Reported");
    }
}
