//! Replays a history of 6,000 events, bare or fully observed, for `tests/bench/replay` to count its
//! instructions.
//!
//! `replay bare|observed TIMES`. The budget: at most 1.02 times the bare SDK's.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark"
)]

mod everything;
mod history;
mod walk;

use chronoscope::commit::Emission;
use everything::everything;
use temporalio_sdk::workflow_replayer::{WorkflowReplayer, WorkflowReplayerOptions};
use tower::Layer as _;
use walk::{ACTIVITIES, Walk};

fn main() {
    let flags: Vec<String> = std::env::args().skip(1).collect();
    let [mode, times] = &flags[..] else {
        println!("replay bare|observed TIMES");
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let options = WorkflowReplayerOptions::new()
        .register_workflow::<Walk>()
        .unwrap()
        .build();
    let options = match &**mode {
        "observed" => everything(Emission::Immediate).layer().layer(options),
        _ => options,
    };
    let replayer = WorkflowReplayer::new(options).unwrap();
    let histories =
        (0..times.parse().unwrap()).map(|_| history::of("Walk", "Steps::step", ACTIVITIES));
    let replayed = runtime
        .block_on(replayer.replay_workflows(histories))
        .unwrap();
    assert!(replayed.iter().all(|run| run.replay_failure.is_none()));
}
