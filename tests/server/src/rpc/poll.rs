//! Long polls of workers.

use std::{sync::Arc, time::Duration};

use tokio::sync::Notify;
use tonic::Status;

use super::{Patience, check_id};
use crate::{
    proto::{service, taskqueue},
    queue::{QueueKey, nexus_queue},
    run::worker::{Worker, polled_by},
    server::Shared,
};

/// A poll that is counted for as long as it lasts, also if its caller lets go of it.
struct Poll<'a> {
    shared: &'a Shared,
    key: QueueKey,
}

impl Drop for Poll<'_> {
    fn drop(&mut self) {
        let mut store = self.shared.store();
        let now = store.clock.now();
        store.queue_mut(&self.key).leave(now);
    }
}

impl Shared {
    fn enter(&self, key: QueueKey, identity: &str) -> (Poll<'_>, Arc<Notify>, Duration) {
        let mut store = self.store();
        let now = store.clock.now();
        let queue = store.queue_mut(&key);
        queue.enter(identity, now);
        let arrivals = queue.arrivals();
        (
            Poll { shared: self, key },
            arrivals,
            store.settings.long_poll,
        )
    }

    /// Waits, bounded, for a task.
    async fn poll<T: Default>(
        &self,
        key: QueueKey,
        identity: &str,
        patience: Patience,
        mut take: impl FnMut(&QueueKey) -> Option<T>,
    ) -> T {
        let (poll, arrivals, span) = self.enter(key, identity);
        let waiting = async {
            loop {
                let arrived = arrivals.notified();
                if let Some(task) = take(&poll.key) {
                    return task;
                }
                arrived.await;
            }
        };
        tokio::time::timeout(patience.hold(span), waiting)
            .await
            .unwrap_or_default()
    }

    fn key(
        &self,
        namespace: String,
        queue: Option<taskqueue::TaskQueue>,
        activity: bool,
    ) -> Result<QueueKey, Status> {
        self.store().check_namespace(&namespace)?;
        let name = queue.map(|queue| queue.name).unwrap_or_default();
        check_id(&name, "TaskQueue")?;
        Ok(QueueKey {
            namespace,
            name,
            activity,
        })
    }

    #[expect(deprecated, reason = "workers still tell their version so")]
    pub(super) async fn poll_workflow_task_queue(
        &self,
        request: service::PollWorkflowTaskQueueRequest,
        patience: Patience,
    ) -> Result<service::PollWorkflowTaskQueueResponse, Status> {
        let key = self.key(request.namespace, request.task_queue, false)?;
        let version = polled_by(
            request.deployment_options.as_ref(),
            request.worker_version_capabilities,
        );
        let worker = Worker::new(request.identity, version);
        let worker = worker.deployed(request.deployment_options.as_ref());
        self.store().polled(&key, &worker);
        let take = |key: &QueueKey| self.store().take_workflow_task(key, &worker);
        Ok(self.poll(key, &worker.identity, patience, take).await)
    }

    #[expect(deprecated, reason = "workers still tell their version so")]
    pub(super) async fn poll_activity_task_queue(
        &self,
        request: service::PollActivityTaskQueueRequest,
        patience: Patience,
    ) -> Result<service::PollActivityTaskQueueResponse, Status> {
        let key = self.key(request.namespace, request.task_queue, true)?;
        let version = polled_by(
            request.deployment_options.as_ref(),
            request.worker_version_capabilities,
        );
        let worker = Worker::new(request.identity, version);
        let worker = worker.deployed(request.deployment_options.as_ref());
        self.store().polled(&key, &worker);
        let take = |key: &QueueKey| self.store().take_activity_task(key, &worker);
        Ok(self.poll(key, &worker.identity, patience, take).await)
    }

    pub(super) async fn poll_nexus_task_queue(
        &self,
        request: service::PollNexusTaskQueueRequest,
        patience: Patience,
    ) -> Result<service::PollNexusTaskQueueResponse, Status> {
        let key = self.key(request.namespace, request.task_queue, false)?;
        let key = nexus_queue(key.namespace, &key.name);
        let take = |key: &QueueKey| self.store().take_request(key);
        Ok(self.poll(key, &request.identity, patience, take).await)
    }
}
