use std::collections::BTreeMap;

use opentelemetry::propagation::{Extractor, Injector};

/// What a propagator writes and reads, in the order in which the other SDKs write it.
#[derive(Default)]
pub(super) struct Carrier(BTreeMap<String, String>);

impl Carrier {
    pub(super) fn to_json(&self) -> Option<Vec<u8>> {
        if self.0.is_empty() {
            return None;
        }
        serde_json::to_vec(&self.0).ok()
    }

    pub(super) fn from_json(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok().map(Self)
    }

    pub(super) fn names_a_span(&self) -> bool {
        self.0.contains_key("traceparent")
    }
}

impl Injector for Carrier {
    fn set(&mut self, key: &str, value: String) {
        // The other SDKs leave out a trace state that is empty.
        if !value.is_empty() {
            self.0.insert(key.to_owned(), value);
        }
    }
}

impl Extractor for Carrier {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }
}
