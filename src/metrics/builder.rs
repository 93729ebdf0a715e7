//! The builder of metrics: exporters, recorders, limits, names.

use std::{fmt, sync::Arc};

use metrics::Recorder;
use opentelemetry::metrics::MeterProvider;

use super::{
    CardinalityLimits, InvalidNamespaceLabel, Naming, Panics, SharedRecorder, Shield,
    cardinality::NamespaceLabel, export::OtelRecorder, pipeline::Options,
};
#[cfg(any(feature = "prometheus", feature = "otlp"))]
use crate::export::Destinations;
#[cfg(feature = "prometheus")]
use crate::metrics::export::{Prometheus, PrometheusError};
use crate::{
    env::{InvalidEnv, Warnings, own, read},
    export::{ExportThreads, Exporters, METRICS},
};
#[cfg(feature = "otlp")]
use crate::{export::OtlpError, metrics::export::Otlp};

/// Sets up metrics, for [`Builder::metrics`](crate::Builder::metrics).
///
/// | setter | variable | default |
/// |---|---|---|
/// | [`prometheus`](Self::prometheus) | `OTEL_METRICS_EXPORTER=prometheus`, `OTEL_EXPORTER_PROMETHEUS_HOST`, `…_PORT` | not served |
/// | [`otlp`](Self::otlp) | `OTEL_METRICS_EXPORTER=otlp`, `OTEL_EXPORTER_OTLP_ENDPOINT`, … | not sent |
/// | [`recorder`](Self::recorder), [`meter_provider`](Self::meter_provider) | | none |
/// | [`naming`](Self::naming) | `CHRONOSCOPE_METRIC_NAMING` | [`Naming::Prometheus`] |
/// | [`namespace_label`](Self::namespace_label) | `CHRONOSCOPE_NAMESPACE_LABEL` | `namespace` |
/// | [`limits`](Self::limits) | | [`CardinalityLimits::default`] |
/// | [`activity_types`](Self::activity_types) | | none |
///
/// An exporter set here replaces the environment's: see
/// [`Observability::from_env`](crate::Observability::from_env).
///
/// ```
/// use std::net::SocketAddr;
///
/// use chronoscope::Observability;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let observability = Observability::builder()
///     .metrics(|m| m.prometheus(SocketAddr::from(([127, 0, 0, 1], 0)))) // a free port
///     .install()?;
/// assert!(observability.prometheus_address().is_some());
/// observability.shutdown();
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
#[must_use = "a builder does nothing until it is returned"]
pub struct MetricsBuilder {
    naming: Naming,
    namespace_label: Option<NamespaceLabel>,
    invalid_label: Option<InvalidNamespaceLabel>,
    limits: CardinalityLimits,
    activity_types: Vec<String>,
    recorders: Vec<SharedRecorder>,
    panics: Panics,
    #[cfg(feature = "prometheus")]
    prometheus: Destinations<Prometheus>,
    #[cfg(feature = "otlp")]
    otlp: Destinations<Otlp>,
}

/// The errors of setting up metrics.
#[derive(Debug)]
pub(crate) enum MetricsError {
    NamespaceLabel(InvalidNamespaceLabel),
    #[cfg(feature = "prometheus")]
    Prometheus(PrometheusError),
    #[cfg(feature = "otlp")]
    Otlp(OtlpError),
}

impl MetricsBuilder {
    /// Serves all metrics to Prometheus: the core's, chronoscope's, and those of users' macros.
    /// Default: not served.
    ///
    /// An address that can't be bound is an error of `install`: [`PrometheusError`]. One of the
    /// environment is only warned of.
    #[cfg(feature = "prometheus")]
    pub fn prometheus(mut self, endpoint: impl Into<Prometheus>) -> Self {
        self.prometheus.by_program = vec![endpoint.into()];
        self
    }

    /// Sends all metrics to an OpenTelemetry collector. Call it again to add another one. Default:
    /// not sent.
    ///
    /// An invalid endpoint is an error of `install`: [`OtlpError`]. A collector that does not
    /// respond is not an error: exports are retried, and failures are counted.
    #[cfg(feature = "otlp")]
    pub fn otlp(mut self, collector: impl Into<Otlp>) -> Self {
        self.otlp.by_program.push(collector.into());
        self
    }

    /// Adds a recorder that receives all metrics: the core's, chronoscope's, and those of users'
    /// macros. Default: none.
    ///
    /// A recorder that panics loses that recording, and fails no task. Its panics are counted in
    /// [`Health::recorder_panics`](crate::Health::recorder_panics).
    pub fn recorder(mut self, recorder: impl Recorder + Send + Sync + 'static) -> Self {
        let shield = Shield::new(recorder, &self.panics);
        self.recorders.push(Arc::new(shield));
        self
    }

    /// Adds an OpenTelemetry provider that receives all metrics: the core's, chronoscope's, and
    /// those of users' macros. Default: none.
    ///
    /// They are under the scope `chronoscope`, with the provider's resource, readers and views.
    /// Flush the provider yourself: [`shutdown`](crate::Observability::shutdown) does not. Its SDK
    /// merges what is more than 2,000 series of a metric, unless a view says otherwise. Panics are
    /// caught and counted as those of a [`recorder`](Self::recorder).
    ///
    /// Metrics of your own that you record through OpenTelemetry's API pass the gate by
    /// [`Observability::meter_provider`](crate::Observability::meter_provider).
    pub fn meter_provider(self, provider: impl MeterProvider + Send + Sync + 'static) -> Self {
        self.recorder(OtelRecorder::over(provider))
    }

    /// Sets how metrics are named. Default: by Prometheus's conventions.
    pub fn naming(mut self, naming: Naming) -> Self {
        self.naming = naming;
        self
    }

    /// Sets what the label `namespace` is called on all metrics, those of the SDK's core included.
    /// Default: `namespace`.
    ///
    /// Where Prometheus finds processes by their pods, `namespace` is that of the pod, and this one
    /// becomes `exported_namespace` unless `honorLabels` is set. Boards and rules for another name
    /// are written by `cargo run -p chronoscope-dashboards -- --namespace-label NAME`.
    ///
    /// A name that is not letters, digits and `_`, or that another label has, is an error of
    /// `install`: [`InvalidNamespaceLabel`].
    pub fn namespace_label(mut self, name: impl AsRef<str>) -> Self {
        match NamespaceLabel::named(name.as_ref()) {
            Ok(label) => self.namespace_label = Some(label),
            Err(error) => self.invalid_label = Some(error),
        }
        self
    }

    /// Sets the limits on series. Default: [`CardinalityLimits::default`].
    pub fn limits(mut self, limits: CardinalityLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Declares the activity types that this process runs, so that their counters start at zero. By
    /// default a type's counters appear with its first execution.
    ///
    /// The SDK exposes the workflow types of a worker, but not its activity types.
    pub fn activity_types<T: Into<String>>(mut self, types: impl IntoIterator<Item = T>) -> Self {
        let types = types.into_iter().map(Into::into);
        self.activity_types.extend(types);
        self
    }

    /// Returns a builder with the settings of the environment.
    pub(crate) fn from_env(warnings: &mut Warnings) -> Result<Self, InvalidEnv> {
        let mut metrics = Self::default();
        if let Some(naming) = read(own::METRIC_NAMING)? {
            metrics.naming = naming;
        }
        metrics.namespace_label = read(own::NAMESPACE_LABEL)?;
        let known = [
            ("prometheus", cfg!(feature = "prometheus")),
            ("otlp", cfg!(feature = "otlp")),
        ];
        let _asked = Exporters::of(&METRICS, &known, warnings);
        #[cfg(feature = "prometheus")]
        if _asked.prometheus {
            metrics.prometheus.by_environment = Some(Prometheus::from_env(warnings));
        }
        #[cfg(feature = "otlp")]
        if _asked.otlp {
            metrics.otlp.by_environment = Some(Otlp::default());
        }
        Ok(metrics)
    }

    /// Returns whether metrics have somewhere to go.
    pub(crate) fn is_on(&self) -> bool {
        let is_on = !self.recorders.is_empty();
        #[cfg(feature = "prometheus")]
        let is_on = is_on || !self.prometheus.is_empty();
        #[cfg(feature = "otlp")]
        let is_on = is_on || !self.otlp.is_empty();
        is_on
    }

    /// Opens the outputs of metrics: ports and channels.
    #[cfg_attr(
        not(all(feature = "prometheus", feature = "otlp")),
        allow(unused_variables, unused_mut, reason = "no exporter is compiled")
    )]
    pub(crate) fn open(
        self,
        threads: &mut ExportThreads,
        warnings: &mut Warnings,
    ) -> Result<Options, MetricsError> {
        if let Some(error) = self.invalid_label {
            return Err(MetricsError::NamespaceLabel(error));
        }
        let mut options = Options {
            naming: self.naming,
            limits: self.limits.namespace_label(self.namespace_label.as_ref()),
            namespace_label: self.namespace_label,
            activity_types: self.activity_types,
            recorders: self.recorders,
            panics: self.panics,
            ..Options::default()
        };
        #[cfg(feature = "prometheus")]
        let is_of_program = !self.prometheus.by_program.is_empty();
        #[cfg(feature = "prometheus")]
        for endpoint in self.prometheus.chosen() {
            match options.exports.prometheus(&endpoint, threads) {
                Ok(recorder) => options.recorders.push(Arc::new(recorder)),
                Err(error) if is_of_program => return Err(MetricsError::Prometheus(error)),
                // Telemetry never keeps a worker from starting.
                Err(error) => {
                    let why = crate::env::chain(&error);
                    warnings.note(format!(
                        "metrics are not served: {why}; OTEL_EXPORTER_PROMETHEUS_HOST and \
                         OTEL_EXPORTER_PROMETHEUS_PORT set the address"
                    ));
                }
            }
        }
        #[cfg(feature = "otlp")]
        for collector in self.otlp.chosen() {
            let opened = options.exports.open(collector, threads, warnings);
            opened.map_err(MetricsError::Otlp)?;
        }
        Ok(options)
    }
}

impl fmt::Debug for MetricsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("MetricsBuilder");
        debug
            .field("naming", &self.naming)
            .field("namespace_label", &self.namespace_label)
            .field("limits", &self.limits)
            .field("activity_types", &self.activity_types)
            .field("recorders", &self.recorders.len());
        #[cfg(feature = "prometheus")]
        debug.field("prometheus", &self.prometheus);
        #[cfg(feature = "otlp")]
        debug.field("otlp", &self.otlp);
        debug.finish()
    }
}
