//! The JSON object in the header, as a carrier of OpenTelemetry's propagators.

use std::collections::BTreeMap;

use opentelemetry::propagation::Injector;
use serde_json::{Map, Value};

/// The names of the fields that are read.
pub(super) const PARENT: &str = "traceparent";
pub(super) const STATE: &str = "tracestate";
pub(super) const BAGGAGE: &str = "baggage";
/// The edge over which the trace is handed on. Only chronoscope writes it; other readers ignore
/// unknown fields.
pub(super) const EDGE: &str = "chronoscope-edge";

const NAMES: [&str; 4] = [PARENT, STATE, BAGGAGE, EDGE];

/// The fields that a propagator writes, in the order in which Python and Go write them.
#[derive(Default)]
pub(super) struct Carrier(BTreeMap<&'static str, String>);

impl Carrier {
    /// Returns `None` for an empty carrier.
    pub(super) fn to_json(&self) -> Option<Vec<u8>> {
        if self.0.is_empty() {
            return None;
        }
        serde_json::to_vec(&self.0).ok()
    }
}

impl Injector for Carrier {
    fn set(&mut self, key: &str, value: String) {
        let name = NAMES.into_iter().find(|name| *name == key);
        // The other SDKs leave out an empty trace state.
        if let Some(name) = name
            && !value.is_empty()
        {
            self.0.insert(name, value);
        }
    }
}

/// The values of the fields in [`NAMES`], in that order; all others are dropped.
pub(super) struct Fields([Option<Value>; NAMES.len()]);

impl Fields {
    /// Reads an object, and ignores other fields.
    pub(super) fn from_json(json: &[u8]) -> Option<Self> {
        let mut object: Map<String, Value> = serde_json::from_slice(json).ok()?;
        Some(Self(NAMES.map(|name| object.remove(name))))
    }

    /// Returns the fields with non-empty text, in the order of [`NAMES`].
    pub(super) fn texts(&self) -> [Option<&str>; NAMES.len()] {
        self.0.each_ref().map(|field| {
            let text = field.as_ref().and_then(Value::as_str);
            text.filter(|text| !text.is_empty())
        })
    }

    /// Returns whether there is a field that is not text.
    pub(super) fn has_others(&self) -> bool {
        self.0.iter().flatten().any(|field| !field.is_string())
    }
}
