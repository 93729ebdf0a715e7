//! Collectors that take spans and log records, and keep none, or fail to take them.

use std::{net::SocketAddr, time::Duration};

use opentelemetry_proto::tonic::collector::{
    logs::v1::{
        ExportLogsServiceRequest, ExportLogsServiceResponse,
        logs_service_server::{LogsService, LogsServiceServer},
    },
    trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
};
use tokio::net::TcpListener;
use tonic::{
    Request, Response, Status,
    transport::{Server, server::TcpIncoming},
};

use super::routes::Routes;

/// What is wrong with a collector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    #[allow(dead_code, reason = "for benchmarks")]
    None,
    /// It takes each batch within a second.
    #[allow(dead_code, reason = "for benchmarks")]
    Slow,
    /// Nobody listens.
    Down,
    /// It takes connections and never answers.
    Silent,
    /// It says RESOURCE_EXHAUSTED.
    Refusing,
}

impl Fault {
    /// Starts such a collector, and returns where.
    pub async fn start(self) -> String {
        if self == Self::Down {
            return "http://127.0.0.1:1".to_owned();
        }
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = TcpListener::bind(anywhere).await.unwrap();
        let address = listener.local_addr().unwrap();
        match self {
            Self::Silent => drop(tokio::spawn(accept(listener))),
            _ => {
                let services = Routes::new()
                    .add(TraceServiceServer::new(Answers(self)))
                    .add(LogsServiceServer::new(Answers(self)))
                    .into_service();
                let incoming = TcpIncoming::from(listener);
                tokio::spawn(Server::builder().serve_with_incoming(services, incoming));
            }
        }
        format!("http://{address}")
    }
}

/// Takes connections, and holds them.
async fn accept(listener: TcpListener) {
    let mut held = Vec::new();
    while let Ok((connection, _)) = listener.accept().await {
        held.push(connection);
    }
}

struct Answers(Fault);

impl Answers {
    async fn answer<T: Default>(&self) -> Result<Response<T>, Status> {
        match self.0 {
            Fault::Refusing => return Err(Status::resource_exhausted("on purpose")),
            Fault::Slow => tokio::time::sleep(Duration::from_secs(1)).await,
            _ => {}
        }
        Ok(Response::new(T::default()))
    }
}

#[tonic::async_trait]
impl TraceService for Answers {
    async fn export(
        &self,
        _: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.answer().await
    }
}

#[tonic::async_trait]
impl LogsService for Answers {
    async fn export(
        &self,
        _: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        self.answer().await
    }
}
