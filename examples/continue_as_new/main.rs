//! A workflow that runs forever with bounded histories: each run continues as new.
//!
//! Each run begins its own trace, linked to the one before (see `Boundary` for the alternatives),
//! and each line has the id of its run.

#![allow(unreachable_pub, clippy::print_stdout, reason = "not a library")]

mod activities;
mod workflows;

use std::process::ExitCode;

use activities::Library;
use anyhow::Result;
use support::{Example, Flags, exit};
use workflows::{Reader, Reading};

#[tokio::main]
pub async fn main() -> ExitCode {
    let flags = Flags::parse("Reads a book, two pages a run");
    exit(run(flags).await)
}

async fn run(flags: Flags) -> Result<()> {
    let example = Example::install(flags).await?;
    let queue = example.task_queue("reader");
    let mut worker = example.worker(&queue);
    worker
        .register_workflow::<Reader>()?
        .register_activities(Library);
    let read = async || {
        // The result is that of the last run.
        let reading = queue.execute(Reader::run, Reading::default()).await?;
        Ok(format!(
            "read {} pages, {} words, in {} runs",
            reading.pages, reading.words, reading.runs
        ))
    };
    example.play(worker, read).await
}
