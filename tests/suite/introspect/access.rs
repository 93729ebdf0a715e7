//! Who may read.

use std::{error::Error as _, net::TcpListener, time::Duration};

use chronoscope::{
    Observability,
    introspect::{
        ServeError, introspect,
        v1::{GetHealthRequest, introspect_client::IntrospectClient},
    },
};
use tonic::{
    Code, Request, Status,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity as Bears},
};

use super::{anywhere, channel, client, serve};
use crate::rpc::proxy::{Authority, Identity};

const DOMAIN: &str = "worker.test";

async fn health(channel: Channel, authorization: Option<&str>) -> Result<(), Status> {
    let mut request = Request::new(GetHealthRequest {});
    if let Some(authorization) = authorization {
        let metadata = request.metadata_mut();
        metadata.insert("authorization", authorization.parse().unwrap());
    }
    let answer = IntrospectClient::new(channel).get_health(request).await;
    answer.map(drop)
}

#[tokio::test]
async fn an_outside_address_takes_credentials() {
    let observability = Observability::builder().build();
    let authority = Authority::new();
    let own = authority.sign(DOMAIN);
    for outside in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let (_handle, server) = introspect(&observability);
        let error = server
            .address(outside.parse().unwrap())
            .serve()
            .unwrap_err();
        assert!(matches!(error, ServeError::Unprotected(_)), "{error:?}");
        let error = error.to_string();
        for part in [
            outside,
            "`Server::token`",
            "`Server::client_ca`",
            "loopback",
        ] {
            assert!(error.contains(part), "{error}");
        }
    }
    // A certificate of the server's own says nothing of its callers, and nothing is no token.
    let outside = "0.0.0.0:0".parse().unwrap();
    let (_handle, server) = introspect(&observability);
    let tls = server.address(outside).tls(&own.certificate, &own.key);
    assert!(matches!(tls.serve(), Err(ServeError::Unprotected(_))));
    let (_handle, server) = introspect(&observability);
    let empty = server.address(outside).token("").serve();
    assert!(matches!(empty, Err(ServeError::Unprotected(_))));
    // Inside of the machine nothing is asked for, however its address is spelled.
    let (_handle, server) = introspect(&observability);
    let mapped = server.address("[::ffff:127.0.0.1]:0".parse().unwrap());
    assert!(!matches!(mapped.serve(), Err(ServeError::Unprotected(_))));
}

#[tokio::test]
async fn a_token_is_asked_for_by_every_service() {
    let observability = Observability::builder().build();
    let (_handle, server) = introspect(&observability);
    let outside = "0.0.0.0:0".parse().unwrap();
    let address = server
        .address(outside)
        .token("open sesame")
        .serve()
        .unwrap();
    let inside = ([127, 0, 0, 1], address.port()).into();
    let channel = channel(inside).await;
    for wrong in [
        None,
        Some("open sesame"),
        Some("Bearer open sesam"),
        Some("Bearer open sesame "),
        Some("Bearer"),
        Some("Bearer OPEN SESAME"),
    ] {
        let refused = health(channel.clone(), wrong).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unauthenticated, "{wrong:?}");
        assert!(refused.message().contains("Bearer"), "{refused}");
    }
    health(channel.clone(), Some("Bearer open sesame"))
        .await
        .unwrap();
    // Nor do health and reflection answer to a stranger.
    for path in [
        "/grpc.health.v1.Health/Check",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    ] {
        let answer = super::fuzz::call(channel.clone(), path, Vec::new()).await;
        assert_eq!(answer.unwrap_err().code(), Code::Unauthenticated, "{path}");
    }
}

/// A caller who trusts an authority, and may have a certificate.
async fn by_tls(port: u16, root: &Authority, own: Option<&Identity>) -> Result<Channel, String> {
    let mut tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(&root.certificate))
        .domain_name(DOMAIN);
    if let Some(own) = own {
        tls = tls.identity(Bears::from_pem(&own.certificate, &own.key));
    }
    let endpoint = Endpoint::from_shared(format!("https://127.0.0.1:{port}")).unwrap();
    let endpoint = endpoint.tls_config(tls).unwrap();
    let channel = endpoint.connect().await;
    channel.map_err(|error| format!("{error:?}"))
}

#[tokio::test]
async fn mutual_tls_lets_in_whom_the_authority_signed() {
    let observability = Observability::builder().build();
    let (servers, clients, strangers) = (Authority::new(), Authority::new(), Authority::new());
    let own = servers.sign(DOMAIN);
    let (_handle, server) = introspect(&observability);
    let address = server
        .address("0.0.0.0:0".parse().unwrap())
        .tls(&own.certificate, &own.key)
        .client_ca(&clients.certificate)
        .serve()
        .unwrap();
    let port = address.port();
    let known = clients.sign("operator");
    let channel = by_tls(port, &servers, Some(&known)).await.unwrap();
    health(channel, None).await.unwrap();
    let (stranger, late) = (strangers.sign("operator"), clients.sign_expired("operator"));
    for wrong in [None, Some(&stranger), Some(&late)] {
        // Under TLS 1.3 the refusal may come with the first call.
        let refused = match by_tls(port, &servers, wrong).await {
            Ok(channel) => health(channel, None)
                .await
                .map_err(|error| error.to_string()),
            Err(error) => Err(error),
        };
        assert!(refused.is_err());
    }
    assert!(by_tls(port, &strangers, Some(&known)).await.is_err());
}

#[tokio::test]
async fn what_cannot_be_served_is_said() {
    let observability = Observability::builder().build();
    let held = TcpListener::bind(anywhere()).unwrap();
    let address = held.local_addr().unwrap();
    let (_handle, server) = introspect(&observability);
    let error = server.address(address).serve().unwrap_err();
    assert!(matches!(error, ServeError::Address(_)), "{error:?}");
    assert!(error.to_string().contains(&address.to_string()), "{error}");
    assert!(error.source().unwrap().to_string().contains("in use"));

    let (handle, server) = introspect(&observability);
    drop(handle);
    let error = server.address(anywhere()).serve().unwrap_err();
    assert!(error.source().unwrap().to_string().contains("handle"));

    let authority = Authority::new();
    let (_handle, server) = introspect(&observability);
    let error = server.address(anywhere()).client_ca(&authority.certificate);
    let error = error.serve().unwrap_err();
    assert!(matches!(error, ServeError::Tls(_)), "{error:?}");
    assert!(error.to_string().contains("`Server::tls`"), "{error}");
    let (_handle, server) = introspect(&observability);
    let error = server.address(anywhere()).tls("nonsense", "nonsense");
    let error = error.serve().unwrap_err();
    assert!(matches!(error, ServeError::Tls(_)), "{error:?}");
    assert!(error.to_string().contains("PEM"), "{error}");
}

/// How many connections are served at the same time.
const CONNECTIONS: usize = 64;

#[tokio::test]
async fn connections_are_bounded_and_a_place_that_is_free_is_taken() {
    let observability = Observability::builder().build();
    let (_handle, address) = serve(&observability);
    let idle: Vec<_> = (0..CONNECTIONS)
        .map(|_| std::net::TcpStream::connect(address).unwrap())
        .collect();
    let mut waits = Box::pin(async { health(channel(address).await, None).await });
    // This can only be too short to find out, never too long.
    let early = tokio::time::timeout(Duration::from_millis(300), &mut waits).await;
    assert!(early.is_err(), "one more is served: {early:?}");
    drop(idle);
    waits.await.unwrap();
}

#[tokio::test]
async fn it_serves_until_the_handle_is_dropped() {
    let observability = Observability::builder().build();
    let (handle, address) = serve(&observability);
    let mut stream = client(address).await;
    let stream = stream.watch_health(super::WatchHealthRequest {
        pace: super::often(),
    });
    let mut stream = stream.await.unwrap().into_inner();
    assert_eq!(
        stream
            .message()
            .await
            .unwrap()
            .unwrap()
            .tick
            .unwrap()
            .number,
        1
    );
    drop(handle);
    while let Ok(Some(_)) = stream.message().await {}
    while std::net::TcpStream::connect_timeout(&address, Duration::from_secs(5)).is_ok() {
        tokio::task::yield_now().await;
    }
}
