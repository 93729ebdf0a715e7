//! The server over a socket, and as a program.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use chronoscope_testserver::TestServer;
use temporalio_client::tonic::{Code, Request};
use temporalio_common::protos::{
    grpc::health::v1::HealthCheckRequest,
    temporal::api::workflowservice::v1::{
        PauseWorkflowExecutionRequest, SignalWorkflowExecutionRequest,
    },
};

use crate::{
    sdk::{Sleeper, end, start, work},
    support::{World, complete, connect, connect_to, text},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_serves_the_sdk_with_gzip() {
    let server = TestServer::start().await;
    let address = server.listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    // The client compresses by default.
    let connection = connect_to(&address.to_string()).await.unwrap();
    let mut health = connection.health_service();
    let request = HealthCheckRequest {
        service: "temporal.api.workflowservice.v1.WorkflowService".to_owned(),
    };
    let checked = health.check(Request::new(request)).await.unwrap();
    assert_eq!(checked.into_inner().status, 1);
    work(connection, 100, async |client| {
        let handle = start(&client, Sleeper::run, "over-a-socket", 0).await;
        assert_eq!(end(&handle).await, 0);
    })
    .await;
    server.shutdown().await;
    assert!(connect_to(&address.to_string()).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_taken_is_an_error() {
    let server = TestServer::start().await;
    let address = server.listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let error = server.listen(address).await.unwrap_err();
    assert_eq!(error.to_string(), "can't listen on the address");
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn reflection_names_the_services() {
    use tonic_reflection::pb::v1::{
        ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
        server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
    };
    let server = TestServer::start().await;
    let address = server.listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let channel = tonic::transport::Endpoint::from_shared(format!("http://{address}")).unwrap();
    let mut client = ServerReflectionClient::new(channel.connect().await.unwrap());
    let request = ServerReflectionRequest {
        message_request: Some(MessageRequest::ListServices(String::new())),
        ..Default::default()
    };
    let stream = client
        .server_reflection_info(futures::stream::iter([request]))
        .await;
    let answer = stream
        .unwrap()
        .into_inner()
        .message()
        .await
        .unwrap()
        .unwrap();
    let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else {
        panic!("{answer:?}");
    };
    let names: Vec<_> = list
        .service
        .into_iter()
        .map(|service| service.name)
        .collect();
    assert!(
        names.contains(&"temporal.api.workflowservice.v1.WorkflowService".to_owned()),
        "{names:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn too_large_a_message_is_refused_both_ways() {
    let server = TestServer::start().await;
    let address = server.listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    for connection in [
        connect(&server).await,
        connect_to(&address.to_string()).await.unwrap(),
    ] {
        let world = World::new(connection, "large");
        let request = |bytes: usize| SignalWorkflowExecutionRequest {
            namespace: "default".to_owned(),
            workflow_execution: world.execution(),
            signal_name: "large".to_owned(),
            input: text(&"x".repeat(bytes)),
            ..Default::default()
        };
        let mut service = world.service();
        let sent = service
            .signal_workflow_execution(Request::new(request(5 << 20)))
            .await;
        assert_eq!(sent.unwrap_err().code(), Code::ResourceExhausted);
        let sent = service
            .signal_workflow_execution(Request::new(request(3 << 20)))
            .await;
        assert_eq!(sent.unwrap_err().code(), Code::InvalidArgument);
        let sent = service
            .signal_workflow_execution(Request::new(request(1 << 20)))
            .await;
        assert_eq!(sent.unwrap_err().code(), Code::NotFound);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_served_says_so() {
    let server = TestServer::start().await;
    let address = server.listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    for connection in [
        connect(&server).await,
        connect_to(&address.to_string()).await.unwrap(),
    ] {
        let mut service = connection.workflow_service();
        let request = PauseWorkflowExecutionRequest::default();
        let status = service
            .pause_workflow_execution(Request::new(request))
            .await
            .unwrap_err();
        assert_eq!(status.code(), Code::Unimplemented);
        assert!(
            status.message().contains("PauseWorkflowExecution"),
            "{status:?}"
        );
    }
}

/// The program, killed when dropped.
pub(crate) struct Program(Child, pub(crate) String);

impl Program {
    pub(crate) fn run(flags: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_chronoscope-testserver"))
            .args(flags)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut address)
            .unwrap();
        Self(child, address.trim().to_owned())
    }

    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_prints_its_address_and_takes_the_java_servers_flags() {
    let free = || {
        std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port()
            .to_string()
    };
    let port = free();
    for flags in [
        &["--listen", "127.0.0.1:0", "--skip-time"][..],
        &[port.as_str(), "--enable-time-skipping"],
    ] {
        let program = Program::run(flags);
        let world = World::new(connect_to(&program.1).await.unwrap(), "program");
        world.start().await;
        world
            .turn(vec![crate::support::timer("1", 3_600_000)])
            .await;
        world.turn(vec![complete("done")]).await;
    }
}
