use std::str::FromStr;

use opentelemetry_sdk::trace::Sampler;

use super::ids;
use crate::env::Unknown;

/// Which traces are recorded, where nobody has decided yet.
///
/// A trace that comes from elsewhere keeps the decision that it comes with, and a run that goes on
/// as new that of its predecessor. Otherwise the decision follows from the workflow id, so it is the
/// same for the client that starts the workflow, for every worker and replay, and for every retry.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Sampling {
    /// All. The default.
    #[default]
    Always,
    /// None.
    Never,
    /// This share of the workflows, from zero to one.
    Ratio(f64),
}

impl Sampling {
    /// Decides for a workflow; without one, for a trace.
    pub(super) fn admits(self, id: impl FnOnce() -> f64) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Ratio(ratio) => id() < ratio,
        }
    }

    /// Decides for a workflow.
    pub(super) fn admits_workflow(self, workflow_id: &str) -> bool {
        self.admits(|| ids::share(workflow_id))
    }

    /// Returns the sampler of spans outside of any workflow.
    pub(super) fn sampler(self) -> Sampler {
        let root = match self {
            Self::Always => Sampler::AlwaysOn,
            Self::Never => Sampler::AlwaysOff,
            Self::Ratio(ratio) => Sampler::TraceIdRatioBased(ratio),
        };
        Sampler::ParentBased(Box::new(root))
    }
}

/// OpenTelemetry's names, with `=` before a ratio.
impl FromStr for Sampling {
    type Err = Unknown;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let unknown = || {
            Unknown(
                "always_on, always_off or traceidratio with a ratio from 0 to 1, or one of these \
                 after parentbased_",
            )
        };
        let (name, ratio) = name.split_once('=').unwrap_or((name, "1"));
        match name.strip_prefix("parentbased_").unwrap_or(name) {
            "always_on" => Ok(Self::Always),
            "always_off" => Ok(Self::Never),
            "traceidratio" => match ratio.parse() {
                Ok(ratio) if (0.0..=1.0).contains(&ratio) => Ok(Self::Ratio(ratio)),
                _ => Err(unknown()),
            },
            _ => Err(unknown()),
        }
    }
}
