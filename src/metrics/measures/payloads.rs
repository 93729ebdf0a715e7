//! The series of payload sizes at the codec.

use metrics::Histogram;

use super::Registry;
use crate::schema::{Label, Metric};

/// The owner of a payload at the codec.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Owner {
    Workflow,
    Activity,
    None,
}

/// The sizes of payloads at the codec.
pub(crate) struct PayloadSeries {
    workflow: Both,
    activity: Both,
    none: Both,
}

/// Both directions.
struct Both {
    encoded: Histogram,
    decoded: Histogram,
}

impl PayloadSeries {
    pub(super) fn new(registry: &Registry) -> Self {
        let one = |context, direction| {
            let labels = [(Label::Context, context), (Label::Direction, direction)];
            registry.histogram(Metric::PayloadSize, &labels)
        };
        let both = |context| Both {
            encoded: one(context, "encode"),
            decoded: one(context, "decode"),
        };
        Self {
            workflow: both("workflow"),
            activity: both("activity"),
            none: both("none"),
        }
    }

    fn of(&self, owner: Owner) -> &Both {
        match owner {
            Owner::Workflow => &self.workflow,
            Owner::Activity => &self.activity,
            Owner::None => &self.none,
        }
    }

    pub(crate) fn encoded(&self, owner: Owner, bytes: usize) {
        self.of(owner).encoded.record(bytes as f64);
    }

    pub(crate) fn decoded(&self, owner: Owner, bytes: usize) {
        self.of(owner).decoded.record(bytes as f64);
    }
}
