//! The worker that takes a task, as it speaks of itself.

use crate::proto::{
    common::{WorkerVersionCapabilities, WorkerVersionStamp},
    deployment::{WorkerDeploymentOptions, WorkerDeploymentVersion},
    enums::WorkerVersioningMode,
    service::RespondWorkflowTaskCompletedRequest,
};

/// A worker, as the tasks that it takes know it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Worker {
    pub(crate) identity: String,
    /// The build that it runs.
    pub(crate) version: Option<WorkerVersionStamp>,
    /// Its version of a deployment, if tasks are routed by it.
    pub(crate) deployment: Option<WorkerDeploymentVersion>,
}

impl Worker {
    /// The worker that polls, or that completes a task and takes the next one.
    pub(crate) fn new(identity: String, version: Option<WorkerVersionStamp>) -> Self {
        Self {
            identity,
            version,
            deployment: None,
        }
    }

    /// The worker with the deployment that it names.
    pub(crate) fn deployed(mut self, options: Option<&WorkerDeploymentOptions>) -> Self {
        self.deployment = options.and_then(versioned);
        self
    }
}

fn of_deployment(deployment: &WorkerDeploymentOptions) -> WorkerVersionStamp {
    WorkerVersionStamp {
        build_id: deployment.build_id.clone(),
        use_versioning: false,
    }
}

/// The version by which tasks are routed to a worker.
pub(crate) fn versioned(options: &WorkerDeploymentOptions) -> Option<WorkerDeploymentVersion> {
    let is_versioned = options.worker_versioning_mode() == WorkerVersioningMode::Versioned;
    is_versioned.then(|| WorkerDeploymentVersion {
        deployment_name: options.deployment_name.clone(),
        build_id: options.build_id.clone(),
    })
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
