//! The server, from its bound address to its shutdown.

use std::net::SocketAddr;

use tokio::net::TcpListener;
use tonic::{Request, service::InterceptorLayer, transport};
use tonic_reflection::server as reflection;

use super::{
    asked::Asked,
    connections::{admit, connections},
    guard::Token,
    routes::Routes,
    service::Service,
    v1::{DESCRIPTORS, introspect_server::IntrospectServer},
};
use crate::{export::ExportThread, observability::Process};

/// The largest request in bytes. Requests of this service are small.
const REQUEST_BYTES: usize = 64 * 1024;

/// A bound address, with the server for it.
pub(crate) struct Bound {
    pub(super) address: SocketAddr,
    pub(super) token: Token,
    pub(super) transport: transport::Server,
    pub(super) listener: TcpListener,
    pub(super) thread: ExportThread,
    pub(super) server: Asked,
}

/// A running server, which ends when this is dropped, or before.
#[derive(Debug)]
pub(crate) struct Serving {
    address: SocketAddr,
    thread: ExportThread,
}

impl Serving {
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn shutdown(&self) {
        self.thread.end();
    }
}

impl Bound {
    /// Starts to serve a process's data.
    pub(crate) fn serve(self, process: Process) -> Serving {
        let Self {
            address,
            token,
            transport,
            listener,
            thread,
            server: asked,
        } = self;
        let (incoming, accepts) = connections(listener);
        thread.spawn(accepts);
        let watched = process.watched.clone();
        // Takes over events even without a reader.
        thread.keep_up(move || watched.events.take_over());
        let service = IntrospectServer::new(Service::new(process, asked))
            .max_decoding_message_size(REQUEST_BYTES);
        let server = transport.layer(InterceptorLayer::new(move |call: Request<()>| {
            token.check(call).inspect(admit)
        }));
        thread.spawn(async move {
            let (reporter, health) = tonic_health::server::health_reporter();
            reporter.set_serving::<IntrospectServer<Service>>().await;
            let mut routes = Routes::new().add(service).add(health);
            // The descriptors are compiled in: a test reads them.
            if let Ok(v1) = described().build_v1() {
                routes = routes.add(v1);
            }
            if let Ok(v1alpha) = described().build_v1alpha() {
                routes = routes.add(v1alpha);
            }
            let served = server.serve_with_incoming(routes.into_service(), incoming);
            if let Err(error) = served.await {
                tracing::error!(%address, %error, "introspection ended; the worker continues");
            }
        });
        Serving { address, thread }
    }
}

fn described() -> reflection::Builder<'static> {
    reflection::Builder::configure()
        .register_encoded_file_descriptor_set(DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
}
