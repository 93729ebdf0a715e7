use std::{fmt, sync::Arc};

use metrics::NoopRecorder;

use super::{
    Board, CardinalityLimits, FacadeMeter, Fanout, LimitCardinality, Measures, Naming, ReadBy,
    ReplayRecorder, SharedRecorder, export::Exports,
};

/// What a builder is told of metrics.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) naming: Naming,
    pub(crate) limits: CardinalityLimits,
    pub(crate) activity_types: Vec<String>,
    pub(crate) recorders: Vec<SharedRecorder>,
    pub(crate) exports: Exports,
}

impl Options {
    /// Puts together what was asked for: everybody records into one recorder with bounded label
    /// sets, which passes on to each of those that were given.
    pub(crate) fn build(self) -> Pipeline {
        let board = Arc::<Board>::default();
        let meter = |inner: SharedRecorder| {
            let board = board.clone();
            FacadeMeter::new(ReadBy { board, inner }, self.naming)
        };
        let inputs = (!self.recorders.is_empty()).then(|| {
            let fanout = Fanout::new(self.recorders);
            let limited = LimitCardinality::with_naming(fanout, self.limits, self.naming);
            #[cfg(feature = "introspect")]
            let folds = limited.folds();
            let recorder: SharedRecorder = Arc::new(limited);
            Inputs {
                #[cfg(feature = "introspect")]
                folds,
                meter: meter(recorder.clone()),
                measures: Measures::new(recorder.clone(), self.naming, self.activity_types),
                recorder,
            }
        });
        if let Some(inputs) = &inputs {
            self.exports.measure(&inputs.measures);
        }
        Pipeline {
            inputs,
            unmeasured: meter(Arc::new(NoopRecorder)),
            board,
            exports: self.exports,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("naming", &self.naming)
            .field("limits", &self.limits)
            .field("activity_types", &self.activity_types)
            .field("recorders", &self.recorders.len())
            .field("exports", &self.exports)
            .finish()
    }
}

/// From those who record to where it goes.
pub(crate) struct Pipeline {
    inputs: Option<Inputs>,
    /// The core's meter where metrics have nowhere to go.
    unmeasured: FacadeMeter,
    board: Arc<Board>,
    pub(crate) exports: Exports,
}

/// Those who record.
struct Inputs {
    recorder: SharedRecorder,
    meter: FacadeMeter,
    measures: Measures,
    #[cfg(feature = "introspect")]
    folds: Arc<super::FoldCounts>,
}

impl Pipeline {
    /// Returns the core's meter, if metrics have somewhere to go or somebody reads the board.
    pub(crate) fn meter(&self) -> Option<&FacadeMeter> {
        match &self.inputs {
            Some(inputs) => Some(&inputs.meter),
            None => self.board.is_on().then_some(&self.unmeasured),
        }
    }

    /// Returns what the core's gauges are read by.
    #[cfg(feature = "introspect")]
    pub(crate) fn board(&self) -> &Arc<Board> {
        &self.board
    }

    /// Returns how many values of labels were folded and series dropped.
    #[cfg(feature = "introspect")]
    pub(crate) fn folds(&self) -> super::Folds {
        let inputs = self.inputs.as_ref();
        inputs.map_or_else(Default::default, |inputs| inputs.folds.so_far())
    }

    /// Returns what measures, if metrics have somewhere to go.
    pub(crate) fn measures(&self) -> Option<&Measures> {
        self.inputs.as_ref().map(|inputs| &inputs.measures)
    }

    /// Returns the recorder of users' own metrics.
    pub(crate) fn user_recorder(&self) -> ReplayRecorder<SharedRecorder> {
        match &self.inputs {
            Some(inputs) => {
                let refused = &inputs.measures.health().gauge_changes_refused;
                ReplayRecorder::counting_refusals(inputs.recorder.clone(), refused.clone())
            }
            None => ReplayRecorder::new(Arc::new(NoopRecorder)),
        }
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

/// The error of installing a metrics recorder where there is one already.
#[derive(Debug)]
pub struct RecorderAlreadySet {
    _private: (),
}

impl fmt::Display for RecorderAlreadySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "cannot install the global `metrics` recorder: the process has one already; call \
             `Builder::build` instead, and wrap that one in a `ReplayRecorder`",
        )
    }
}

impl std::error::Error for RecorderAlreadySet {}
