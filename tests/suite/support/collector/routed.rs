//! Several services on one socket.

use std::convert::Infallible;

use tonic::codegen::http::{Request, Response};
use tonic::{body::Body, server::NamedService};
use tower::{Service, steer::Steer, util::BoxCloneService};

pub type Served = BoxCloneService<Request<Body>, Response<Body>, Infallible>;

/// A service and its name.
pub fn named<S>(service: S) -> (&'static str, Served)
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
        + NamedService
        + Clone
        + Send
        + 'static,
    S::Future: Send + 'static,
{
    (S::NAME, Served::new(service))
}

/// Calls each by its name.
pub fn routed<const N: usize>(
    services: [(&'static str, Served); N],
) -> impl Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send> + Clone
{
    let names = services.each_ref().map(|(name, _)| *name);
    let services = services.map(|(_, service)| service);
    Steer::new(services, move |call: &Request<Body>, _: &[Served]| {
        let called = call.uri().path();
        let is_called = |name: &&str| called.starts_with(&format!("/{name}/"));
        names.iter().position(is_called).unwrap()
    })
}
