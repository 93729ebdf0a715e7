//! A long activity that reports its progress, fails halfway, and resumes from there at its next
//! attempt.
//!
//! It sends heartbeats through chronoscope, which measures the gaps between them.

#![allow(unreachable_pub, clippy::print_stdout, reason = "not a library")]

mod activities;
mod workflows;

use std::process::ExitCode;

use activities::Copier;
use anyhow::Result;
use support::{Example, Flags, exit};
use workflows::Transcript;

#[tokio::main]
pub async fn main() -> ExitCode {
    let flags = Flags::parse("Copies pages, and resumes where the last attempt stopped");
    exit(run(flags).await)
}

async fn run(flags: Flags) -> Result<()> {
    let example = Example::install(flags).await?;
    let queue = example.task_queue("copy");
    let mut worker = example.worker(&queue);
    worker
        .register_workflow::<Transcript>()?
        .register_activities(Copier);
    let copy = async || {
        let copied = queue.execute(Transcript::run, 10u32).await?;
        Ok(format!("copied in attempts of {copied:?} pages"))
    };
    example.play(worker, copy).await
}
