//! Sends each call to the service that it names.
//!
//! tonic's own router would bring a web framework.

use std::convert::Infallible;

use http::{Request, Response};
use tonic::{Status, body::Body, server::NamedService};
use tower::{
    Service,
    steer::Steer,
    util::{BoxCloneService, service_fn},
};

type Served = BoxCloneService<Request<Body>, Response<Body>, Infallible>;

/// Services by their names. A call of none of them is answered with `UNIMPLEMENTED`.
pub(super) struct Routes {
    /// The first has no name.
    names: Vec<&'static str>,
    services: Vec<Served>,
}

impl Routes {
    pub(super) fn new() -> Self {
        let unknown = service_fn(async |_| Ok(Status::unimplemented("").into_http()));
        Self {
            names: vec![""],
            services: vec![Served::new(unknown)],
        }
    }

    pub(super) fn add<S>(mut self, service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + 'static,
        S::Future: Send + 'static,
    {
        self.names.push(S::NAME);
        self.services.push(Served::new(service));
        self
    }

    /// Returns all of them as one.
    pub(super) fn into_service(
        self,
    ) -> impl Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send> + Clone
    {
        let Self { names, services } = self;
        Steer::new(services, move |call: &Request<Body>, _: &[Served]| {
            let service = call.uri().path().split('/').nth(1).unwrap_or_default();
            let found = names.iter().position(|name| *name == service);
            found.unwrap_or(0)
        })
    }
}
