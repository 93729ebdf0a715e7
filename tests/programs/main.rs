//! Random programs under random faults, against an oracle that knows nothing of the code under
//! test.
//!
//! `cargo test --all-features --test programs` plays the cases that were found before, and 300
//! random programs. These variables change that:
//!
//! | variable | default | |
//! |---|---|---|
//! | `PROGRAMS` | 300 | how many programs are played |
//! | `PROGRAMS_SEED` | 9000000 | the seed of the first; the others follow; `random` draws one |
//! | `PROGRAMS_SOAK` | | if set, programs are played until the process is stopped |
//! | `PROGRAMS_AS_THEY_ARE` | | ends after so many failures, which are not made small |
//! | `PROGRAMS_CASE` | | a file: plays that program alone |
//!
//! A program counts as failed if it fails twice: what a busy machine makes of timers and polls once
//! is told in the summary. A program that fails is made as small as it can be while it fails, and
//! written to `target/programs/SEED.json`. Once its cause is mended, it moves to
//! `tests/programs/found/`. `tests/programs/open/` has those whose cause is known and not mended:
//! nobody plays them.

#![allow(
    unreachable_pub,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test program"
)]

mod activities;
mod calls;
mod checks;
mod emitted;
mod generate;
mod journal;
mod killed;
#[path = "../canary/needles.rs"]
mod needles;
mod notes;
mod oracle;
mod play;
mod program;
mod run;
mod server;
mod settings;
mod shrink;
mod wiring;
mod workers;
mod workflow;

use std::{
    fs,
    path::PathBuf,
    sync::{
        Mutex, Once,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use program::Program;
use proptest::strategy::BoxedStrategy;

/// The seed of the first program where nobody names one: a test that draws lots tells nobody
/// whether the last change broke it.
const SEED: u64 = 9_000_000;

/// How many programs are played at a time.
const LANES: u64 = 3;

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
        let found = run::run(&read(&file));
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
    play_all(&generate::programs, run::run, "PROGRAMS", 300);
}

/// Kills workers at any moment: `PROGRAMS_KILLED` says how many programs (20).
#[test]
fn killed_workers_lose_and_repeat_nothing_but_what_was_under_way() {
    set_up();
    play_all(&killed::killed, run::run_killed, "PROGRAMS_KILLED", 20);
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

fn play_all(
    programs: &(dyn Fn() -> BoxedStrategy<Program> + Sync),
    run: fn(&Program) -> Vec<String>,
    variable: &str,
    default: u64,
) {
    let seed = match std::env::var("PROGRAMS_SEED").as_deref() {
        Ok("random") => uuid::Uuid::new_v4().as_u64_pair().0 >> 16,
        _ => number("PROGRAMS_SEED").unwrap_or(SEED),
    };
    let count = match std::env::var("PROGRAMS_SOAK") {
        Ok(_) => u64::MAX,
        Err(_) => number(variable).unwrap_or(default),
    };
    let most = number("PROGRAMS_AS_THEY_ARE").unwrap_or(3);
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let by_chance = AtomicU64::new(0);
    let twice = |program: &Program| {
        let found = run(program);
        if found.is_empty() || !run(program).is_empty() {
            return found;
        }
        by_chance.fetch_add(1, Ordering::Relaxed);
        Vec::new()
    };
    let (next, failed, begun) = (AtomicU64::new(0), Mutex::new(Vec::new()), Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(|| {
                let programs = programs();
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= count || failed.lock().expect("lanes end well").len() >= most {
                        return;
                    }
                    let found = shrink::play(seed.wrapping_add(n), &programs, twice);
                    failed.lock().expect("lanes end well").extend(found);
                }
            });
        }
    });
    let failed = failed.into_inner().expect("lanes end well");
    let took = begun.elapsed();
    let played = next.into_inner().min(count);
    let lost = run::LOST.load(Ordering::Relaxed);
    let summary = format!(
        "PROGRAMS_SEED={seed}: {played} programs in {took:.1?}, of which {lost} do not end or \
         replay without anything around them, and {} differed once and not again",
        by_chance.load(Ordering::Relaxed)
    );
    assert!(failed.is_empty(), "{summary}\n{}", failed.join("\n"));
    tell(&summary);
}

#[expect(clippy::print_stderr, reason = "a seed is for whoever runs this")]
fn tell(what: &str) {
    eprintln!("{what}");
}
