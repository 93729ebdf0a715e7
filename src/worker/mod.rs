//! The worker's own hooks, around a whole worker and around each activation of a run.
//!
//! They register a worker while it runs, and drive the records of its runs: which activation a run
//! is handed, how it was completed, when it leaves the cache. The ends of workflow code in an
//! activation are settled here, after the SDK has converted and encoded the results.
//!
//! # Replay
//!
//! The history and commands of a live activation are measured, and the total cost of a replay. A
//! replayer's runs are settled in the same way, but not measured.
//!
//! # Cost
//!
//! One box per activation and hook, which the SDK's trait requires, two look-ups of the run's
//! record and two readings of the clock.

mod activation;
mod commands;
mod completion;
mod identity;
mod waits;

use std::{pin::Pin, sync::Arc};

use async_trait::async_trait;
use temporalio_common::protos::coresdk::{
    workflow_activation::WorkflowActivation, workflow_completion::WorkflowActivationCompletion,
};
use temporalio_sdk::{
    WorkerOptions, WorkerRunError,
    interceptors::{Next, RunWorkerInput, WithWorkflowReplayWorkerInput, WorkerInterceptor},
};

use crate::{
    metrics::Declared,
    observe::{About, Observer, Registration, Worker},
    trace::{KnownWorker, Traces},
};

#[cfg(feature = "__unwired")]
pub(crate) use self::{activation::activated, completion::completed};

/// The future that the SDK's hooks return.
type Running<'a> = Pin<Box<dyn Future<Output = Result<(), WorkerRunError>> + 'a>>;

/// Observes a worker as a whole.
#[derive(Default)]
pub(crate) struct ObserveWorker {
    observer: Observer,
    registration: Registration,
    about: About,
    workflows: Vec<Declared>,
    /// Keeps the worker in the resource of spans for as long as it may run.
    _known: Option<KnownWorker>,
}

impl ObserveWorker {
    /// Prepares to observe the worker that the options are for.
    pub(crate) fn new(observer: Observer, options: &WorkerOptions) -> Self {
        let known = observer.traced().map(|traces| {
            let version = &options.deployment_options.version;
            let workers = traces.workers();
            workers.worker(&options.task_queue, &version.build_id)
        });
        Self {
            observer,
            about: about(options),
            workflows: declared(options),
            _known: known,
            ..Self::default()
        }
    }

    /// Prepares to observe a replayer, which works on the past: there is nothing to measure.
    pub(crate) fn of_replayer(observer: Observer) -> Self {
        Self {
            observer,
            ..Self::default()
        }
    }

    /// Registers the worker, which is about to run, unless another registration has done so.
    fn register(&self, worker: &temporalio_sdk::Worker, is_replayer: bool) -> Option<Arc<Worker>> {
        let instance = worker.worker_instance_key().to_string();
        let own = self.about.identity.clone();
        let about = About {
            identity: own.or_else(|| identity::of_connection(self.observer.identity()?)),
            ..self.about.clone()
        };
        let registry = self.observer.registry();
        let stuck = self.observer.stuck();
        registry.register(&self.registration, &instance, about, stuck, is_replayer)
    }
}

/// Flushes spans when a worker has ended, since the process may end next.
async fn flushed(running: Running<'_>, traces: Traces) -> Result<(), WorkerRunError> {
    let ran = running.await;
    // Flushing waits for the collector, up to some seconds; other workers continue meanwhile.
    let flushed = tokio::task::spawn_blocking(move || traces.flush());
    drop(flushed.await);
    ran
}

/// Returns the data of a worker from its options.
fn about(options: &WorkerOptions) -> About {
    let version = &options.deployment_options.version;
    About {
        task_queue: options.task_queue.as_str().into(),
        deployment_name: version.deployment_name.as_str().into(),
        build_id: version.build_id.as_str().into(),
        identity: options.client_identity_override.as_deref().map(Box::from),
    }
}

/// Returns the workflow types that a worker's options declare.
fn declared(options: &WorkerOptions) -> Vec<Declared> {
    let definitions = options.workflows();
    let declared = definitions
        .workflow_definitions()
        .map(|definition| Declared {
            workflow_type: definition.workflow_type.clone(),
            signals: definition.signals.clone(),
            queries: definition.queries.clone(),
            updates: definition.updates.iter().map(|u| u.name.clone()).collect(),
        });
    declared.collect()
}

#[async_trait(?Send)]
impl WorkerInterceptor for ObserveWorker {
    fn run_worker<'a>(
        &'a self,
        input: RunWorkerInput<'a>,
        next: Next<'a, RunWorkerInput<'a>, Running<'a>>,
    ) -> Running<'a> {
        let Some(worker) = self.register(input.worker, false) else {
            return next.run(input);
        };
        let namespace = self.observer.namespace();
        let task_queue = &self.about.task_queue;
        self.observer
            .warn_of_half_wiring(namespace.as_deref(), task_queue);
        if let Some(namespace) = namespace {
            worker.works_in(&namespace);
            if let Some(measures) = self.observer.measured() {
                measures.start(&namespace, &self.about.task_queue, &self.workflows);
            }
        }
        let running = worker.run(next.run(input));
        match self.observer.traced() {
            Some(traces) => Box::pin(flushed(Box::pin(running), traces.clone())),
            None => Box::pin(running),
        }
    }

    fn with_workflow_replay_worker<'a>(
        &'a self,
        input: WithWorkflowReplayWorkerInput<'a>,
        next: Next<'a, WithWorkflowReplayWorkerInput<'a>, Running<'a>>,
    ) -> Running<'a> {
        match self.register(input.worker, true) {
            Some(worker) => Box::pin(worker.run(next.run(input))),
            None => next.run(input),
        }
    }

    async fn on_workflow_activation(
        &self,
        activation: &WorkflowActivation,
    ) -> Result<(), anyhow::Error> {
        if let Some(worker) = self.registration.polled() {
            activation::activated(&worker, activation);
        }
        Ok(())
    }

    async fn on_workflow_activation_completion(&self, completion: &WorkflowActivationCompletion) {
        if let Some(worker) = self.registration.polled() {
            if completion::accomplishes(completion) && worker.is_stranger_to(&completion.run_id) {
                self.observer
                    .warn_of_replaced_interceptors(&self.about.task_queue);
            }
            completion::completed(&worker, completion);
        }
    }
}
