//! A collector that takes all spans and log records.

use std::net::{Ipv4Addr, SocketAddr};

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
use tonic::{
    Request, Response, Status,
    transport::{Server, server::TcpIncoming},
};

struct Takes;

#[tonic::async_trait]
impl TraceService for Takes {
    async fn export(
        &self,
        _: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl LogsService for Takes {
    async fn export(
        &self,
        _: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        Ok(Response::new(ExportLogsServiceResponse::default()))
    }
}

/// Starts it, and returns its endpoint and what serves it.
pub async fn collector() -> (String, impl Future<Output = ()>) {
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listener = tokio::net::TcpListener::bind(anywhere).await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let serves = Server::builder()
        .add_service(TraceServiceServer::new(Takes))
        .add_service(LogsServiceServer::new(Takes))
        .serve_with_incoming(TcpIncoming::from(listener));
    (endpoint, async { serves.await.unwrap() })
}
