//! The attributes that an execution adds to what instruments record.

use std::{cell::Cell, sync::Arc};

use opentelemetry::{Key, KeyValue, Value};

use crate::{
    execution::{Info, with_current},
    metrics::{
        cardinality::{NamespaceLabel, names::label_identity},
        labels::{is_plain, named},
    },
    schema::Label,
};

/// The attributes of an execution, if there is one.
pub(super) struct Attributes(Option<Arc<Info>>);

/// The attributes as they are kept with what executes.
struct Kept(Vec<KeyValue>);

/// What the attribute `namespace` is called, if it is called otherwise.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    namespace: Option<Key>,
}

thread_local! {
    /// A buffer for those of a recording.
    static JOINED: Cell<Vec<KeyValue>> = const { Cell::new(Vec::new()) };
}

impl Names {
    pub(super) fn new(namespace: Option<&NamespaceLabel>) -> Self {
        Self {
            namespace: namespace.map(|label| Key::from(label.name().clone())),
        }
    }

    /// Returns an attribute under its name.
    fn name(&self, own: &KeyValue) -> KeyValue {
        let is_namespace = own.key.as_str() == Label::Namespace.name();
        let renamed = self.namespace.as_ref().filter(|_| is_namespace);
        let key = renamed.unwrap_or(&own.key);
        KeyValue::new(key.clone(), own.value.clone())
    }
}

impl Attributes {
    /// Returns those of the current execution.
    pub(super) fn current() -> Self {
        Self(with_current(|execution| execution.info().clone()))
    }

    fn own(&self) -> &[KeyValue] {
        let kept = self.0.as_ref().map(|info| {
            let make = || {
                let labels = named(info.operation().kind(), info.fields());
                let attribute = |(name, value): (&'static str, Arc<str>)| {
                    KeyValue::new(name, Value::from(value))
                };
                Kept(labels.map(attribute).collect())
            };
            info.get_or_insert_with(make)
        });
        kept.map_or(&[], |Kept(own)| own)
    }

    /// Returns whether these are the same.
    pub(super) fn are(&self, others: &[KeyValue]) -> bool {
        self.own() == others
    }

    pub(super) fn to_vec(&self) -> Vec<KeyValue> {
        self.own().to_vec()
    }

    /// Passes on the given attributes together with these. One that becomes the same in some
    /// backend, such as `workflow.type`, wins.
    pub(super) fn join<T>(
        &self,
        names: &Names,
        given: &[KeyValue],
        next: impl FnOnce(&[KeyValue]) -> T,
    ) -> T {
        let own = self.own();
        if own.is_empty() {
            return next(given);
        }
        let mut joined = JOINED.take();
        joined.clear();
        joined.extend(own.iter().map(|own| names.name(own)));
        joined.retain(|own| !is_given(own.key.as_str(), given));
        joined.extend_from_slice(given);
        let passed = next(&joined);
        joined.clear();
        JOINED.set(joined);
        passed
    }
}

fn is_given(own: &str, given: &[KeyValue]) -> bool {
    let mut given = given.iter().map(|given| given.key.as_str());
    given.any(|given| given == own || !is_plain(given) && label_identity(given) == own)
}
