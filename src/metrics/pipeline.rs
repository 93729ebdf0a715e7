//! The pipeline from recorders to exporters.

use std::{fmt, sync::Arc};

use metrics::NoopRecorder;

use super::{
    CardinalityLimits, FacadeMeter, GaugeTable, LimitCardinality, Measures, MeterProvider, Naming,
    Panics, ReadBy, Refusals, ReplayRecorder, SharedRecorder, cardinality::NamespaceLabel,
    export::Exports, fanout::Fanout,
};

/// The opened outputs of metrics, before anything is recorded.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) naming: Naming,
    pub(crate) limits: CardinalityLimits,
    pub(super) namespace_label: Option<NamespaceLabel>,
    pub(crate) activity_types: Vec<String>,
    pub(crate) recorders: Vec<SharedRecorder>,
    pub(crate) panics: Panics,
    pub(crate) exports: Exports,
}

impl Options {
    /// Builds the pipeline: all metrics go into one recorder with bounded label sets, which passes
    /// them to each output.
    #[cfg_attr(
        not(feature = "otlp"),
        expect(unused_mut, reason = "nothing is started")
    )]
    pub(crate) fn build(mut self) -> Pipeline {
        #[cfg(feature = "otlp")]
        self.recorders
            .extend(self.exports.start(self.limits.most_series()));
        let gauges = Arc::<GaugeTable>::default();
        let meter = |inner: SharedRecorder| {
            let gauges = gauges.clone();
            FacadeMeter::new(ReadBy { gauges, inner }, self.naming)
        };
        let inputs = (!self.recorders.is_empty()).then(|| {
            let fanout = Fanout::new(self.recorders);
            let limited = LimitCardinality::with_naming(fanout, self.limits, self.naming);
            let counts = limited.counts();
            let recorder: SharedRecorder = Arc::new(limited);
            Inputs {
                counts,
                meter: meter(recorder.clone()),
                measures: Measures::new(recorder.clone(), self.naming, self.activity_types),
                recorder,
            }
        });
        Pipeline {
            inputs,
            unmeasured: meter(Arc::new(NoopRecorder)),
            gauges,
            refusals: Refusals::default(),
            panics: self.panics,
            namespace_label: self.namespace_label,
            exports: self.exports,
        }
    }
}

/// The pipeline from recorders to exporters.
pub(crate) struct Pipeline {
    inputs: Option<Inputs>,
    /// The core's meter when metrics have nowhere to go.
    unmeasured: FacadeMeter,
    gauges: Arc<GaugeTable>,
    refusals: Refusals,
    panics: Panics,
    namespace_label: Option<NamespaceLabel>,
    pub(crate) exports: Exports,
}

/// The inputs of the pipeline.
struct Inputs {
    recorder: SharedRecorder,
    meter: FacadeMeter,
    measures: Measures,
    counts: Arc<super::Counts>,
}

impl Pipeline {
    /// Returns the core's meter, if metrics have somewhere to go or introspection reads the gauges.
    pub(crate) fn meter(&self) -> Option<&FacadeMeter> {
        match &self.inputs {
            Some(inputs) => Some(&inputs.meter),
            None => self.gauges.is_on().then_some(&self.unmeasured),
        }
    }

    /// Returns the table of the core's gauges.
    #[cfg(any(feature = "introspect", feature = "prometheus"))]
    pub(crate) fn gauges(&self) -> &Arc<GaugeTable> {
        &self.gauges
    }

    /// Returns how many values of labels were folded, series dropped, and the like.
    pub(crate) fn series(&self) -> super::SeriesCounts {
        let inputs = self.inputs.as_ref();
        inputs.map_or_else(Default::default, |inputs| inputs.counts.so_far())
    }

    /// Returns the measures, if metrics have somewhere to go.
    pub(crate) fn measures(&self) -> Option<&Measures> {
        self.inputs.as_ref().map(|inputs| &inputs.measures)
    }

    /// Returns the recorder of users' own metrics.
    pub(crate) fn user_recorder(&self) -> ReplayRecorder<SharedRecorder> {
        match &self.inputs {
            Some(inputs) => {
                let (recorder, refusals) = (inputs.recorder.clone(), self.refusals.clone());
                ReplayRecorder::with(recorder, refusals, self.namespace_label.clone())
            }
            None => ReplayRecorder::new(Arc::new(NoopRecorder)),
        }
    }

    /// Returns the user's provider of instruments, behind the gate.
    pub(crate) fn meter_provider(
        &self,
        theirs: impl opentelemetry::metrics::MeterProvider + Send + Sync + 'static,
    ) -> MeterProvider {
        MeterProvider::new(theirs, self.namespace_label.as_ref(), &self.panics)
    }

    /// Returns the number of gauge changes that were refused in workflow code.
    pub(crate) fn gauge_changes_refused(&self) -> u64 {
        self.refusals.count()
    }

    /// Returns how often a recorder of the user's panicked.
    pub(crate) fn recorder_panics(&self) -> u64 {
        self.panics.count()
    }

    /// Returns whether metrics have somewhere to go.
    pub(crate) fn is_on(&self) -> bool {
        self.inputs.is_some()
    }

    /// Sets the process's recorder, if metrics have somewhere to go.
    pub(crate) fn install(&self) -> Result<(), RecorderAlreadySet> {
        if self.inputs.is_none() {
            return Ok(());
        }
        metrics::set_global_recorder(self.user_recorder())
            .map_err(|_| RecorderAlreadySet { _private: () })
    }
}

/// The error of installing a metrics recorder when the process already has one.
#[derive(Debug)]
pub struct RecorderAlreadySet {
    _private: (),
}

impl RecorderAlreadySet {
    /// Checks that the process has no recorder.
    pub(crate) fn check() -> Result<(), Self> {
        // The default recorder has size zero, and thread-local recorders don't count. A set
        // recorder of size zero is found when chronoscope's is set.
        let is_set = || metrics::with_recorder(|now| size_of_val(now) > 0);
        match std::thread::spawn(is_set).join() {
            Ok(false) => Ok(()),
            _ => Err(Self { _private: () }),
        }
    }
}

impl fmt::Display for RecorderAlreadySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "cannot install the global `metrics` recorder: the process has one already. If \
             chronoscope set it, clone that `Observability`; if not, call `Builder::build`, and \
             wrap that one in a `ReplayRecorder`",
        )
    }
}

impl std::error::Error for RecorderAlreadySet {}
