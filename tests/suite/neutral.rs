//! The replay proofs: with layers on or off the commands are the same, and evicted at every task or
//! never the output is the same.

use std::{collections::BTreeMap, fs, path::PathBuf};

use chronoscope::{Observability, logs::ReplayFilter};
use serde_json::Value;
use temporalio_client::WorkflowHistory;
use temporalio_sdk::{
    SimplePlugin, WorkerPlugin as _,
    workflow_replayer::{WorkflowReplayer, WorkflowReplayerOptions},
};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::{
    scenarios::{self, ALL, Scenario},
    support::{Lines, connect, unique, work},
};

/// Whether our layers are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layers {
    On,
    Off,
}

impl Layers {
    pub const BOTH: [Self; 2] = [Self::On, Self::Off];

    fn folder(self) -> PathBuf {
        let name = match self {
            Self::On => "on",
            Self::Off => "off",
        };
        PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("tests/histories")
            .join(name)
    }
}

/// Plays a scenario on the server and returns the histories of its runs, as JSON.
async fn record(scenario: Scenario, layers: Layers, cache: usize) -> Vec<Vec<u8>> {
    let observability = Observability::builder().build().unwrap();
    let observed = (layers == Layers::On).then_some(&observability);
    let client = connect(observed).await;
    let queue = unique(scenario.name);
    let mut options = scenarios::worker(&queue, cache);
    if let Some(observability) = observed {
        options = observability.wrap(options);
    }
    let runs = work(&client, options, (scenario.play)(client.clone(), queue)).await;
    let mut histories = Vec::new();
    for run in &runs {
        histories.push(scenarios::history(&client, run).to_json().await.unwrap());
    }
    histories
}

/// Replays a history with or without chronoscope's layers, and returns the lines that its workflow
/// logged.
pub async fn replay(
    name: &str,
    history: &[u8],
    mut options: WorkflowReplayerOptions,
    layers: Layers,
) -> Vec<String> {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::registry().with(lines.layer());
    let subscriber: tracing::Dispatch = match layers {
        Layers::On => subscriber.with(ReplayFilter::global()).into(),
        Layers::Off => subscriber.into(),
    };
    let _default = tracing::dispatcher::set_default(&subscriber);
    if layers == Layers::On {
        options = Observability::builder().build().unwrap().wrap(options);
    }
    let replayer = WorkflowReplayer::new(options).unwrap();
    let history = WorkflowHistory::from_json(history).unwrap();
    let replayed = replayer.replay_workflow(history).await;
    assert!(
        replayed.is_ok(),
        "{name} with layers {layers:?}: {replayed:?}"
    );
    lines.messages()
}

/// What replays the scenarios.
fn replayer(name: &str) -> WorkflowReplayerOptions {
    let mut options = WorkflowReplayerOptions::new().build();
    let workflows = scenarios::worker(name, 0).workflows();
    SimplePlugin::builder("scenarios")
        .workflows(workflows)
        .build()
        .configure_workflow_replayer_options(&mut options)
        .unwrap();
    options
}

async fn replays_both_ways(name: &str, history: &[u8]) {
    let silent = replay(name, history, replayer(name), Layers::On).await;
    assert_eq!(
        silent, [""; 0],
        "{name}: under the replayer everything is replay"
    );
    let loud = replay(name, history, replayer(name), Layers::Off).await;
    assert!(!loud.is_empty(), "{name}: without us its lines come again");
}

#[tokio::test]
async fn recorded_histories_replay_with_layers_on_and_off() {
    for layers in Layers::BOTH {
        let mut files: Vec<_> = fs::read_dir(layers.folder())
            .unwrap()
            .map(Result::unwrap)
            .collect();
        files.sort_by_key(fs::DirEntry::path);
        assert!(files.len() >= ALL.len(), "{} histories", files.len());
        for file in files {
            let history = fs::read(file.path()).unwrap();
            replays_both_ways(&file.path().display().to_string(), &history).await;
        }
    }
}

#[tokio::test]
async fn histories_made_now_replay_with_layers_on_and_off() {
    for scenario in ALL {
        for layers in Layers::BOTH {
            for history in record(*scenario, layers, 0).await {
                replays_both_ways(scenario.name, &history).await;
            }
        }
    }
}

/// Records the histories under tests/histories/ anew:
/// `CHRONOSCOPE_TESTS=real cargo test --test suite -- --ignored record_histories`.
#[tokio::test]
#[ignore = "writes files"]
async fn record_histories() {
    for layers in Layers::BOTH {
        fs::create_dir_all(layers.folder()).unwrap();
        for scenario in ALL {
            for (n, history) in record(*scenario, layers, 1000).await.iter().enumerate() {
                let pretty: Value = serde_json::from_slice(history).unwrap();
                let file = layers.folder().join(format!("{}-{n}.json", scenario.name));
                fs::write(file, serde_json::to_vec_pretty(&pretty).unwrap()).unwrap();
            }
        }
    }
}

/// What a scenario's workflows log, how often, with a given cache.
async fn lines(scenario: Scenario, cache: usize) -> BTreeMap<String, usize> {
    let lines = Lines::default();
    let _default = lines.set_default();
    record(scenario, Layers::On, cache).await;
    let mut counts = BTreeMap::new();
    for line in lines.of("suite::scenarios") {
        let query = line["query_name"].is_string();
        assert!(line["run_id"].is_string(), "{line}");
        // A client may ask any number of times.
        if !query {
            *counts.entry(line["fields"].to_string()).or_default() += 1;
        }
    }
    counts
}

#[tokio::test]
async fn evicted_at_every_task_or_never_the_output_is_the_same() {
    for scenario in ALL {
        let (never, always) = (lines(*scenario, 1000).await, lines(*scenario, 0).await);
        assert!(!never.is_empty(), "{} logs nothing", scenario.name);
        assert_eq!(never, always, "{}", scenario.name);
        assert!(
            never.values().all(|count| *count == 1),
            "{}: {never:?}",
            scenario.name
        );
    }
}
