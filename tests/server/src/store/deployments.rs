//! Worker deployments: the versions that poll, and which of them new tasks go to.

use std::collections::{BTreeMap, BTreeSet};

use super::{RunRef, Store};
use crate::{
    clock::Time,
    proto::{deployment::WorkerDeploymentVersion as Version, enums::VersioningBehavior},
    queue::QueueKey,
    run::{Run, worker::Worker},
};

/// A version of a deployment.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) since: Time,
    queues: BTreeSet<(String, bool)>,
}

/// A deployment of workers.
#[derive(Clone, Debug)]
pub(crate) struct Deployment {
    pub(crate) since: Time,
    pub(crate) versions: BTreeMap<String, Known>,
    /// The build that tasks go to, and since when.
    pub(crate) current: Option<(String, Time)>,
    /// Another one that gets so many percent of them.
    pub(crate) ramping: Option<(String, f32, Time)>,
    /// Changes with every change of the routing.
    pub(crate) revision: i64,
}

/// All deployments, by namespace and name.
#[derive(Debug, Default)]
pub(crate) struct Deployments(pub(crate) BTreeMap<(String, String), Deployment>);

impl Deployments {
    /// A versioned worker polls a queue.
    fn seen(&mut self, key: &QueueKey, version: &Version, now: Time) {
        let name = (key.namespace.clone(), version.deployment_name.clone());
        let deployment = self.0.entry(name).or_insert_with(|| Deployment {
            since: now,
            versions: BTreeMap::new(),
            current: None,
            ramping: None,
            revision: 1,
        });
        let build = version.build_id.clone();
        let known = deployment.versions.entry(build).or_insert_with(|| Known {
            since: now,
            queues: BTreeSet::new(),
        });
        known.queues.insert((key.name.clone(), key.activity));
    }

    /// Whether a version of a deployment polls a queue.
    fn serves(&self, key: &QueueKey, version: &Version) -> bool {
        let name = (key.namespace.clone(), version.deployment_name.clone());
        let known = self
            .0
            .get(&name)
            .and_then(|d| d.versions.get(&version.build_id));
        let queue = (key.name.clone(), key.activity);
        known.is_some_and(|known| known.queues.contains(&queue))
    }

    /// The version that a queue's tasks of a workflow go to, if they go to any.
    fn routed(&self, key: &QueueKey, workflow_id: &str) -> Option<Version> {
        let queue = (key.name.clone(), key.activity);
        let ((_, name), deployment) = self.0.iter().find(|((namespace, _), deployment)| {
            let mut known = deployment.versions.values();
            *namespace == key.namespace
                && deployment.current.is_some()
                && known.any(|known| known.queues.contains(&queue))
        })?;
        let ramping = deployment.ramping.as_ref();
        let ramping = ramping.filter(|(_, percent, _)| share(workflow_id) < *percent);
        let current = deployment.current.as_ref().map(|(build, _)| build);
        let build = ramping.map(|(build, ..)| build).or(current)?;
        Some(Version {
            deployment_name: name.clone(),
            build_id: build.clone(),
        })
    }
}

/// A number from 0 to 100 that is a workflow id's own forever.
fn share(workflow_id: &str) -> f32 {
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let hash = workflow_id.bytes().fold(0x811c_9dc5, mix);
    u16::try_from(hash % 10_000).map_or(0.0, f32::from) / 100.0
}

impl Store {
    /// A worker polls.
    pub(crate) fn polled(&mut self, key: &QueueKey, worker: &Worker) {
        if let Some(version) = &worker.deployment {
            let now = self.clock.now();
            self.deployments.seen(key, version, now);
            self.queue_mut(key).is_versioned = true;
        }
    }

    /// Whether a task of a run is for this worker.
    pub(super) fn is_for(&self, at: RunRef, key: &QueueKey, worker: &Worker) -> bool {
        let Some(run) = self.run(at).filter(|_| !self.deployments.0.is_empty()) else {
            return true;
        };
        let is_sticky = !key.activity && run.task_queue() != key.name;
        is_sticky || self.version_for(run, key) == worker.deployment
    }

    /// The version that a run's tasks in a queue go to; none is workers without one.
    fn version_for(&self, run: &Run, key: &QueueKey) -> Option<Version> {
        let pinned = run.state.version.as_ref();
        let pinned = pinned.filter(|(behavior, _)| *behavior == VersioningBehavior::Pinned);
        match pinned {
            Some((_, version)) if self.deployments.serves(key, version) => Some(version.clone()),
            _ => self.deployments.routed(key, &run.workflow_id),
        }
    }

    /// Whether the worker that has a run in its cache is still the right one.
    pub(super) fn has_moved(&self, run: &Run) -> bool {
        let key = QueueKey {
            namespace: run.namespace.clone(),
            name: run.task_queue().to_owned(),
            activity: false,
        };
        let last = run.state.version.as_ref().map(|(_, version)| version);
        last.is_some_and(|last| self.version_for(run, &key).is_some_and(|now| now != *last))
    }

    /// Tasks may be for others from now on.
    pub(crate) fn reroute(&self) {
        for queue in self.queues.values() {
            queue.wake_all();
        }
    }
}
