//! The metrics that this crate itself records: its own series of the catalogue.
//!
//! Adapters look up the series of a workflow or activity type once per run or attempt, and record
//! through bound handles.

mod activity;
mod describe;
mod ends;
mod health;
mod payloads;
mod rpc;
mod workflow;
mod zeros;

use std::{fmt, sync::Arc, time::Duration};

use metrics::{Counter, Gauge, Histogram, Key};

pub(crate) use self::{
    activity::ActivitySeries,
    health::Health,
    payloads::{Owner, PayloadSeries},
    rpc::{Method, RpcSeries},
    workflow::{Handler, REJECTED, WorkflowSeries},
    zeros::{Caller, Declared},
};
use super::{METADATA, SharedRecorder};
use crate::execution::Interned;
use crate::schema::{Label, Metric, Naming};

/// A label and its value.
type Labelled<'a> = (Label, &'a str);

/// Makes chronoscope's series. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Measures(Arc<Shared>);

struct Shared {
    registry: Registry,
    activity_types: Vec<String>,
    health: Health,
    payloads: PayloadSeries,
    workflows: Interned<WorkflowSeries>,
    rpcs: Interned<RpcSeries>,
}

impl Measures {
    /// Describes the whole catalogue to the recorder and makes the series that need no type.
    pub(crate) fn new(
        recorder: SharedRecorder,
        naming: Naming,
        activity_types: Vec<String>,
    ) -> Self {
        describe::catalogue(&recorder, naming);
        let registry = Registry { recorder, naming };
        Self(Arc::new(Shared {
            activity_types,
            health: Health::new(&registry),
            payloads: PayloadSeries::new(&registry),
            workflows: Interned::default(),
            rpcs: Interned::default(),
            registry,
        }))
    }

    /// Returns the counters of chronoscope's own health.
    pub(crate) fn health(&self) -> &Health {
        &self.0.health
    }

    /// Returns what records how long the signals of a task waited for the server's answer.
    pub(crate) fn hold_latency(&self) -> impl Fn(Duration) + Send + Sync + use<> {
        let latency = (self.0.registry).latency(Metric::WorkerTaskSignalsHoldLatency, &[]);
        move |waited| latency.record(waited)
    }

    /// Returns the series of payloads that pass the codec.
    pub(crate) fn payloads(&self) -> &PayloadSeries {
        &self.0.payloads
    }

    /// Returns the series of a workflow type on a task queue.
    pub(crate) fn workflow(
        &self,
        namespace: &str,
        task_queue: &str,
        workflow_type: &str,
    ) -> Arc<WorkflowSeries> {
        let key = [namespace, task_queue, workflow_type];
        self.0
            .workflows
            .get(&key, || WorkflowSeries::new(&self.0.registry, key))
    }

    /// Makes the series of an activity type on a task queue, as called by a workflow type: `own` is
    /// the activity's namespace, task queue and type.
    pub(crate) fn activity(&self, own: [&str; 3], caller: Caller<'_>) -> ActivitySeries {
        zeros::of_activity(&self.0.registry, own, caller);
        ActivitySeries::new(&self.0.registry, own)
    }

    /// Returns the series of a gRPC method on a server.
    pub(crate) fn rpc(&self, method: Method<'_>) -> Arc<RpcSeries> {
        let key = [method.address, method.port, method.apart(), method.name];
        self.0
            .rpcs
            .get(&key, || RpcSeries::new(&self.0.registry, method))
    }

    /// Sets every series of a worker that is known at its start to zero, so that the first failure
    /// shows as an increase.
    pub(crate) fn start(&self, namespace: &str, task_queue: &str, workflows: &[Declared]) {
        let own = [
            (Label::Namespace, namespace),
            (Label::TaskQueue, task_queue),
        ];
        zeros::of_worker(&self.0.registry, &own);
        for declared in workflows {
            self.workflow(namespace, task_queue, &declared.workflow_type)
                .declare(declared);
        }
        for activity_type in &self.0.activity_types {
            // Making them is enough.
            let own = [namespace, task_queue, activity_type];
            drop(ActivitySeries::new(&self.0.registry, own));
        }
    }
}

impl fmt::Debug for Measures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Measures").finish_non_exhaustive()
    }
}

/// Registers series of the catalogue. Cheap to clone.
#[derive(Clone)]
struct Registry {
    recorder: SharedRecorder,
    naming: Naming,
}

impl Registry {
    fn key(&self, metric: Metric, labels: &[Labelled<'_>]) -> Key {
        let labels = labels
            .iter()
            .map(|(label, value)| metrics::Label::new(label.name(), (*value).to_owned()))
            .collect::<Vec<_>>();
        Key::from_parts(metric.exported_name(self.naming), labels)
    }

    /// Registers a counter, which then starts at zero.
    fn counter(&self, metric: Metric, labels: &[Labelled<'_>]) -> Counter {
        let key = self.key(metric, labels);
        self.recorder.register_counter(&key, &METADATA)
    }

    /// Registers a gauge, which then starts at zero.
    fn gauge(&self, metric: Metric, labels: &[Labelled<'_>]) -> Gauge {
        let key = self.key(metric, labels);
        self.recorder.register_gauge(&key, &METADATA)
    }

    fn histogram(&self, metric: Metric, labels: &[Labelled<'_>]) -> Histogram {
        let key = self.key(metric, labels);
        self.recorder.register_histogram(&key, &METADATA)
    }

    /// Registers a histogram of durations.
    fn latency(&self, metric: Metric, labels: &[Labelled<'_>]) -> Latency {
        Latency {
            histogram: self.histogram(metric, labels),
            per_second: self.naming.per_second(),
        }
    }
}

/// A histogram of durations.
struct Latency {
    histogram: Histogram,
    per_second: f64,
}

impl Latency {
    fn record(&self, duration: Duration) {
        self.histogram
            .record(duration.as_secs_f64() * self.per_second);
    }
}
