//! Recordings that wait until their workflow task is accepted.

use metrics::{Counter, Gauge, Histogram};

use crate::commit::{Kind, Lane, Marks, emit_each, holding};

/// A recording that waits.
pub(super) enum Recording {
    Increment(Counter, u64),
    Absolute(Counter, u64),
    Record(Histogram, f64, usize),
    Set(Gauge, f64),
    /// Of another kind of instrument.
    Other(Box<dyn FnOnce() + Send>),
}

impl Recording {
    /// Holds the recording, or makes it if there is nothing to hold it.
    pub(super) fn hold(self) {
        let mut held = Some(self);
        let is_held = holding(Kind::Recording, |ledger| {
            let add = |lane: &mut Recordings| lane.0.extend(held.take());
            ledger.push(0, |_| true, Recordings::default, add);
        });
        if let (None, Some(recording)) = (is_held, held) {
            recording.make();
        }
    }

    fn make(self) {
        match self {
            Self::Increment(counter, value) => counter.increment(value),
            Self::Absolute(counter, value) => counter.absolute(value),
            Self::Record(histogram, value, 1) => histogram.record(value),
            Self::Record(histogram, value, count) => histogram.record_many(value, count),
            Self::Set(gauge, value) => gauge.set(value),
            Self::Other(make) => make(),
        }
    }
}

/// The recordings of a workflow task.
#[derive(Default)]
struct Recordings(Vec<Recording>);

impl Lane for Recordings {
    fn kind(&self) -> Kind {
        Kind::Recording
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn release(self: Box<Self>, _: &Marks) {
        emit_each(self.0, Recording::make);
    }
}
