use std::collections::BTreeMap;

use opentelemetry::propagation::{Extractor, Injector};
use serde_json::{Map, Value};

/// The names of the fields that are ours to read.
pub(super) const PARENT: &str = "traceparent";
pub(super) const STATE: &str = "tracestate";
pub(super) const BAGGAGE: &str = "baggage";

/// What a propagator writes and reads: in the order in which Python and Go write it.
#[derive(Default)]
pub(super) struct Carrier(BTreeMap<&'static str, String>);

impl Carrier {
    /// Returns nothing for a carrier that holds nothing.
    pub(super) fn to_json(&self) -> Option<Vec<u8>> {
        if self.0.is_empty() {
            return None;
        }
        serde_json::to_vec(&self.0).ok()
    }

    /// Reads an object, whatever it holds under other names, and says whether all under ours was
    /// text.
    pub(super) fn from_json(json: &[u8]) -> Option<(Self, bool)> {
        let mut fields: Map<String, Value> = serde_json::from_slice(json).ok()?;
        let (mut carrier, mut is_text) = (Self::default(), true);
        for name in [PARENT, STATE, BAGGAGE] {
            match fields.remove(name) {
                Some(Value::String(text)) => carrier.set(name, text),
                Some(_) => is_text = false,
                None => {}
            }
        }
        Some((carrier, is_text))
    }
}

impl Injector for Carrier {
    fn set(&mut self, key: &str, value: String) {
        let name = [PARENT, STATE, BAGGAGE]
            .into_iter()
            .find(|name| *name == key);
        // The other SDKs leave out a trace state that is empty.
        if let Some(name) = name
            && !value.is_empty()
        {
            self.0.insert(name, value);
        }
    }
}

impl Extractor for Carrier {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().copied().collect()
    }
}
