//! Who may read introspection.

use std::{
    error::Error as _,
    io::ErrorKind,
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use chronoscope::{
    Observability, SetupError,
    introspect::{
        IntrospectBuilder, ServeError,
        v1::{GetHealthRequest, introspect_client::IntrospectClient},
    },
};
use tonic::{
    Code, Request, Status,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity as Bears},
};

use super::{anywhere, channel, client, serve};
use crate::rpc::proxy::{Authority, Identity};
use crate::support::moment;

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

/// Sets introspection up, and returns it with its address.
fn set_up(
    set: impl FnOnce(IntrospectBuilder) -> IntrospectBuilder,
) -> Result<(Observability, SocketAddr), ServeError> {
    match Observability::builder().introspect(set).build() {
        Ok(observability) => {
            let address = observability.introspect_address().unwrap();
            Ok((observability, address))
        }
        Err(SetupError::Introspect(error)) => Err(error),
        Err(error) => panic!("{error}"),
    }
}

/// The same for what can be set up.
fn set_up_from(
    builder: chronoscope::Builder,
    set: impl FnOnce(IntrospectBuilder) -> IntrospectBuilder,
) -> (Observability, SocketAddr) {
    let observability = builder.introspect(set).build().unwrap();
    let address = observability.introspect_address().unwrap();
    (observability, address)
}

#[tokio::test]
async fn an_outside_address_takes_credentials() {
    let authority = Authority::new();
    let own = authority.sign(DOMAIN);
    let outside = || SocketAddr::from(([0, 0, 0, 0], 0));
    for outside in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let address: SocketAddr = outside.parse().unwrap();
        let error = set_up(|i| i.listen(address)).unwrap_err();
        assert!(matches!(error, ServeError::Unprotected(_)), "{error:?}");
        let error = error.to_string();
        for part in [
            outside,
            "`IntrospectBuilder::token`",
            "`IntrospectBuilder::client_ca`",
            "loopback",
        ] {
            assert!(error.contains(part), "{error}");
        }
    }
    // A server certificate does not authenticate callers, and an empty token is not a token.
    let tls = set_up(|i| i.listen(outside()).tls(&own.certificate, &own.key));
    assert!(matches!(tls, Err(ServeError::Unprotected(_))));
    for address in [outside(), anywhere()] {
        let empty = set_up(|i| i.listen(address).token("")).unwrap_err();
        assert!(matches!(empty, ServeError::Token(_)), "{empty:?}");
        assert!(empty.to_string().contains("empty token"), "{empty}");
    }
    // On the loopback interface no credentials are required, however its address is written.
    let mapped: SocketAddr = "[::ffff:127.0.0.1]:0".parse().unwrap();
    let mapped = set_up(|i| i.listen(mapped));
    assert!(!matches!(mapped, Err(ServeError::Unprotected(_))));
}

#[tokio::test]
async fn a_token_is_asked_for_by_every_service() {
    let (_observability, address) =
        set_up(|i| i.listen(([0, 0, 0, 0], 0)).token("open sesame")).unwrap();
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
    let (servers, clients, strangers) = (Authority::new(), Authority::new(), Authority::new());
    let own = servers.sign(DOMAIN);
    let (_observability, address) = set_up(|i| {
        i.listen(([0, 0, 0, 0], 0))
            .tls(&own.certificate, &own.key)
            .client_ca(&clients.certificate)
    })
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
    let held = TcpListener::bind(anywhere()).unwrap();
    let address = held.local_addr().unwrap();
    let error = set_up(|i| i.listen(address)).unwrap_err();
    assert!(matches!(error, ServeError::Address(..)), "{error:?}");
    assert!(error.to_string().contains(&address.to_string()), "{error}");
    assert!(error.source().unwrap().to_string().contains("in use"));

    let authority = Authority::new();
    let error = set_up(|i| i.listen(anywhere()).client_ca(&authority.certificate)).unwrap_err();
    assert!(matches!(error, ServeError::Tls(..)), "{error:?}");
    assert!(
        error.to_string().contains("`IntrospectBuilder::tls`"),
        "{error}"
    );
    let error = set_up(|i| i.listen(anywhere()).tls("nonsense", "nonsense")).unwrap_err();
    assert!(matches!(error, ServeError::Tls(..)), "{error:?}");
    assert!(error.to_string().contains("PEM"), "{error}");
}

/// How many connections are served at the same time.
const CONNECTIONS: usize = 64;

#[tokio::test]
async fn connections_are_bounded_and_those_that_may_read_keep_their_place() {
    let builder = Observability::builder();
    let (observability, address) = set_up_from(builder, |i| i.listen(anywhere()).token("secret"));
    let reader = channel(address).await;
    let bearer = Some("Bearer secret");
    health(reader.clone(), bearer).await.unwrap();
    let mut idle: Vec<_> = (0..2 * CONNECTIONS)
        .map(|_| std::net::TcpStream::connect(address).unwrap())
        .collect();
    // Whoever comes next is served, and whoever was admitted is not among those that gave way.
    health(channel(address).await, bearer).await.unwrap();
    health(reader, bearer).await.unwrap();
    let is_closed = |stream: &mut std::net::TcpStream| {
        stream.set_nonblocking(true).unwrap();
        // The server's settings may come first.
        let read = std::io::copy(stream, &mut std::io::sink());
        !matches!(read, Err(error) if error.kind() == ErrorKind::WouldBlock)
    };
    let closed = idle
        .iter_mut()
        .map(is_closed)
        .filter(|is_closed| *is_closed);
    assert!(closed.count() >= CONNECTIONS, "more are open than may be");
    observability.shutdown();
}

#[tokio::test]
async fn a_connection_without_a_call_that_is_admitted_is_closed() {
    let builder = Observability::builder();
    let (_observability, address) = set_up_from(builder, |i| i.listen(anywhere()).token("secret"));
    // This one speaks, and does not know the token.
    let stranger = channel(address).await;
    let silent = std::net::TcpStream::connect(address).unwrap();
    let refused = health(stranger.clone(), None).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    let closed = tokio::task::spawn_blocking(move || {
        let limit = Some(Duration::from_secs(60));
        silent.set_read_timeout(limit).unwrap();
        // The server's settings may come first.
        std::io::copy(&mut &silent, &mut std::io::sink())
    });
    let closed = closed.await.unwrap();
    assert!(!matches!(&closed, Err(error) if error.kind() == ErrorKind::WouldBlock));
}

#[tokio::test]
async fn it_serves_until_it_is_shut_down() {
    let (observability, address) = serve(Observability::builder());
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
    observability.shutdown();
    while let Ok(Some(_)) = stream.message().await {}
    while std::net::TcpStream::connect_timeout(&address, Duration::from_secs(5)).is_ok() {
        moment().await;
    }
}
