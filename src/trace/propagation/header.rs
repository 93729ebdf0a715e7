//! The header in the SDK's types: the one place here that knows them.

use std::collections::HashMap;

use temporalio_common::protos::temporal::api::common::v1::{Header, Payload};

/// The header's name.
pub(crate) const KEY: &str = "_tracer-data";

const ENCODING: &str = "encoding";
const JSON: &[u8] = b"json/plain";

/// The headers of a call.
pub(crate) trait Headers {
    /// Returns the trace's header: `None` if there is none, and empty if it is not JSON.
    fn trace(&self) -> Option<&[u8]>;

    /// Sets the trace's header.
    fn set_trace(&mut self, json: Vec<u8>);
}

impl Headers for HashMap<String, Payload> {
    fn trace(&self) -> Option<&[u8]> {
        let payload = find(self, KEY)?;
        let is_json = find(&payload.metadata, ENCODING).is_some_and(|encoding| encoding == JSON);
        Some(if is_json { &payload.data } else { &[] })
    }

    fn set_trace(&mut self, json: Vec<u8>) {
        let payload = Payload {
            metadata: HashMap::from([(ENCODING.to_owned(), JSON.to_vec())]),
            data: json,
            ..Default::default()
        };
        self.insert(KEY.to_owned(), payload);
    }
}

impl Headers for Option<Header> {
    fn trace(&self) -> Option<&[u8]> {
        self.as_ref()?.fields.trace()
    }

    fn set_trace(&mut self, json: Vec<u8>) {
        self.get_or_insert_default().fields.set_trace(json);
    }
}

/// Finds a value by its name. Scanning the few values costs less than one hash.
fn find<'a, T>(map: &'a HashMap<String, T>, name: &str) -> Option<&'a T> {
    const FEW: usize = 4;
    if map.len() > FEW {
        return map.get(name);
    }
    map.iter()
        .find_map(|(known, value)| (known == name).then_some(value))
}
