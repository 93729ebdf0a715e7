//! The worker that takes a task, as it speaks of itself.

use crate::proto::{
    common::{WorkerVersionCapabilities, WorkerVersionStamp},
    deployment::WorkerDeploymentOptions,
    service::RespondWorkflowTaskCompletedRequest,
};

/// A worker, as the tasks that it takes know it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Worker {
    pub(crate) identity: String,
    /// The build that it runs.
    pub(crate) version: Option<WorkerVersionStamp>,
}

impl Worker {
    /// The worker that polls, or that completes a task and takes the next one.
    pub(crate) fn new(identity: String, version: Option<WorkerVersionStamp>) -> Self {
        Self { identity, version }
    }
}

fn of_deployment(deployment: &WorkerDeploymentOptions) -> WorkerVersionStamp {
    WorkerVersionStamp {
        build_id: deployment.build_id.clone(),
        use_versioning: false,
    }
}

/// What a poll says of the worker's build; newer workers name it in their deployment.
pub(crate) fn polled_by(
    deployment: Option<&WorkerDeploymentOptions>,
    able: Option<WorkerVersionCapabilities>,
) -> Option<WorkerVersionStamp> {
    let older = able.map(|able| WorkerVersionStamp {
        build_id: able.build_id,
        use_versioning: able.use_versioning,
    });
    deployment.map(of_deployment).or(older)
}

/// The build that completed a workflow task.
#[expect(deprecated, reason = "older workers tell their build so")]
pub(crate) fn completed_by(
    request: &RespondWorkflowTaskCompletedRequest,
) -> Option<WorkerVersionStamp> {
    let newer = request.deployment_options.as_ref().map(of_deployment);
    newer.or_else(|| request.worker_version_stamp.clone())
}
