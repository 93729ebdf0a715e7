//! The replay proofs: with layers on or off the commands are the same, and evicted at every task or
//! never the output is the same.

use std::{collections::BTreeMap, fs, path::PathBuf};

use chronoscope::{
    Observability,
    execution::Policy,
    rebuild::Recording,
    testing::{Capture, replays_neutrally},
};
use serde_json::Value;
use temporalio_sdk::workflow_replayer::WorkflowReplayer;

use crate::{
    scenarios::{self, ALL, Scenario},
    support::{connect, unique, work},
    traces::rebuilt::workflows,
};

/// The folders of histories that were recorded with our layers on, and off.
const RECORDED: [(&str, bool); 2] = [("on", true), ("off", false)];

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/histories")
        .join(name)
}

/// Plays a scenario on the server and returns the histories of its runs, as JSON.
async fn record(
    scenario: Scenario,
    observed: Option<&Observability>,
    cache: usize,
) -> Vec<Vec<u8>> {
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

/// Replays a history under every layer, silently, and with none, and once more with its lines shown.
async fn replays_both_ways(name: &str, history: &[u8]) {
    let read = || Recording::read("default", history).unwrap();
    let neutral = replays_neutrally([read()], workflows()).await;
    assert!(neutral.is_ok(), "{name}: {neutral:?}");
    let shown = Observability::builder().replay_policy(Policy::Show);
    let shown = Capture::of(shown).unwrap();
    let replayer = WorkflowReplayer::new(shown.wrap(workflows())).unwrap();
    let replayed = replayer.replay_workflow(read().into_history()).await;
    assert!(replayed.is_ok(), "{name}: {replayed:?}");
    assert!(!shown.lines().is_empty(), "{name}: its lines come again");
}

#[tokio::test]
async fn recorded_histories_replay_with_layers_on_and_off() {
    for (name, _) in RECORDED {
        let files = fs::read_dir(folder(name)).unwrap().map(Result::unwrap);
        let mut files: Vec<_> = files.map(|file| file.path()).collect();
        files.sort();
        assert!(files.len() >= ALL.len(), "{} histories", files.len());
        for file in files {
            let history = fs::read(&file).unwrap();
            replays_both_ways(&file.display().to_string(), &history).await;
        }
    }
}

#[tokio::test]
async fn histories_made_now_replay_with_layers_on_and_off() {
    let observability = Observability::builder().build().unwrap();
    for scenario in ALL {
        for observed in [Some(&observability), None] {
            for history in record(*scenario, observed, 0).await {
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
    let observability = Observability::builder().build().unwrap();
    for (name, is_observed) in RECORDED {
        fs::create_dir_all(folder(name)).unwrap();
        for scenario in ALL {
            let observed = is_observed.then_some(&observability);
            for (n, history) in record(*scenario, observed, 1000).await.iter().enumerate() {
                let pretty: Value = serde_json::from_slice(history).unwrap();
                let file = folder(name).join(format!("{}-{n}.json", scenario.name));
                fs::write(file, serde_json::to_vec_pretty(&pretty).unwrap()).unwrap();
            }
        }
    }
}

/// What a scenario's workflows log, how often, with a given cache.
async fn lines(scenario: Scenario, cache: usize) -> BTreeMap<String, usize> {
    let capture = Capture::new();
    record(scenario, Some(capture.observability()), cache).await;
    let mut counts = BTreeMap::new();
    for line in capture.lines() {
        let own = line.target.starts_with("suite::scenarios");
        // A client may ask any number of times.
        if own && line.field("query_name").is_none() {
            assert!(line.field("run_id").is_some(), "{line:?}");
            let said = format!("{} {:?}", line.message, line.fields);
            *counts.entry(said).or_default() += 1;
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
