//! Collectors that take neither spans nor log records.

use std::net::SocketAddr;

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

/// Why a collector takes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
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
            _ => drop(tokio::spawn(
                Server::builder()
                    .add_service(TraceServiceServer::new(Refuses))
                    .add_service(LogsServiceServer::new(Refuses))
                    .serve_with_incoming(TcpIncoming::from(listener)),
            )),
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

struct Refuses;

#[tonic::async_trait]
impl TraceService for Refuses {
    async fn export(
        &self,
        _: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        Err(Status::resource_exhausted("on purpose"))
    }
}

#[tonic::async_trait]
impl LogsService for Refuses {
    async fn export(
        &self,
        _: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        Err(Status::resource_exhausted("on purpose"))
    }
}
