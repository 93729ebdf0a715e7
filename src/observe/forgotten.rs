//! Warnings about wiring that is missing or done twice. Each is logged once, and names the call to
//! add or remove.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{Observer, names::Names};
use crate::{execution::outside, schema::Operation};

/// Which warnings were logged already.
#[derive(Default)]
pub(super) struct Said {
    double: AtomicBool,
    connection: AtomicBool,
    interceptors: AtomicBool,
    heartbeats: Names,
}

impl Observer {
    /// Warns that an operation is observed by two registrations.
    pub(super) fn warn_of_double(&self, operation: Operation) {
        if !self.parts.shared.said.double.swap(true, Ordering::Relaxed) {
            // The current execution may be a replay, which would suppress the warning.
            outside(|| {
                tracing::warn!(
                    operation = operation.name(),
                    "chronoscope is registered twice, as a layer and as a plugin or through two \
                     Observability values; the second registration is ignored: remove one of them"
                );
            });
        }
    }

    /// Warns about the metrics that a starting worker will lack.
    pub(crate) fn warn_of_half_wiring(&self, namespace: Option<&str>, task_queue: &str) {
        let Some(meter) = &self.parts.core_meter else {
            return;
        };
        let shared = &self.parts.shared;
        if !meter.has_met(namespace, task_queue) {
            tracing::warn!(
                namespace,
                task_queue,
                "slots, pollers and latencies of this worker are not measured: create its runtime \
                 from `Observability::runtime_options()`, or set `telemetry_options()` in the \
                 runtime's own options"
            );
        }
        if shared.identities.is_empty() && !shared.said.connection.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                task_queue,
                "requests to Temporal are not measured: no connection was wrapped; pass its options \
                 to `Observability::wrap` before `Connection::connect`"
            );
        }
    }

    /// Warns that workflow code is not observed, though its worker is.
    pub(crate) fn warn_of_replaced_interceptors(&self, task_queue: &str) {
        let said = &self.parts.shared.said;
        if !said.interceptors.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                task_queue,
                "workflow code of this worker is not observed, and replays are not suppressed: its \
                 options' interceptors were replaced after they were wrapped, for example by \
                 `register_workflow_interceptors`; call `Observability::wrap` last"
            );
        }
    }

    /// Warns that an activity outlived its heartbeat timeout without a measured heartbeat.
    pub(crate) fn warn_of_silence(&self, activity_type: &str) {
        if self.parts.shared.said.heartbeats.note(activity_type) {
            tracing::warn!(
                activity_type,
                "an attempt outlived its heartbeat timeout, and none of its heartbeats were measured: \
                 send heartbeats with `chronoscope::record_heartbeat` instead of \
                 `ActivityContext::record_heartbeat`"
            );
        }
    }
}
