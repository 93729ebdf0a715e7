//! Spans: one workflow, one trace, whatever dies on the way.
mod attributes;
mod boundary;
#[cfg(feature = "logs")]
mod bridge;
#[cfg_attr(
    not(feature = "otlp"),
    allow(dead_code, reason = "only exporters count")
)]
mod counts;
mod exit;
#[cfg(feature = "otlp")]
mod export;
mod granularity;
mod ids;
mod open;
mod options;
mod origin;
mod propagation;
mod record;
mod run;
mod sampling;
mod traced;
mod tracer;
mod traces;
mod wait;
#[cfg_attr(
    not(feature = "otlp"),
    allow(dead_code, unused_imports, reason = "only exporters have a resource")
)]
mod workers;

#[cfg(feature = "logs")]
pub(crate) use self::bridge::layer;
pub(crate) use self::{
    boundary::Boundaries, exit::Exit, granularity::Granularities, open::OpenSpan, options::Options,
    origin::Origin, propagation::Headers, record::Record, run::RunTrace, traced::Traced,
    traces::Traces, workers::Workers,
};
pub use self::{
    boundary::{Boundary, Edge},
    counts::SpanCounts,
    granularity::Granularity,
    options::{FailedRuns, FailureMessages},
    sampling::{Sampling, UnknownSampling},
    tracer::{Span, Tracer, TracerProvider},
    wait::{Wait, wait},
};
