//! Worker deployments: what polls, and which version is current.

use tonic::Status;

use crate::{
    clock::Time,
    error,
    proto::{
        deployment::{
            RoutingConfig, WorkerDeploymentInfo, WorkerDeploymentVersion as Version,
            worker_deployment_info::WorkerDeploymentVersionSummary as Summary,
        },
        enums::WorkerDeploymentVersionStatus as Standing,
        service,
    },
    server::Shared,
    store::{Store, deployments::Deployment},
};

fn found<'a>(
    store: &'a mut Store,
    namespace: &str,
    name: &str,
) -> Result<&'a mut Deployment, Status> {
    store.check_namespace(namespace)?;
    let key = (namespace.to_owned(), name.to_owned());
    let found = store.deployments.0.get_mut(&key);
    found.ok_or_else(|| error::not_found(format!("no Worker Deployment found with name '{name}'")))
}

/// The build that a request means: by itself, or behind its deployment's name.
fn build(build_id: String, older: &str, name: &str) -> String {
    let of_version = older
        .strip_prefix(name)
        .and_then(|rest| rest.strip_prefix('.'));
    match (build_id.as_str(), of_version) {
        ("", Some(build)) => build.to_owned(),
        _ => build_id,
    }
}

fn token(deployment: &Deployment) -> Vec<u8> {
    deployment.revision.to_be_bytes().to_vec()
}

fn check(deployment: &Deployment, build: &str, conflict_token: &[u8]) -> Result<(), Status> {
    if !conflict_token.is_empty() && conflict_token != token(deployment) {
        return Err(Status::failed_precondition("conflict token mismatch"));
    }
    if !build.is_empty() && !deployment.versions.contains_key(build) {
        return Err(Status::failed_precondition(format!(
            "version '{build}' not found in deployment"
        )));
    }
    Ok(())
}

#[expect(deprecated, reason = "older clients read it")]
fn described(name: &str, deployment: &Deployment) -> WorkerDeploymentInfo {
    let version = |build: &String| Version {
        deployment_name: name.to_owned(),
        build_id: build.clone(),
    };
    let text = |build: Option<&String>| match build {
        Some(build) => format!("{name}.{build}"),
        None => "__unversioned__".to_owned(),
    };
    let current = deployment.current.as_ref();
    let ramping = deployment.ramping.as_ref();
    let summary = |(build, known): (&String, &crate::store::deployments::Known)| {
        let is_current = current.is_some_and(|(current, _)| current == build);
        let is_ramping = ramping.is_some_and(|(ramping, ..)| ramping == build);
        let standing = match (is_current, is_ramping) {
            (true, _) => Standing::Current,
            (false, true) => Standing::Ramping,
            (false, false) => Standing::Inactive,
        };
        Summary {
            version: text(Some(build)),
            status: standing.into(),
            deployment_version: Some(version(build)),
            create_time: Some(known.since.proto()),
            ..Default::default()
        }
    };
    WorkerDeploymentInfo {
        name: name.to_owned(),
        version_summaries: deployment.versions.iter().map(summary).collect(),
        create_time: Some(deployment.since.proto()),
        routing_config: Some(RoutingConfig {
            current_deployment_version: current.map(|(build, _)| version(build)),
            current_version: text(current.map(|(build, _)| build)),
            ramping_deployment_version: ramping.map(|(build, ..)| version(build)),
            ramping_version: ramping.map_or_else(String::new, |(build, ..)| text(Some(build))),
            ramping_version_percentage: ramping.map_or(0.0, |(_, percent, _)| *percent),
            current_version_changed_time: current.map(|(_, at)| Time::proto(*at)),
            ramping_version_changed_time: ramping.map(|(.., at)| Time::proto(*at)),
            ramping_version_percentage_changed_time: ramping.map(|(.., at)| Time::proto(*at)),
            revision_number: deployment.revision,
        }),
        routing_config_update_state: crate::proto::enums::RoutingConfigUpdateState::Completed
            .into(),
        ..Default::default()
    }
}

impl Shared {
    pub(super) fn describe_deployment(
        &self,
        request: service::DescribeWorkerDeploymentRequest,
    ) -> Result<service::DescribeWorkerDeploymentResponse, Status> {
        let (mut store, name) = (self.store(), &request.deployment_name);
        let deployment = found(&mut store, &request.namespace, name)?;
        Ok(service::DescribeWorkerDeploymentResponse {
            conflict_token: token(deployment),
            worker_deployment_info: Some(described(name, deployment)),
        })
    }

    #[expect(deprecated, reason = "older clients name the version so")]
    pub(super) fn set_current_version(
        &self,
        request: service::SetWorkerDeploymentCurrentVersionRequest,
    ) -> Result<service::SetWorkerDeploymentCurrentVersionResponse, Status> {
        let (mut store, name) = (self.store(), &request.deployment_name);
        let now = store.clock.now();
        let build = build(request.build_id, &request.version, name);
        let deployment = found(&mut store, &request.namespace, name)?;
        check(deployment, &build, &request.conflict_token)?;
        let before = deployment.current.take();
        if deployment
            .ramping
            .as_ref()
            .is_some_and(|(ramping, ..)| *ramping == build)
        {
            deployment.ramping = None;
        }
        deployment.current = (!build.is_empty()).then_some((build, now));
        deployment.revision += 1;
        let conflict_token = token(deployment);
        store.reroute();
        Ok(service::SetWorkerDeploymentCurrentVersionResponse {
            conflict_token,
            previous_version: before.as_ref().map_or_else(
                || "__unversioned__".to_owned(),
                |(build, _)| format!("{name}.{build}"),
            ),
            previous_deployment_version: before.map(|(build_id, _)| Version {
                deployment_name: name.clone(),
                build_id,
            }),
        })
    }

    #[expect(deprecated, reason = "older clients name the version so")]
    pub(super) fn set_ramping_version(
        &self,
        request: service::SetWorkerDeploymentRampingVersionRequest,
    ) -> Result<service::SetWorkerDeploymentRampingVersionResponse, Status> {
        let (mut store, name) = (self.store(), &request.deployment_name);
        let now = store.clock.now();
        let build = build(request.build_id, &request.version, name);
        let deployment = found(&mut store, &request.namespace, name)?;
        check(deployment, &build, &request.conflict_token)?;
        if deployment
            .current
            .as_ref()
            .is_some_and(|(current, _)| *current == build)
        {
            return Err(Status::failed_precondition(
                "requested ramping version is already current",
            ));
        }
        let before = deployment.ramping.take();
        deployment.ramping = (!build.is_empty()).then_some((build, request.percentage, now));
        deployment.revision += 1;
        let conflict_token = token(deployment);
        store.reroute();
        Ok(service::SetWorkerDeploymentRampingVersionResponse {
            conflict_token,
            previous_percentage: before.as_ref().map_or(0.0, |(_, percent, _)| *percent),
            previous_version: before
                .as_ref()
                .map_or_else(String::new, |(build, ..)| format!("{name}.{build}")),
            previous_deployment_version: before.map(|(build_id, ..)| Version {
                deployment_name: name.clone(),
                build_id,
            }),
        })
    }
}
