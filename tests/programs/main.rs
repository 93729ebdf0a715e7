//! Random programs under random faults, against an oracle that knows nothing of the code under
//! test.
//!
//! `cargo test --test programs` plays the cases that were found before, and 300
//! random programs. These variables change that:
//!
//! | variable | default | |
//! |---|---|---|
//! | `PROGRAMS` | 300 | how many programs are played |
//! | `PROGRAMS_SEED` | 9000000 | the seed of the first; the others follow; `random` draws one |
//! | `PROGRAMS_KILLED` | 20 | how many of those whose workers are killed |
//! | `PROGRAMS_REAL` | 0 | how many are played on a real server, too |
//! | `PROGRAMS_LANES` | 8 | how many are played at a time |
//! | `PROGRAMS_SOAK` | | if set, programs are played until the process is stopped |
//! | `PROGRAMS_MINUTES` | | ends after this time |
//! | `PROGRAMS_AS_THEY_ARE` | | ends after so many failures, which are not made small |
//! | `PROGRAMS_SURVEY` | | goes on after failures: counts their kinds, and makes one of each small |
//! | `PROGRAMS_SEEN` | | tells what events the histories had |
//! | `PROGRAMS_CASE` | | a file: plays that program alone |
//!
//! A program counts as failed if it fails twice: what a busy machine makes of timers and polls once
//! is told in the summary. So is what the SDK loses without anything around it. A program that fails
//! is made as small as it can be while it fails, and written to `target/programs/SEED.json`. Once its
//! cause is mended, or known to be the core's and told by the oracle, it moves to
//! `tests/programs/found/`.
//!
//! `mutants/run` says whether the programs find faults that are put into the sources on purpose, and
//! `older/run` what they find in the code of an older commit.

#![allow(
    unreachable_pub,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test program"
)]

// The SDK's futures are compiled there, once.
use ::support as _;

mod activities;
mod calls;
mod checks;
mod emitted;
mod generate;
mod journal;
mod killed;
mod lots;
#[path = "../canary/needles.rs"]
mod needles;
mod notes;
mod oracle;
mod play;
mod program;
mod run;
mod seen;
mod server;
mod settings;
mod shrink;
#[allow(dead_code, reason = "the suite needs more of it")]
#[path = "../suite/support/server.rs"]
mod temporal;
mod wiring;
mod workers;
mod workflow;

use std::{fs, path::PathBuf, sync::Once};

use program::Program;

/// Tests of this binary tell panics on purpose from others.
fn set_up() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_log::LogTracer::init().expect("nobody else logs");
        let tell = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let on_purpose = panic.payload_as_str() == Some("on purpose");
            if !on_purpose {
                tell(panic);
            }
        }));
    });
}

fn number(variable: &str) -> Option<u64> {
    let value = std::env::var(variable).ok()?;
    Some(value.parse().expect("it is a number"))
}

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn read(file: &PathBuf) -> Program {
    let text = fs::read(file).expect("the file can be read");
    serde_json::from_slice(&text).expect("the file holds a program")
}

/// Plays what was found before.
#[test]
fn what_was_found_stays_mended() {
    set_up();
    let files = fs::read_dir(folder("tests/programs/found")).expect("there is a folder");
    let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "json"));
    files.sort();
    for file in files {
        let found = run::found(&read(&file), run::run);
        assert!(found.is_empty(), "{}: {found:#?}", file.display());
    }
}

#[test]
fn random_programs_do_as_the_oracle_says() {
    set_up();
    if let Ok(file) = std::env::var("PROGRAMS_CASE") {
        let found = run::run(&read(&file.into()));
        assert!(found.is_empty(), "{found:#?}");
        return;
    }
    lots::play(&generate::programs, run::run, "PROGRAMS", 300);
}

/// Resets and eager starts are there alone.
#[test]
fn a_real_server_plays_them_as_well() {
    set_up();
    if number("PROGRAMS_REAL").is_none() {
        return;
    }
    let _server = server::serve_really();
    lots::play(&generate::programs, run::run_really, "PROGRAMS_REAL", 0);
}

/// Kills workers at any moment.
#[test]
fn killed_workers_lose_and_repeat_nothing_but_what_was_under_way() {
    set_up();
    lots::play(&killed::killed, run::run_killed, "PROGRAMS_KILLED", 20);
}

/// Is started by the test above, and does nothing else.
#[test]
#[ignore = "a process of another test"]
fn a_worker_in_a_process_of_its_own() {
    set_up();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.expect("there is a runtime");
    runtime.block_on(workers::serve(|word| println!("{word}")));
}

#[expect(clippy::print_stderr, reason = "a seed is for whoever runs this")]
fn tell(what: &str) {
    eprintln!("{what}");
}
