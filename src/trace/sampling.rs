//! Sampling: which traces are recorded.

use std::str::FromStr;

use opentelemetry::{
    Context, KeyValue, TraceId,
    trace::{Link, SpanContext, SpanKind, TraceContextExt as _},
};
use opentelemetry_sdk::trace::{Sampler as SdkSampler, SamplingResult, ShouldSample};

use super::ids;
use crate::env::{InvalidEnv, UnknownValue, Warnings, read};

/// Which traces are recorded, unless the caller has already decided.
///
/// A trace from another process keeps its decision, unless [`ParentSampling`] says otherwise, and a
/// run that continues as new keeps its predecessor's. Otherwise the decision follows from the
/// workflow id, so it is the same for the client that starts the workflow, for every worker and
/// replay, and for every retry.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Sampling {
    /// All traces: the default.
    #[default]
    Always,
    /// No trace.
    Never,
    /// This share of the workflows, from 0 to 1.
    Ratio(f64),
}

/// Whether the decision of a parent in another process applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ParentSampling {
    /// It does, as with OpenTelemetry's samplers `parentbased_…`: the default.
    #[default]
    Followed,
    /// [`Sampling`] decides again, by workflow id: OpenTelemetry's `always_on`, `always_off` and
    /// `traceidratio`.
    Ignored,
}

/// Decides which traces are recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sampler {
    pub(super) sampling: Sampling,
    pub(super) parents: ParentSampling,
}

impl Sampler {
    /// Decides for a span, by its parent if there is one, otherwise by a share from 0 to 1.
    pub(super) fn admits(self, parent: &SpanContext, share: impl FnOnce() -> f64) -> bool {
        if parent.is_valid() && self.parents == ParentSampling::Followed {
            return parent.is_sampled();
        }
        match self.sampling {
            Sampling::Always => true,
            Sampling::Never => false,
            Sampling::Ratio(ratio) => share() < ratio,
        }
    }

    /// Decides for a workflow.
    pub(super) fn admits_workflow(self, parent: &SpanContext, workflow_id: &str) -> bool {
        self.admits(parent, || ids::share(workflow_id))
    }

    /// Returns the sampler of the environment.
    pub(super) fn from_env(warnings: &mut Warnings) -> Self {
        const ARGUMENT: &str = "OTEL_TRACES_SAMPLER_ARG";
        let mut sampler: Self = warnings.read("OTEL_TRACES_SAMPLER").unwrap_or_default();
        if let Sampling::Ratio(ratio) = &mut sampler.sampling
            && let Ok(Some(said)) = read::<String>(ARGUMENT)
        {
            match said.trim().parse() {
                Ok(said) if (0.0..=1.0).contains(&said) => *ratio = said,
                _ => warnings.ignored(&InvalidEnv::new(
                    ARGUMENT,
                    said,
                    UnknownValue("a ratio from 0 to 1; using 1"),
                )),
            }
        }
        sampler
    }
}

/// OpenTelemetry's names, in any case.
impl FromStr for Sampler {
    type Err = UnknownValue;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let name = name.trim().to_ascii_lowercase();
        let (name, parents) = match name.strip_prefix("parentbased_") {
            Some(name) => (name, ParentSampling::Followed),
            None => (&*name, ParentSampling::Ignored),
        };
        let sampling = match name {
            "always_on" => Sampling::Always,
            "always_off" => Sampling::Never,
            "traceidratio" => Sampling::Ratio(1.0),
            _ => {
                return Err(UnknownValue(
                    "always_on, always_off or traceidratio, or one of these after parentbased_; \
                     going on with parentbased_always_on",
                ));
            }
        };
        Ok(Self { sampling, parents })
    }
}

/// The sampler of spans outside any workflow. Within a process a trace is recorded completely or
/// not at all.
impl ShouldSample for Sampler {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let root = match self.sampling {
            Sampling::Always => SdkSampler::AlwaysOn,
            Sampling::Never => SdkSampler::AlwaysOff,
            Sampling::Ratio(ratio) => SdkSampler::TraceIdRatioBased(ratio),
        };
        let span = parent.map(|parent| parent.span().span_context().clone());
        let ignores = self.parents == ParentSampling::Ignored;
        let is_elsewhere = |span: &SpanContext| span.is_remote() || !span.is_valid();
        let is_ignored = ignores && span.as_ref().is_none_or(is_elsewhere);
        let sampler = match is_ignored {
            true => root,
            false => SdkSampler::ParentBased(Box::new(root)),
        };
        sampler.should_sample(parent, trace_id, name, kind, attributes, links)
    }
}
