//! A parent that closes while its children run, with each of the parent close policies.
//!
//! One child is abandoned and continues, one is asked to cancel and cleans up, one is terminated;
//! the parent waits for a fourth. Parent and children are one trace.

#![allow(unreachable_pub, clippy::print_stdout, reason = "not a library")]

mod workflows;

use std::process::ExitCode;

use anyhow::Result;
use support::{Example, Flags, TaskQueue, exit, result, signal};
use temporalio_client::WorkflowQueryOptions;
use workflows::{Errand, Household};

#[tokio::main]
pub async fn main() -> ExitCode {
    let flags = Flags::parse("Closes a parent and shows how its children end");
    exit(run(flags).await)
}

async fn run(flags: Flags) -> Result<()> {
    let example = Example::install(flags).await?;
    let queue = example.task_queue("household");
    let mut worker = example.worker(&queue);
    worker
        .register_workflow::<Household>()?
        .register_workflow::<Errand>()?;
    example.play(worker, async || household(&queue).await).await
}

async fn household(queue: &TaskQueue) -> Result<String> {
    let parent = queue.start_updated(Household::run, (), Household::children, ());
    let (parent, children) = parent.await?;
    // A child that answers a query is running: now the parent may close.
    let mut errands = Vec::new();
    for id in children {
        let errand = queue.client.get_workflow_handle::<Errand>(id);
        let query = WorkflowQueryOptions::default();
        errand.query(Errand::is_out, (), query).await?;
        errands.push(errand);
    }
    signal(&parent, Household::leave, ()).await?;
    let waited_for = result(&parent).await?;

    let mut ends = vec![format!("{waited_for} was waited for")];
    for errand in errands {
        let id = errand.info().workflow_id.clone();
        let (_, policy) = id.rsplit_once('.').unwrap_or_default();
        if policy == "abandon" {
            signal(&errand, Errand::finish, ()).await?;
        }
        ends.push(match result(&errand).await {
            Ok(_) => format!("{policy}: completed"),
            Err(error) => format!("{policy}: {error}"),
        });
    }
    Ok(ends.join("; "))
}
