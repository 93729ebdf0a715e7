//! The search-attribute data of one cached run: its mirror, trace and counts.

use std::sync::Arc;

use opentelemetry::trace::TraceId;
use temporalio_common::protos::temporal::api::common::v1::{Payload, SearchAttributes};

use super::{
    TraceLink,
    change::{Effective, is_value},
    options::Attributes,
};
use crate::execution::{Info, Mirror, Phase, current_replay, with_current};

/// The search-attribute data of a run, kept as long as the run is in a worker's cache.
#[derive(Debug)]
pub(crate) struct RunAttributes {
    attributes: Attributes,
    /// The trace that the run belongs to.
    trace: Option<TraceId>,
    mirror: Option<Arc<Mirror>>,
}

impl RunAttributes {
    pub(super) fn new(
        attributes: &Attributes,
        trace: Option<TraceId>,
        started_with: Option<&SearchAttributes>,
    ) -> Arc<Self> {
        let mirror = attributes.mirrors().then(Arc::<Mirror>::default);
        let run = Self {
            attributes: attributes.clone(),
            trace,
            mirror,
        };
        for (name, payload) in started_with.iter().flat_map(|known| &known.indexed_fields) {
            run.mirror(name, Some(payload));
        }
        Arc::new(run)
    }

    /// Adds this data to an execution of the run's code.
    pub(crate) fn describe(self: &Arc<Self>, info: &mut Info) {
        info.insert(self.clone());
        if let Some(mirror) = &self.mirror {
            info.insert(mirror.clone());
        }
    }

    pub(super) fn trace(&self) -> Option<TraceId> {
        self.trace
    }

    pub(super) fn link(&self) -> Option<&TraceLink> {
        self.attributes.link()
    }

    /// Notes changes: at each replay for the mirror, and once for the counts.
    pub(super) fn upserted(&self, effective: &Effective) {
        for (name, payload) in &effective.all {
            self.mirror(name, payload.as_ref());
        }
        if current_replay().phase == Phase::Live {
            self.attributes.count(effective);
        }
    }

    fn mirror(&self, name: &str, payload: Option<&Payload>) {
        if let Some(mirror) = &self.mirror
            && let Some(name) = self.attributes.mirrored(name)
        {
            // A search attribute's payload is JSON whatever the data converter is.
            let value = payload
                .filter(is_value)
                .and_then(|payload| serde_json::from_slice(&payload.data).ok());
            mirror.set(name, value);
        }
    }
}

/// Reads the data of the run whose code executes, if chronoscope observes it.
pub(super) fn with_run<T>(read: impl FnOnce(&RunAttributes) -> T) -> Option<T> {
    with_current(|now| now.info().get::<Arc<RunAttributes>>().map(|run| read(run))).flatten()
}
