//! The worker's own hooks, round a whole worker and round each activation of a run.
//!
//! They note in which phase a run is about to be created, for its `#[init]` function, give the
//! worker's series their zeros when it starts, and measure what an activation and its commands cost.
//!
//! # Replay
//!
//! A live activation's history and commands are measured, and what a replay cost as a whole. Under
//! the SDK's replayer nothing is.
//!
//! # Cost
//!
//! One box an activation and hook, which the SDK's trait asks for; with metrics two readings of the
//! clock and of a map.

mod commands;
mod inside;

use std::{
    pin::Pin,
    sync::atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use temporalio_common::protos::coresdk::{
    workflow_activation::{WorkflowActivation, workflow_activation_job::Variant},
    workflow_completion::WorkflowActivationCompletion,
};
use temporalio_sdk::{
    WorkerOptions, WorkerRunError,
    interceptors::{Next, RunWorkerInput, WorkerInterceptor},
};

use self::commands::commands;
use crate::{
    execution::{Phase, set_activation},
    metrics::Declared,
    observe::{About, Activation, Observer, Runs, Sitting},
    trace::{KnownWorker, Traces},
};

/// What the SDK's hooks return.
type Running<'a> = Pin<Box<dyn Future<Output = Result<(), WorkerRunError>> + 'a>>;

/// Observes a worker as a whole.
pub(crate) struct ObserveWorker {
    observer: Observer,
    runs: Runs,
    about: About,
    workflows: Vec<Declared>,
    /// Has its spans tell of the worker for as long as it may run.
    _known: Option<KnownWorker>,
    /// Whether this measures the worker: it runs, and no other registration of ours does.
    measures: AtomicBool,
}

impl ObserveWorker {
    /// Prepares to observe the worker that the options are for.
    pub(crate) fn new(observer: Observer, runs: Runs, options: &WorkerOptions) -> Self {
        let known = observer.traced().map(|traces| {
            let version = &options.deployment_options.version;
            let workers = traces.workers();
            workers.worker(&options.task_queue, &version.build_id)
        });
        Self {
            observer,
            runs,
            about: about(options),
            workflows: declared(options),
            _known: known,
            measures: AtomicBool::new(false),
        }
    }

    /// Returns by what name the server knows the worker, by the SDK's rules.
    fn identity(&self) -> Option<Box<str>> {
        let own = self.about.identity.clone();
        own.or_else(|| match self.observer.identity()? {
            identity if identity.is_empty() => Some(inside::default_identity()),
            identity => Some(identity.into()),
        })
    }

    /// Has the worker be looked at, if somebody asked for that.
    fn sit(&self, instance: &str) -> Option<Sitting> {
        let insight = self.observer.insight()?;
        let about = About {
            identity: self.identity(),
            ..self.about.clone()
        };
        let seated = insight.seat(instance, about, self.observer.namespace())?;
        Some(self.runs.sit(seated))
    }

    /// Prepares to watch a replayer, which works on the past: there is nothing to measure.
    pub(crate) fn of_replayer(observer: Observer) -> Self {
        Self {
            observer,
            runs: Runs::default(),
            about: About::default(),
            workflows: Vec::new(),
            _known: None,
            measures: AtomicBool::new(false),
        }
    }
}

/// Sends what spans there are when a worker has ended. The process may end next.
async fn flushed(running: Running<'_>, traces: Traces) -> Result<(), WorkerRunError> {
    let ran = running.await;
    // Flushing waits for the collector, up to some seconds: other workers go on.
    let flushed = tokio::task::spawn_blocking(move || traces.flush());
    drop(flushed.await);
    ran
}

/// Returns what a worker's options say of itself.
fn about(options: &WorkerOptions) -> About {
    let version = &options.deployment_options.version;
    About {
        task_queue: options.task_queue.as_str().into(),
        deployment_name: version.deployment_name.as_str().into(),
        build_id: version.build_id.as_str().into(),
        identity: options.client_identity_override.as_deref().map(Box::from),
    }
}

/// Returns what a worker's options say of its workflows.
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
        let instance = input.worker.worker_instance_key().to_string();
        let seat = self.sit(&instance);
        if let Some(measures) = self.observer.measured()
            && self.observer.claim_worker(instance)
        {
            self.measures.store(true, Ordering::Relaxed);
            if let Some(namespace) = self.observer.namespace() {
                measures.start(&namespace, &self.about.task_queue, &self.workflows);
            }
        }
        let running = next.run(input);
        let running = match seat {
            Some(seat) => Box::pin(seat.run(running)),
            None => running,
        };
        match self.observer.traced() {
            Some(traces) => Box::pin(flushed(running, traces.clone())),
            None => running,
        }
    }

    async fn on_workflow_activation(
        &self,
        activation: &WorkflowActivation,
    ) -> Result<(), anyhow::Error> {
        let has = |matches: fn(&Variant) -> bool| {
            let mut jobs = activation
                .jobs
                .iter()
                .filter_map(|job| job.variant.as_ref());
            jobs.any(matches)
        };
        if has(|job| matches!(job, Variant::InitializeWorkflow(_))) {
            let phase = match activation.is_replaying {
                true => Phase::Replaying,
                false => Phase::Live,
            };
            set_activation(&activation.run_id, phase);
        }
        if let Some(seated) = self.runs.seated() {
            inside::activated(&seated, activation);
        }
        if self.measures.load(Ordering::Relaxed) {
            let evicts = has(|job| matches!(job, Variant::RemoveFromCache(_)));
            let asks = has(|job| matches!(job, Variant::QueryWorkflow(_)));
            let plain = Activation {
                is_replay: activation.is_replaying,
                evicts,
                advances: !evicts && !asks,
                history_length: activation.history_length,
                history_size: activation.history_size_bytes,
            };
            self.runs.activated(&activation.run_id, plain);
        }
        Ok(())
    }

    async fn on_workflow_activation_completion(&self, completion: &WorkflowActivationCompletion) {
        if let Some(seated) = self.runs.seated() {
            inside::completed(&seated, &self.observer, completion);
        }
        if self.measures.load(Ordering::Relaxed) {
            self.runs
                .completed(&completion.run_id, commands(completion));
        }
    }
}
