//! Instruments that ask the gate at each recording, and add the attributes of what executes.

use std::{
    any::Any,
    hash::{DefaultHasher, Hash, Hasher as _},
    sync::{Arc, OnceLock},
};

use opentelemetry::{
    KeyValue,
    metrics::{BoundSyncInstrument, Counter, Gauge, Histogram, SyncInstrument, UpDownCounter},
};

use super::attributes::{Attributes, Names};
use crate::metrics::{Panics, gated::gated, held::Recording};

/// An instrument of the user's that records what the gate admits.
#[derive(Clone)]
pub(super) struct Gated<I> {
    inner: I,
    /// Its name, by which recordings are compared.
    name: Arc<str>,
    names: Names,
    panics: Panics,
}

impl<I> Gated<I> {
    pub(super) fn new(inner: I, name: &str, names: &Names, panics: &Panics) -> Self {
        let (names, panics) = (names.clone(), panics.clone());
        Self {
            inner,
            name: name.into(),
            names,
            panics,
        }
    }
}

impl<I> Gated<I> {
    /// Returns what tells a recording from others.
    fn what<T: Copy + 'static>(&self, value: T, attributes: &[KeyValue]) -> u64 {
        let mut hasher = DefaultHasher::new();
        (&*self.name, attributes).hash(&mut hasher);
        let value: &dyn Any = &value;
        if let Some(value) = value.downcast_ref::<f64>() {
            value.to_bits().hash(&mut hasher);
        }
        value.downcast_ref::<u64>().hash(&mut hasher);
        value.downcast_ref::<i64>().hash(&mut hasher);
        hasher.finish()
    }

    /// Returns the same recording, with the attributes of what executes now.
    fn later<T>(&self, value: T, attributes: &[KeyValue]) -> Recording
    where
        T: Copy + Send + 'static,
        I: Records<T>,
    {
        Attributes::current().join(&self.names, attributes, |joined| {
            let (inner, panics) = (self.inner.clone(), self.panics.clone());
            let joined = joined.to_vec();
            Recording::Other(Box::new(move || {
                panics.caught(|| inner.record(value, &joined));
            }))
        })
    }
}

/// Records with the attributes that were bound to it.
type ToRecord<T> = Box<dyn Fn(T) + Send + Sync>;

/// An instrument of OpenTelemetry's, of any kind.
pub(super) trait Records<T>: Clone + Send + Sync + 'static {
    fn record(&self, value: T, attributes: &[KeyValue]);

    fn bound(&self, attributes: &[KeyValue]) -> ToRecord<T>;
}

macro_rules! records {
    ($($kind:ident by $record:ident),*) => {
        $(impl<T: Clone + 'static> Records<T> for $kind<T> {
            fn record(&self, value: T, attributes: &[KeyValue]) {
                self.$record(value, attributes);
            }

            fn bound(&self, attributes: &[KeyValue]) -> ToRecord<T> {
                let bound = self.bind(attributes);
                Box::new(move |value| bound.$record(value))
            }
        })*
    };
}

records!(Counter by add, UpDownCounter by add, Histogram by record, Gauge by record);

impl<T: Copy + Send + 'static, I: Records<T>> SyncInstrument<T> for Gated<I> {
    fn measure(&self, value: T, attributes: &[KeyValue]) {
        gated(
            || self.what(value, attributes),
            || {
                Attributes::current().join(&self.names, attributes, |joined| {
                    self.panics.caught(|| self.inner.record(value, joined));
                });
            },
            || self.later(value, attributes),
        );
    }

    fn bind(&self, attributes: &[KeyValue]) -> Box<dyn BoundSyncInstrument<T> + Send + Sync> {
        Box::new(Bound {
            instrument: self.clone(),
            attributes: attributes.into(),
            execution: Attributes::current().to_vec(),
            bound: OnceLock::new(),
        })
    }
}

/// An instrument with attributes bound to it, and those of what executed then.
struct Bound<T, I> {
    instrument: Gated<I>,
    attributes: Box<[KeyValue]>,
    execution: Vec<KeyValue>,
    /// Made with the first recording: the SDK exports what is bound and never recorded, a gauge as
    /// zero.
    bound: OnceLock<ToRecord<T>>,
}

impl<T: Copy + Send + 'static, I: Records<T>> BoundSyncInstrument<T> for Bound<T, I> {
    fn measure(&self, value: T) {
        gated(
            || self.instrument.what(value, &self.attributes),
            || self.record(value),
            || self.instrument.later(value, &self.attributes),
        );
    }
}

impl<T: Copy + Send + 'static, I: Records<T>> Bound<T, I> {
    fn record(&self, value: T) {
        let current = Attributes::current();
        let Gated {
            inner,
            names,
            panics,
            ..
        } = &self.instrument;
        if current.are(&self.execution) {
            let bind = || current.join(names, &self.attributes, |joined| inner.bound(joined));
            panics.caught(|| (self.bound.get_or_init(bind))(value));
            return;
        }
        // It was bound elsewhere, such as when the process started.
        current.join(names, &self.attributes, |joined| {
            panics.caught(|| inner.record(value, joined));
        });
    }
}
