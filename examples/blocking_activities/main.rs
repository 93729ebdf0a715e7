//! Blocking activities on a pool of their own, next to a non-blocking one that stays fast.
//!
//! The pool runs at most as many at once as it has threads; their lines and spans are like those of
//! any activity.

#![allow(unreachable_pub, clippy::print_stdout, reason = "not a library")]

mod activities;
mod workflows;

use std::{process::ExitCode, sync::Arc};

use activities::{Clock, Kiln, PooledFire, Tally};
use anyhow::{Result, ensure};
use chronoscope::activity::Pool;
use support::{Example, Flags, exit};
use workflows::Pottery;

#[tokio::main]
pub async fn main() -> ExitCode {
    let flags = Flags::parse("Fires pots in kilns that block their threads");
    exit(run(flags).await)
}

/// The number of kilns.
const KILNS: usize = 2;

async fn run(flags: Flags) -> Result<()> {
    let example = Example::install(flags).await?;
    let queue = example.task_queue("pottery");
    let tally = Arc::new(Tally::default());
    let pool = Pool::new(KILNS);
    let mut worker = example.worker(&queue);
    worker
        .register_workflow::<Pottery>()?
        .register_activity::<PooledFire>(pool.with(Kiln(tally.clone())))
        .register_activities(Clock);
    let fire = async || {
        let fired = queue.execute(Pottery::run, 6u32).await?;
        let most = tally.most();
        ensure!(most <= KILNS, "{most} pots in {KILNS} kilns");
        Ok(format!("{fired} pots fired, at most {most} at once"))
    };
    example.play(worker, fire).await
}
