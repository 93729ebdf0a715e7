//! The life of a schedule: created paused, described, unpaused, triggered, paused and deleted.
//!
//! A run that a schedule starts has no caller, so its trace begins with the run.

#![allow(unreachable_pub, clippy::print_stdout, reason = "not a library")]

mod activities;
mod workflows;

use std::{process::ExitCode, time::Duration};

use activities::{Report, Started};
use anyhow::{Context as _, Result, ensure};
use support::{Example, Flags, TaskQueue, exit, result, unique};
use temporalio_client::RpcOptions;
use temporalio_client::schedules::{
    CreateScheduleOptions, DeleteScheduleOptions, PauseScheduleOptions, ScheduleAction,
    ScheduleOverlapPolicy, ScheduleSpec, TriggerScheduleOptions, UnpauseScheduleOptions,
};
use tokio::sync::{Mutex, mpsc};
use workflows::Backup;

#[tokio::main]
pub async fn main() -> ExitCode {
    let flags = Flags::parse("Creates a schedule, triggers it, pauses and deletes it");
    exit(run(flags).await)
}

async fn run(flags: Flags) -> Result<()> {
    let example = Example::install(flags).await?;
    let queue = example.task_queue("backup");
    let (report, started) = mpsc::unbounded_channel();
    let mut worker = example.worker(&queue);
    worker
        .register_workflow::<Backup>()?
        .register_activities(Report(report));
    let started = Mutex::new(started);
    example
        .play(worker, async || {
            schedule(&queue, &mut *started.lock().await).await
        })
        .await
}

async fn schedule(queue: &TaskQueue, started: &mut Started) -> Result<String> {
    let id = unique("nightly");
    let action = ScheduleAction::start_workflow(Backup::run, "db".to_owned(), &queue.name, &id);
    let options = CreateScheduleOptions::builder()
        .action(action)
        .spec(ScheduleSpec::from_interval(Duration::from_secs(24 * 3600)))
        .paused(true)
        .note("not before the disk is there")
        .build();
    let schedule = queue.client.create_schedule(&id, options).await?;
    let described = schedule.describe(RpcOptions::default()).await?;
    ensure!(described.paused(), "the schedule is not paused");
    let note = described.note().unwrap_or_default().to_owned();

    schedule
        .unpause(Some("there it is"), UnpauseScheduleOptions::default())
        .await?;
    let options = TriggerScheduleOptions::default();
    schedule
        .trigger(ScheduleOverlapPolicy::AllowAll, options)
        .await?;
    // The schedule generates the run's id; its activity reports it.
    let id = started.recv().await.context("no run was started")?;
    let run = queue.client.get_workflow_handle::<Backup>(id);
    let saved = result(&run).await?;

    let options = PauseScheduleOptions::default();
    schedule.pause(Some("on holiday"), options).await?;
    let described = schedule.describe(RpcOptions::default()).await?;
    ensure!(described.paused(), "the schedule goes on");
    let options = DeleteScheduleOptions::default();
    schedule.delete(options).await?;
    Ok(format!(
        "first {note:?}; triggered: {saved}; then {:?}; deleted",
        described.note().unwrap_or_default()
    ))
}
