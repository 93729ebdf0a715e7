//! The provider whose instruments are behind the gate.

use std::{fmt, sync::Arc};

use opentelemetry::{
    InstrumentationScope,
    metrics::{
        self as api, AsyncInstrumentBuilder, Counter, Gauge, Histogram, HistogramBuilder,
        InstrumentBuilder, InstrumentProvider, Meter, NoopMeterProvider, ObservableCounter,
        ObservableGauge, ObservableUpDownCounter, UpDownCounter,
    },
};

use super::{attributes::Names, instrument::Gated};
use crate::metrics::{Panics, cardinality::NamespaceLabel};

/// A provider of OpenTelemetry's instruments, such as the SDK's, around which the gate stands:
/// [`Observability::meter_provider`](crate::Observability::meter_provider) wraps yours.
///
/// Pass it to any function that takes a [`MeterProvider`](api::MeterProvider): OpenTelemetry's
/// `global::set_meter_provider`, or a library. Names, descriptions, units, boundaries and scopes
/// reach your provider as they are.
///
/// # Attributes
///
/// What is recorded in workflow code has the attributes `namespace`, `task_queue` and
/// `workflow_type`; in activities `namespace`, `task_queue` and `activity_type`; elsewhere none. An
/// instrument can be made anywhere: the recording counts. That holds for bound instruments, too,
/// which are fastest where they were bound. An attribute of the same name from the caller wins.
/// Your provider bounds the others.
///
/// # Replay
///
/// Recordings of counters, up-down counters, histograms and gauges pass the gate as those of the
/// [macros](crate::metrics) do: once, however often the code is replayed. A worker that takes over
/// a run adds to an up-down counter of its own, so that only the sum over workers is right.
/// Callbacks of observable instruments run outside any execution and pass as they are; make
/// those instruments outside workflow code.
///
/// # Cost
///
/// A suppressed recording is a read of a thread local. Outside an execution one that counts costs
/// little more than without the wrapper; inside one the attributes are copied into a reused buffer,
/// and your provider looks them up. A panic of your provider is caught, and counted in
/// [`Health::recorder_panics`](crate::Health::recorder_panics).
#[derive(Clone)]
pub struct MeterProvider {
    inner: Arc<dyn api::MeterProvider + Send + Sync>,
    names: Names,
    panics: Panics,
}

impl MeterProvider {
    pub(in crate::metrics) fn new(
        inner: impl api::MeterProvider + Send + Sync + 'static,
        namespace: Option<&NamespaceLabel>,
        panics: &Panics,
    ) -> Self {
        Self {
            inner: Arc::new(inner),
            names: Names::new(namespace),
            panics: panics.clone(),
        }
    }
}

impl api::MeterProvider for MeterProvider {
    fn meter_with_scope(&self, scope: InstrumentationScope) -> Meter {
        let make = || self.inner.meter_with_scope(scope);
        Meter::new(Arc::new(Instruments {
            meter: self.panics.caught(make).unwrap_or_else(nothing),
            names: self.names.clone(),
            panics: self.panics.clone(),
        }))
    }
}

impl fmt::Debug for MeterProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MeterProvider").finish_non_exhaustive()
    }
}

/// Returns a meter whose instruments do nothing.
fn nothing() -> Meter {
    api::MeterProvider::meter(&NoopMeterProvider::new(), "chronoscope")
}

/// Makes instruments of the user's meter, and puts the gate around them.
struct Instruments {
    meter: Meter,
    names: Names,
    panics: Panics,
}

impl Instruments {
    /// Makes an instrument with the user's meter, or if that panics with one that does nothing.
    fn made<I>(&self, make: impl Fn(&Meter) -> I) -> I {
        let made = self.panics.caught(|| make(&self.meter));
        made.unwrap_or_else(|| make(&nothing()))
    }

    fn gated<I>(&self, name: &str, make: impl Fn(&Meter) -> I) -> Arc<Gated<I>> {
        let made = self.made(make);
        Arc::new(Gated::new(made, name, &self.names, &self.panics))
    }
}

/// Copies the settings of a builder.
macro_rules! with_settings {
    ($to:expr, $from:ident) => {{
        let mut to = $to;
        to.description.clone_from(&$from.description);
        to.unit.clone_from(&$from.unit);
        to
    }};
}

macro_rules! recording {
    ($($name:ident: $kind:ident<$number:ty>),* $(,)?) => {
        $(fn $name(&self, given: InstrumentBuilder<'_, $kind<$number>>) -> $kind<$number> {
            $kind::new(self.gated(&given.name, |meter| with_settings!(meter.$name(given.name.clone()), given).build()))
        })*
    };
}

macro_rules! histogram {
    ($($name:ident: $number:ty),*) => {
        $(fn $name(&self, given: HistogramBuilder<'_, Histogram<$number>>) -> Histogram<$number> {
            Histogram::new(self.gated(&given.name, |meter| {
                let mut builder = with_settings!(meter.$name(given.name.clone()), given);
                builder.boundaries.clone_from(&given.boundaries);
                builder.build()
            }))
        })*
    };
}

macro_rules! observable {
    ($($name:ident: $kind:ident<$number:ty>),* $(,)?) => {
        $(fn $name(
            &self,
            given: AsyncInstrumentBuilder<'_, $kind<$number>, $number>,
        ) -> $kind<$number> {
            let made = self.panics.caught(|| {
                let mut builder = with_settings!(self.meter.$name(given.name.clone()), given);
                builder.callbacks = given.callbacks;
                builder.build()
            });
            made.unwrap_or_else($kind::new)
        })*
    };
}

impl InstrumentProvider for Instruments {
    recording! {
        u64_counter: Counter<u64>,
        f64_counter: Counter<f64>,
        i64_up_down_counter: UpDownCounter<i64>,
        f64_up_down_counter: UpDownCounter<f64>,
        u64_gauge: Gauge<u64>,
        i64_gauge: Gauge<i64>,
        f64_gauge: Gauge<f64>,
    }

    histogram!(u64_histogram: u64, f64_histogram: f64);

    observable! {
        u64_observable_counter: ObservableCounter<u64>,
        f64_observable_counter: ObservableCounter<f64>,
        i64_observable_up_down_counter: ObservableUpDownCounter<i64>,
        f64_observable_up_down_counter: ObservableUpDownCounter<f64>,
        u64_observable_gauge: ObservableGauge<u64>,
        i64_observable_gauge: ObservableGauge<i64>,
        f64_observable_gauge: ObservableGauge<f64>,
    }
}
