//! Requests and responses as layers see them.

use bytes::Bytes;
use http::{
    HeaderMap, Method, Uri, Version,
    header::AsHeaderName,
    uri::{Authority, PathAndQuery, Scheme},
};
use temporalio_client::callback_based::GrpcRequest;
use tower::{BoxError, util::BoxCloneSyncService};

/// A gRPC call: `/service/method` is its path, metadata its headers, the encoded message its body.
///
/// It can be cloned, and sent again.
pub type Request = http::Request<Bytes>;

/// The response to a call: metadata and trailers are its headers, the encoded message its body.
pub type Response = http::Response<Bytes>;

/// A service that responds to calls. A status other than OK is the error: a
/// [`Status`](temporalio_client::tonic::Status), boxed.
pub type RpcService = BoxCloneSyncService<Request, Response, BoxError>;

/// The target of calls, from the options of a connection.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    scheme: Scheme,
    authority: Authority,
}

impl Origin {
    /// Returns the origin of a target, or `None` if it has none.
    pub(super) fn of(target: &str) -> Option<Self> {
        let parts = target.parse::<Uri>().ok()?.into_parts();
        let authority = parts.authority?;
        let has_port = authority.port().is_some();
        let scheme = parts.scheme?;
        let authority = match (has_port, scheme == Scheme::HTTPS) {
            (true, _) => authority,
            // The default port of a scheme is omitted, but still a port.
            (false, true) => format!("{authority}:443").parse().ok()?,
            (false, false) => format!("{authority}:80").parse().ok()?,
        };
        Some(Self { scheme, authority })
    }

    /// Makes the call that the client asks for.
    pub(super) fn call(&self, request: GrpcRequest) -> Option<Request> {
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        call(parts, request)
    }
}

/// Makes a call without a target, which the connection adds.
pub(super) fn bare(request: GrpcRequest) -> Option<Request> {
    call(http::uri::Parts::default(), request)
}

fn call(mut parts: http::uri::Parts, request: GrpcRequest) -> Option<Request> {
    let mut path = String::with_capacity(request.service.len() + request.rpc.len() + 2);
    path.push('/');
    path.push_str(&request.service);
    path.push('/');
    path.push_str(&request.rpc);
    parts.path_and_query = Some(PathAndQuery::from_maybe_shared(Bytes::from(path)).ok()?);

    let mut call = http::Request::new(request.proto);
    *call.method_mut() = Method::POST;
    *call.version_mut() = Version::HTTP_2;
    *call.uri_mut() = Uri::from_parts(parts).ok()?;
    *call.headers_mut() = request.headers;
    Some(call)
}

/// Returns the method of a call with its service, as OpenTelemetry names it.
pub(super) fn method(request: &Request) -> &str {
    request.uri().path().trim_start_matches('/')
}

/// Splits a method from its service.
pub(super) fn split(method: &str) -> (&str, &str) {
    method.rsplit_once('/').unwrap_or((method, ""))
}

/// Returns the text of a header, or empty text.
pub(super) fn text(headers: &HeaderMap, name: impl AsHeaderName) -> &str {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}
