//! Runs one program and checks its signals.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use temporalio_common::protos::temporal::api::history::v1::{History, HistoryEvent};

use crate::{
    checks::{Case, differences, step},
    emitted::Emitted,
    journal,
    killed::Folder,
    oracle::{self, Told},
    play::{Played, Workers, play},
    program::Program,
    seen,
    server::Server,
    settings::Wiring,
    wiring::Observed,
};

/// How long a program may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// The same, where nobody skips time.
const LONG_PATIENCE: Duration = Duration::from_secs(90);

/// How many programs came to nothing since the SDK or the server lost their way by themselves.
pub static LOST: AtomicU64 = AtomicU64::new(0);

/// How many workers' processes were killed.
pub static KILLS: AtomicU64 = AtomicU64::new(0);

/// Runs a program, and returns what is not as it should be.
pub fn run(program: &Program) -> Vec<String> {
    guarded(checked(program, Server::start()))
}

/// Runs a program on a real server.
pub fn run_really(program: &Program) -> Vec<String> {
    guarded(checked(program, Server::real()))
}

/// Runs a program whose workers are processes that are killed.
pub fn run_killed(program: &Program) -> Vec<String> {
    guarded(checked_apart(program))
}

/// How often a program that is lost is played without anything around it.
const BARE: usize = 4;

/// Runs a program, and returns what is not as it should be unless the SDK or the server is lost
/// without anything around it, too.
pub fn found(program: &Program, run: impl Fn(&Program) -> Vec<String>) -> Vec<String> {
    let found = run(program);
    if !is_lost(&found) {
        return found;
    }
    // Whose fault it is shows without anything around it. What is lost by chance is no finding.
    let mut bare = program.clone();
    bare.settings.wiring = Wiring::Bare;
    for _ in 0..BARE {
        let again = run(program);
        if !is_lost(&again) || is_lost(&run(&bare)) {
            LOST.fetch_add(1, Ordering::Relaxed);
            return again.into_iter().filter(|text| !begins(text)).collect();
        }
    }
    found
}

fn is_lost(found: &[String]) -> bool {
    found.iter().any(|text| begins(text))
}

fn begins(found: &str) -> bool {
    LOSES_ITS_WAY.iter().any(|way| found.starts_with(way))
}

/// How a program shows that the SDK or the server has lost its way.
const LOSES_ITS_WAY: [&str; 5] = [
    "does not end",
    "does not replay: ",
    "panicked: Workflow processing",
    // A query that comes with a task that nobody took up.
    "panicked: workers end well: Fatal",
    "panicked: the worker's process ends",
];

fn guarded(checked: impl Future<Output = Vec<String>>) -> Vec<String> {
    let ran = catch_unwind(AssertUnwindSafe(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("there is a runtime");
        runtime.block_on(checked)
    }));
    ran.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| Some((*panic.downcast_ref::<&str>()?).to_owned()));
        vec![format!("panicked: {}", text.unwrap_or_default())]
    })
}

async fn checked(program: &Program, server: impl Future<Output = Server>) -> Vec<String> {
    journal::begin(false);
    let observed = Observed::new(program.settings);
    let played = {
        let _entered = observed.enter();
        let recorder = observed.recorder();
        let _recorder = metrics::set_default_local_recorder(&recorder);
        let server = server.await;
        let patience = if server.is_real() {
            LONG_PATIENCE
        } else {
            PATIENCE
        };
        let played = play(&observed, &server, program, Workers::Here);
        match tokio::time::timeout(patience, played).await {
            Ok(played) => played,
            Err(_) => return vec!["does not end at all".to_owned()],
        }
    };
    let mut found = judged(&observed, program, played).await;
    let (ended, told) = observed.shut_down();
    if program.settings.down && ended != told {
        found.push(format!("{ended} spans ended, health tells of {told}"));
    }
    found
}

async fn checked_apart(program: &Program) -> Vec<String> {
    let folder = Folder::new();
    journal::begin(false);
    let observed = Observed::new(program.settings);
    let played = {
        let _entered = observed.enter();
        let server = Server::start().await;
        play(&observed, &server, program, Workers::Apart(folder.path())).await
    };
    KILLS.fetch_add(played.kills as u64, Ordering::Relaxed);
    let found = judged(&observed, program, played).await;
    observed.shut_down();
    found
}

async fn judged(observed: &Observed, program: &Program, mut played: Played) -> Vec<String> {
    if played.is_stuck {
        let last = |(_, events): &(String, Vec<HistoryEvent>)| {
            let last = events.iter().rev().take(8);
            last.map(|event| format!("{} {:?}", event.event_id, event.event_type()))
                .collect::<Vec<_>>()
        };
        let runs: Vec<_> = played.histories.iter().map(last).collect();
        return vec![format!("does not end: {runs:?}")];
    }
    let (mut told, mut rebuilt) = (Vec::new(), Vec::new());
    for (run, events) in std::mem::take(&mut played.histories) {
        match oracle::tell(run, events).await {
            Ok(run) => {
                seen::count(&run);
                told.push(run);
            }
            Err(error) => return vec![format!("does not replay: {error}")],
        }
    }
    let silent = silence(observed, &told).await;
    if program.settings.traces {
        // A history alone does not say which run it was reset to.
        for run in told.iter().filter(|run| run.inherited == 0) {
            journal::begin(true);
            let events = run.events.clone();
            let history = History { events };
            match observed.rebuild(oracle::replayer(), history.into()).await {
                Ok(spans) => rebuilt.push(spans),
                Err(error) => return vec![format!("can not be rebuilt: {error}")],
            }
        }
    }
    let mut found = differences(&Case::new(program, &played, &told, &rebuilt));
    found.extend(silent.err());
    if std::env::var("PROGRAMS_CASE").is_ok() && !found.is_empty() {
        tell(&played, &told);
    }
    found
}

/// Tells a person what was executed.
#[expect(clippy::print_stderr, reason = "a person asked for it")]
fn tell(played: &Played, told: &[Told]) {
    for entry in &played.journal {
        eprintln!("executed {entry:?}");
    }
    for run in told {
        for event in &run.events {
            eprintln!("{} {} {:?}", run.run, event.event_id, event.event_type());
        }
    }
    eprintln!("{}", played.emitted.text);
}

/// An observed replayer replays too, and emits nothing.
async fn silence(observed: &Observed, told: &[Told]) -> Result<(), String> {
    let before = &observed.emitted();
    let _entered = observed.enter();
    let recorder = observed.recorder();
    let _recorder = metrics::set_default_local_recorder(&recorder);
    for run in told {
        let replayed = oracle::replay_under(observed, run).await;
        replayed.map_err(|error| format!("does not replay under layers: {error}"))?;
    }
    let after = observed.emitted();
    // Reading what was recorded empties it.
    let recorded: Vec<_> = after
        .metrics
        .iter()
        .filter(|(name, value)| {
            ["counted", "sampled"].iter().any(|of| name.starts_with(of)) && **value > 0.0
        })
        .collect();

    let of_programs = |emitted: &Emitted| {
        let lines = emitted.lines.iter().filter(|line| step(line).is_some());
        lines
            .map(|line| line["fields"]["message"].to_string())
            .collect::<Vec<_>>()
    };
    let (lines_before, lines) = (of_programs(before), of_programs(&after));
    let is_silent = lines_before == lines
        && before.spans.len() == after.spans.len()
        && before.hooks == after.hooks
        && recorded.is_empty();
    match is_silent {
        true => Ok(()),
        false => Err(format!(
            "under the replayer come {:?}, {:?}, {:?}, {recorded:?}",
            after.hooks,
            &lines[lines_before.len()..],
            &after.spans[before.spans.len()..],
        )),
    }
}
