//! Two builds of a worker in one deployment: a run stays on the build on which it began.
//!
//! The server sets the build (`current_deployment_version`), and the workflow logs it.

#![allow(unreachable_pub, clippy::print_stdout, reason = "not a library")]

mod workflows;

use std::{process::ExitCode, time::Duration};

use anyhow::{Result, bail, ensure};
use support::{Example, Flags, TaskQueue, exit, result, signal, unique};
use temporalio_client::{
    Client, WorkflowHandle,
    tonic::{Code, Request},
};
use temporalio_common::{
    protos::temporal::api::workflowservice::v1::SetWorkerDeploymentCurrentVersionRequest,
    worker::{VersioningBehavior, WorkerDeploymentOptions, WorkerDeploymentVersion},
};
use temporalio_sdk::WorkerOptions;
use workflows::Parcel;

#[tokio::main]
pub async fn main() -> ExitCode {
    let flags = Flags::parse("Runs two builds of a worker, with parcels pinned to theirs");
    exit(run(flags).await)
}

async fn run(flags: Flags) -> Result<()> {
    let example = Example::install(flags).await?;
    let queue = example.task_queue("parcel");
    let name = unique("post");
    let old = build(&example, &queue, &name, "1.0")?;
    let new = build(&example, &queue, &name, "2.0")?;
    let scene = async || {
        make_current(&example, &name, "1.0").await?;
        let first = post(&queue).await?;
        make_current(&example, &name, "2.0").await?;
        let second = post(&queue).await?;
        let builds = [deliver(&first).await?, deliver(&second).await?];
        ensure!(builds == ["1.0", "2.0"], "delivered by {builds:?}");
        Ok(format!(
            "posted under 1.0, delivered by {}; posted under 2.0, delivered by {}",
            builds[0], builds[1]
        ))
    };
    let summaries = example
        .serve(old, async |_| example.scenes(new, scene).await)
        .await?;
    example.tell(&summaries);
    Ok(())
}

/// Returns options for a worker of one build.
fn build(example: &Example, queue: &TaskQueue, name: &str, id: &str) -> Result<WorkerOptions> {
    let version = WorkerDeploymentVersion::builder()
        .deployment_name(name)
        .build_id(id)
        .build();
    let mut worker = example.worker(queue);
    worker.deployment_options = WorkerDeploymentOptions::new(version)
        .use_worker_versioning(true)
        .default_versioning_behavior(VersioningBehavior::Pinned)
        .build();
    worker.register_workflow::<Parcel>()?;
    Ok(worker)
}

/// Sends new runs to a build, once the server knows it from its worker's polls.
async fn make_current(example: &Example, deployment: &str, build_id: &str) -> Result<()> {
    let mut service = example.client.connection().workflow_service();
    let mut refused = None;
    for _ in 0..300 {
        let request = SetWorkerDeploymentCurrentVersionRequest {
            namespace: example.flags.namespace.clone(),
            deployment_name: deployment.to_owned(),
            build_id: build_id.to_owned(),
            identity: "example".to_owned(),
            ..Default::default()
        };
        let answer = service.set_worker_deployment_current_version(Request::new(request));
        match answer.await {
            Ok(_) => return Ok(()),
            Err(status) if matches!(status.code(), Code::NotFound | Code::FailedPrecondition) => {
                refused = Some(status);
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Err(status) => return Err(status.into()),
        }
    }
    bail!("the server does not know build {build_id}: {refused:?}")
}

type Posted = WorkflowHandle<Client, Parcel>;

/// Posts a parcel, and returns when a worker has it.
async fn post(queue: &TaskQueue) -> Result<Posted> {
    let parcel = queue.start_updated(Parcel::run, (), Parcel::stamp, ());
    let (parcel, ()) = parcel.await?;
    let id = parcel.info().workflow_id.clone();
    Ok(queue.client.get_workflow_handle::<Parcel>(id))
}

async fn deliver(parcel: &Posted) -> Result<String> {
    signal(parcel, Parcel::deliver, ()).await?;
    result(parcel).await
}
