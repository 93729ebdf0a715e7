//! Headers of requests. Their values are secrets: nothing in this module shows one.

use std::fmt;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, header::AUTHORIZATION};
use percent_encoding::percent_decode_str;
use tonic::{Request, Status, metadata::MetadataMap};

/// The replacement of a secret.
const HIDDEN: &str = "…";

/// Parts of a header's value with at least this length are never shown.
const SECRET: usize = 6;

/// Headers, each name once.
#[derive(Clone, Default)]
pub(super) struct Headers(HeaderMap);

impl Headers {
    /// Sets a header, and replaces an earlier one. Returns whether it is valid.
    pub(super) fn set(&mut self, name: &str, value: &str) -> bool {
        let name = HeaderName::from_bytes(name.as_bytes());
        let (Ok(name), Ok(mut value)) = (name, HeaderValue::from_str(value)) else {
            return false;
        };
        value.set_sensitive(true);
        self.0.insert(name, value);
        true
    }

    /// Sets the authorization of user and password in a URL, unless one is set.
    pub(super) fn authorize(&mut self, userinfo: &str) {
        if self.0.contains_key(AUTHORIZATION) {
            return;
        }
        let userinfo: Vec<u8> = percent_decode_str(userinfo).collect();
        let encoded = BASE64_STANDARD.encode(userinfo);
        self.set(AUTHORIZATION.as_str(), &format!("Basic {encoded}"));
    }

    /// Sets all headers of another list, and replaces earlier ones.
    pub(super) fn extend(&mut self, others: Self) {
        for (name, value) in others.0 {
            if let Some(name) = name {
                self.0.insert(name, value);
            }
        }
    }

    /// Reads a list in the format of OpenTelemetry's variables: `name=value,other=value`, values
    /// percent-encoded. Also returns the invalid entries.
    pub(super) fn read(list: &str) -> (Self, Vec<NoHeader>) {
        let (mut headers, mut wrong) = (Self::default(), Vec::new());
        let entries = list.split(',').map(str::trim).enumerate();
        for (n, entry) in entries.filter(|(_, entry)| !entry.is_empty()) {
            let set = entry.split_once('=').is_some_and(|(name, value)| {
                let value = percent_decode_str(value.trim()).decode_utf8();
                value.is_ok_and(|value| headers.set(name.trim(), &value))
            });
            if !set {
                wrong.push(NoHeader { entry: n + 1 });
            }
        }
        (headers, wrong)
    }

    /// Adds these to a request that already has the exporter's own.
    pub(super) fn put_on(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.0 {
            headers.insert(name.clone(), value.clone());
        }
    }

    /// The same, for gRPC.
    pub(super) fn intercept(&self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let metadata = std::mem::take(request.metadata_mut());
        let mut headers = metadata.into_headers();
        self.put_on(&mut headers);
        *request.metadata_mut() = MetadataMap::from_headers(headers);
        Ok(request)
    }

    /// Returns a text without the values of these headers, in case a response quotes them.
    pub(super) fn hide(&self, text: &str) -> String {
        let values = self.0.values().filter_map(|value| value.to_str().ok());
        let secrets = values.flat_map(|value| value.split_whitespace().chain([value]));
        let secrets = secrets.filter(|secret| secret.len() >= SECRET);
        secrets.fold(text.to_owned(), |text, secret| text.replace(secret, HIDDEN))
    }
}

/// Shows only the names.
impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The error of an invalid entry, without showing the entry.
#[derive(Debug)]
pub(super) struct NoHeader {
    entry: usize,
}

impl fmt::Display for NoHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "entry {} of the list is no header; expected name=value,other=value with values \
             percent-encoded",
            self.entry
        )
    }
}

impl std::error::Error for NoHeader {}
