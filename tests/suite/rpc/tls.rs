//! TLS, certificates of clients, keys and HTTP proxies, through the stack.

use chronoscope::rpc::Stack;
use temporalio_client::{
    Client, ClientOptions, ClientTlsOptions, Connection, ConnectionOptions,
    HttpConnectProxyOptions, RetryOptions, TlsOptions, Url,
};

use super::{
    Passed, measured,
    proxy::{Asks, Authority, DOMAIN, Identity, Proxy},
    relay::Relay,
};
use crate::{
    scenarios::{self, Activities},
    support::{address, end, namespace, start, unique, work},
};

const KEY: &str = "the-key";

/// The credentials of a caller.
struct Bears<'a> {
    root: &'a Authority,
    identity: Option<&'a Identity>,
    key: Option<&'a str>,
    domain: &'a str,
}

fn but<'a>(mut bears: Bears<'a>, change: impl FnOnce(&mut Bears<'a>)) -> Bears<'a> {
    change(&mut bears);
    bears
}

fn options(url: &str, bears: &Bears<'_>) -> ConnectionOptions {
    let identity = bears.identity.map(|identity| {
        ClientTlsOptions::builder()
            .client_cert(identity.certificate.clone().into_bytes())
            .client_private_key(identity.key.clone().into_bytes())
            .build()
    });
    let tls = TlsOptions::builder()
        .server_root_ca_cert(bears.root.certificate.clone().into_bytes())
        .domain(bears.domain.to_owned())
        .maybe_client_tls_options(identity)
        .build();
    ConnectionOptions::new(Url::parse(url).unwrap())
        .identity("chronoscope-suite")
        .tls_options(tls)
        .maybe_api_key(bears.key.map(str::to_owned))
        .dns_load_balancing(None)
        .retry_options(RetryOptions::no_retries())
        .build()
}

#[tokio::test]
#[ignore = "real: nginx"]
async fn a_worker_runs_over_mutual_tls_with_a_key() {
    let (servers, clients) = (Authority::new(), Authority::new());
    let asks = Asks {
        clients: Some(&clients),
        key: Some(KEY),
    };
    let proxy = Proxy::before(address().await, &servers.sign(DOMAIN), asks).await;
    let identity = clients.sign("worker");
    let bears = Bears {
        root: &servers,
        identity: Some(&identity),
        key: Some(KEY),
        domain: DOMAIN,
    };
    let (observability, durations) = measured();
    let passed = Passed::default();
    let stack = Stack::new().all(passed.clone()).all(observability.rpc());
    let connection = super::bridged(&stack, options(&proxy.url(), &bears)).await;
    let client = Client::new(connection, ClientOptions::new(namespace().await).build()).unwrap();
    let queue = unique("mtls");
    work(&client, scenarios::worker(&queue, 3), async {
        assert_eq!(
            end(&start(&client, &queue, Activities::run, ()).await).await,
            2
        );
    })
    .await;
    assert_eq!(durations.total(), passed.total());
    assert_eq!(durations.of("StartWorkflowExecution", "OK"), 1);
}

/// The error of connecting through the stack. The client's own connection fails, too.
async fn error(options: ConnectionOptions) -> String {
    let bridged = Stack::new().wrap(options.clone()).unwrap();
    let error = Connection::connect(bridged).await.unwrap_err();
    assert!(Connection::connect(options).await.is_err());
    error.to_string()
}

#[tokio::test]
#[ignore = "real: nginx"]
async fn what_is_wrong_is_said() {
    let (servers, clients, strangers) = (Authority::new(), Authority::new(), Authority::new());
    let upstream = address().await;
    let asks = || Asks {
        clients: Some(&clients),
        key: Some(KEY),
    };
    let proxy = Proxy::before(upstream, &servers.sign(DOMAIN), asks()).await;
    let stale = Proxy::before(upstream, &servers.sign_expired(DOMAIN), asks()).await;
    let (known, unknown, expired) = (
        clients.sign("worker"),
        strangers.sign("worker"),
        clients.sign_expired("worker"),
    );
    let good = || Bears {
        root: &servers,
        identity: Some(&known),
        key: Some(KEY),
        domain: DOMAIN,
    };
    let (url, stale) = (proxy.url(), stale.url());
    let plain = format!("https://{upstream}");
    let no_certificate = "No required SSL certificate was sent";
    let bad_certificate = "The SSL certificate error";
    let cases = [
        (
            "another root",
            &url,
            but(good(), |b| b.root = &strangers),
            "UnknownIssuer",
        ),
        (
            "another name",
            &url,
            but(good(), |b| b.domain = "elsewhere.test"),
            "not valid for name",
        ),
        ("an expired server", &stale, good(), "certificate expired"),
        (
            "no certificate",
            &url,
            but(good(), |b| b.identity = None),
            no_certificate,
        ),
        (
            "a stranger's",
            &url,
            but(good(), |b| b.identity = Some(&unknown)),
            bad_certificate,
        ),
        (
            "an expired one",
            &url,
            but(good(), |b| b.identity = Some(&expired)),
            bad_certificate,
        ),
        (
            "another key",
            &url,
            but(good(), |b| b.key = Some("guessed")),
            "HTTP status 401",
        ),
        (
            "no key",
            &url,
            but(good(), |b| b.key = None),
            "HTTP status 401",
        ),
        ("a plain port", &plain, good(), "corrupt message"),
    ];
    for (case, url, bears, expect) in cases {
        let error = error(options(url, &bears)).await;
        assert!(error.contains(expect), "{case}: {error}");
        assert!(error.contains(url.as_str()), "{case}: {error}");
    }
    let mut clear = options(&url.replace("https", "http"), &good());
    clear.tls_options = None;
    let error = error(clear).await;
    assert!(
        error.contains("http2 error") || error.contains("HTTP status"),
        "{error}"
    );
}

#[tokio::test]
#[ignore = "real: nginx"]
async fn calls_go_through_an_http_proxy() {
    let servers = Authority::new();
    let proxy = Proxy::before(address().await, &servers.sign(DOMAIN), Asks::default()).await;
    let relay = Relay::proxy("somebody", "secret").await;
    let bears = Bears {
        root: &servers,
        identity: None,
        key: None,
        domain: DOMAIN,
    };
    let through = |password: &str| {
        let mut options = options(&proxy.url(), &bears);
        let through = HttpConnectProxyOptions::new(relay.address().to_string())
            .basic_auth(("somebody".to_owned(), password.to_owned()))
            .build();
        options.http_connect_proxy = Some(through);
        options
    };
    let connection = super::bridged(&Stack::new(), through("secret")).await;
    super::count(&connection, namespace().await).await.unwrap();
    assert_eq!(relay.tunnels(), 1);
    let error = error(through("guessed")).await;
    assert!(error.contains("407"), "{error}");
}
