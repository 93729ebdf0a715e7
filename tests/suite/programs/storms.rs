//! `replay_storm`: forgetful workers, many runs at once, no filter, and a kill.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use serde_json::Value;
use temporalio_common::protos::temporal::api::enums::v1::EventType;

use super::{on_server, stderr, stdout};
use crate::{
    scenarios::history,
    support::{connect, sized, unique},
};

/// The storm's lines in a log file: run, iteration and line number, in the order of the file.
fn storm_lines(file: &Path) -> Vec<(String, u64, u64)> {
    let text = fs::read_to_string(file).unwrap();
    // The end of a file that is being written may be half a line.
    let whole = text.rfind('\n').map_or(0, |end| end + 1);
    let parse = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let (i, n) = (
            line["fields"]["i"].as_u64()?,
            line["fields"]["line"].as_u64()?,
        );
        Some((line["run_id"].as_str().unwrap().to_owned(), i, n))
    };
    text[..whole].lines().filter_map(parse).collect()
}

fn log_file() -> PathBuf {
    std::env::temp_dir().join(format!("{}.jsonl", unique("storm")))
}

async fn storm(activities: u64, flags: &[&str]) -> (Vec<(String, u64, u64)>, String) {
    let file = log_file();
    let output = on_server("replay_storm")
        .await
        .args(["--activities", &activities.to_string(), "--lines", "3"])
        .arg("--log-file")
        .arg(&file)
        .args(flags)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let lines = storm_lines(&file);
    fs::remove_file(file).unwrap();
    (lines, stdout(&output))
}

/// Each line of each run once, in the order in which the code writes them.
fn assert_once_and_in_order(lines: &[(String, u64, u64)], runs: usize, activities: u64) {
    let mut by_run: BTreeMap<&str, Vec<(u64, u64)>> = BTreeMap::new();
    for (run, i, line) in lines {
        by_run.entry(run).or_default().push((*i, *line));
    }
    assert_eq!(by_run.len(), runs);
    let expected: Vec<_> = (0..activities)
        .flat_map(|i| (0..3).map(move |line| (i, line)))
        .collect();
    for (run, lines) in by_run {
        assert_eq!(lines, expected, "{run}");
    }
}

#[tokio::test]
async fn a_storm_without_a_cache_writes_each_line_once_and_in_order() {
    let activities = sized(60, 200);
    let (lines, summary) = storm(activities, &["--cache", "0"]).await;
    assert_once_and_in_order(&lines, 1, activities);
    let all = 3 * activities;
    assert!(
        summary.contains(&format!(
            "{all} workflow lines written, {all} distinct, in order"
        )),
        "{summary}"
    );
}

#[tokio::test]
async fn twenty_storms_at_once_with_a_small_cache() {
    let activities = sized(12, 30);
    let (lines, _) = storm(activities, &["--cache", "5", "--runs", "20"]).await;
    assert_once_and_in_order(&lines, 20, activities);
}

#[tokio::test]
async fn an_unfiltered_storm_repeats_every_line_at_every_task() {
    let (lines, _) = storm(30, &["--cache", "0", "--unfiltered"]).await;
    // Each of 31 tasks replays what came before it: 3 * (1 + 2 + … + 30 + 30).
    let repeated: u64 = 3 * ((1..=30).sum::<u64>() + 30);
    assert_eq!(lines.len() as u64, repeated);
}

#[tokio::test]
async fn a_killed_worker_repeats_no_line_of_an_accepted_task() {
    let (id, file) = (unique("killed"), log_file());
    let mut command = on_server("replay_storm").await;
    command
        .args([
            "--activities",
            "30",
            "--lines",
            "3",
            "--cache",
            "0",
            "--id",
            &id,
            "--log-file",
        ])
        .arg(&file)
        .stdout(Stdio::null());
    let mut first = command.spawn().unwrap();
    while !file.exists() || storm_lines(&file).len() < 30 {
        assert!(
            first.try_wait().unwrap().is_none(),
            "it ended before it could be killed"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // On Unix this is SIGKILL.
    first.kill().unwrap();
    first.wait().unwrap();
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));

    let mut counts: BTreeMap<u64, BTreeMap<u64, u32>> = BTreeMap::new();
    for (_, i, line) in storm_lines(&file) {
        *counts.entry(i).or_default().entry(line).or_default() += 1;
    }
    let unaccepted = unaccepted_iterations(&id).await;
    for (i, lines) in &counts {
        for (line, count) in lines {
            let accepted = !unaccepted.contains(i);
            assert!(
                *count == 1 || !accepted,
                "line {line} of {i} came {count} times"
            );
        }
    }
    // Lost can only be what was in the buffer when the process died: the lines of one iteration,
    // after which each task waited for an activity of the same process.
    assert!(counts.len() >= 29, "{} iterations", counts.len());
    fs::remove_file(file).unwrap();
}

/// The iterations whose task was started more than once before the server accepted it. The n-th
/// task that is accepted is that of the n-th iteration.
async fn unaccepted_iterations(id: &str) -> BTreeSet<u64> {
    let client = connect(None).await;
    let events = history(&client, &(format!("{id}-0"), None))
        .into_events()
        .await
        .unwrap();
    let (mut accepted, mut unaccepted) = (0, BTreeSet::new());
    for event in events {
        match event.event_type() {
            EventType::WorkflowTaskCompleted => accepted += 1,
            EventType::WorkflowTaskTimedOut | EventType::WorkflowTaskFailed => {
                unaccepted.insert(accepted);
            }
            _ => {}
        }
    }
    unaccepted
}
