//! The address to send to, parsed from user input.

use std::{error::Error, fmt};

use http::Uri;

use super::Protocol;

/// An address as written, which may contain a password: it is shown without one.
#[derive(Clone, Default)]
pub(super) struct Written(pub(super) String);

impl Written {
    /// Returns the address without user, password and query, or nothing if they can't be separated.
    pub(super) fn shown(&self) -> String {
        let text = &*self.0;
        if !text.contains(['@', '?', '#']) {
            return text.to_owned();
        }
        let parsed = text.parse::<Uri>().ok();
        let shown = parsed.filter(|_| !is_ambiguous(text)).and_then(|uri| {
            let host = without_user(uri.authority()?.as_str());
            let port = host.rsplit_once(':').map_or("", |(_, port)| port);
            let is_clear = host.ends_with(']') || port.bytes().all(|digit| digit.is_ascii_digit());
            let path = if uri.path() == "/" { "" } else { uri.path() };
            is_clear.then(|| format!("{}://{host}{path}", uri.scheme_str().unwrap_or("http")))
        });
        shown.unwrap_or_else(|| "…".to_owned())
    }
}

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.shown(), f)
    }
}

/// Returns whether a password may stand where no parser looks for one: it ends at a `#`, and at a `/`
/// or `?` before its `@`.
fn is_ambiguous(text: &str) -> bool {
    let whole = text.split_once("://").map_or(text, |(_, whole)| whole);
    let target = whole.find(['/', '?']).map_or("", |at| &whole[at..]);
    whole.contains('#') || target.contains('@')
}

fn without_user(authority: &str) -> &str {
    authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host)
}

/// How to read an address.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) protocol: Protocol,
    /// The signal's path, if there is one.
    pub(super) path: Option<(&'static str, Adds)>,
    /// What an address without a scheme means.
    pub(super) schemeless: Schemeless,
}

/// When a signal's path is added.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Adds {
    Always,
    WithoutAnother,
    Never,
}

/// The meaning of an address without a scheme.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Schemeless {
    Refused,
    Tls,
    Clear,
}

/// The address to send to.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    /// The complete address, except user and password.
    pub(super) url: String,
    /// The address as it may be shown.
    pub(super) shown: String,
    pub(super) is_tls: bool,
    /// Whether TLS is used because there is no scheme.
    pub(super) is_tls_by_default: bool,
    pub(super) userinfo: Option<String>,
}

impl Reading {
    /// Reads an address. The error says what is missing.
    pub(super) fn read(self, written: &Written) -> Result<Endpoint, Box<dyn Error + Send + Sync>> {
        let text = written.0.trim();
        let has_scheme = text.contains("://");
        let whole = match (has_scheme, self.schemeless, self.protocol) {
            (false, Schemeless::Tls, Protocol::Grpc) => format!("https://{text}"),
            (false, Schemeless::Clear, Protocol::Grpc) => format!("http://{text}"),
            _ => text.to_owned(),
        };
        if is_ambiguous(text) {
            return Err(
                "percent-encode reserved characters in the parts of the address: `#` as %23, `/` as %2F, \
                 `?` as %3F, `@` as %40"
                    .into(),
            );
        }
        let uri: Uri = whole.parse()?;
        let is_tls = uri.scheme_str() == Some("https");
        let authority = match (uri.scheme_str(), uri.authority()) {
            (Some("http" | "https"), Some(authority)) if !authority.host().is_empty() => {
                authority.as_str()
            }
            _ => {
                return Err(
                    "it needs a host and, before it, http:// (no TLS) or https://; for gRPC the \
                            scheme may be left out if `Collector::insecure` says which"
                        .into(),
                );
            }
        };
        let host = without_user(authority);
        let userinfo = authority.rsplit_once('@').map(|(user, _)| user.to_owned());
        let scheme = if is_tls { "https" } else { "http" };
        let target = self.target(&uri);
        let url = format!("{scheme}://{host}{target}");
        // The result must be an address, too.
        let _: Uri = url.parse()?;
        Ok(Endpoint {
            shown: Written(url.clone()).shown(),
            url,
            is_tls,
            is_tls_by_default: is_tls && !has_scheme,
            userinfo,
        })
    }

    /// Returns path and query.
    fn target(self, uri: &Uri) -> String {
        let query = uri
            .query()
            .map_or(String::new(), |query| format!("?{query}"));
        let path = uri.path().trim_end_matches('/');
        match self.path {
            Some((own, Adds::Always)) => format!("{path}{own}{query}"),
            Some((own, Adds::WithoutAnother)) if path.is_empty() => format!("{own}{query}"),
            Some(_) => format!("{}{query}", uri.path()),
            None => format!("{path}{query}"),
        }
    }
}
