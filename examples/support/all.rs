//! All examples in one executable, which is the one that it is called by the name of: the tests play
//! them without thirty programs to link.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::print_stderr,
    clippy::duplicate_mod,
    reason = "not a library, and two examples share their workflows"
)]

use std::{
    path::Path,
    process::{ExitCode, Termination as _},
};

macro_rules! examples {
    ($($name:ident $file:literal;)*) => {
        $(
            #[path = $file]
            mod $name;
        )*

        fn main() -> ExitCode {
            let called = std::env::args_os().next().unwrap_or_default();
            let name = Path::new(&called).file_name().unwrap_or_default();
            match name.to_str() {
                $(Some(stringify!($name)) => $name::main().report(),)*
                _ => {
                    eprintln!("error: no example is called {}", name.display());
                    ExitCode::FAILURE
                }
            }
        }
    };
}

examples! {
    async_completion "../async_completion/main.rs";
    blocking_activities "../blocking_activities/main.rs";
    cancellation "../cancellation/main.rs";
    child_workflows "../child_workflows/main.rs";
    continue_as_new "../continue_as_new/main.rs";
    demo "../demo/main.rs";
    determinism "../determinism/main.rs";
    encryption "../encryption/main.rs";
    greeting "../greeting.rs";
    heartbeats "../heartbeats/main.rs";
    local_activities "../local_activities/main.rs";
    metrics "../metrics/main.rs";
    nondeterminism "../nondeterminism/main.rs";
    one_click_buy "../one_click_buy/main.rs";
    rebuild_trace "../rebuild_trace/main.rs";
    replay_storm "../replay_storm/main.rs";
    replaying "../replaying/main.rs";
    retries "../retries/main.rs";
    saga "../saga/main.rs";
    schedules "../schedules/main.rs";
    search_attributes "../search_attributes/main.rs";
    signals "../signals/main.rs";
    tower "../tower/main.rs";
    tracing "../tracing/main.rs";
    updates "../updates/main.rs";
    versioning "../versioning/main.rs";
    wait_conditions "../wait_conditions/main.rs";
    worker_versioning "../worker_versioning/main.rs";
    your_own_subscriber "../your_own_subscriber.rs";
}
