//! What is sent arrives at a real collector.

use super::{CANARY, Trust, send};
use crate::support::collector::{Asks, Real, Sent};

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";
const CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_CERTIFICATE";

type Environment = Vec<(&'static str, String)>;

/// By both protocols, with what comes on top of the endpoint.
fn cases(real: &Real, more: &[(&'static str, String)]) -> Vec<Environment> {
    let by = |protocol: &str, endpoint: String| {
        let mut environment = vec![
            (PROTOCOL, protocol.to_owned()),
            (ENDPOINT, endpoint),
            ("OTEL_EXPORTER_OTLP_HEADERS", format!("x-canary={CANARY}")),
        ];
        environment.extend(more.iter().cloned());
        environment
    };
    vec![by("GRPC", real.grpc()), by("http/protobuf", real.http())]
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "real: a collector"]
async fn whatever_the_environment_says_of_the_way() {
    let trust = Trust::new();
    let server = trust.servers.sign("localhost");
    let clear = Real::start(Asks::Nothing).await;
    let tls = Real::start(Asks::Tls(&server)).await;
    let mutual = Real::start(Asks::Mutual(&server, &trust.clients)).await;

    let gzip = || ("OTEL_EXPORTER_OTLP_COMPRESSION", "GZIP".to_owned());
    let root = || (CERTIFICATE, trust.file("servers.pem"));
    let of_system = ("SSL_CERT_FILE", trust.file("servers.pem"));
    let identity = [
        root(),
        (
            "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
            trust.file("worker.pem"),
        ),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", trust.file("worker.key")),
    ];
    let mut all = Vec::new();
    let mut add = |real, more: &[_]| {
        all.extend(cases(real, more).into_iter().map(|case| (real, case)));
    };
    add(&clear, &[]);
    add(
        &clear,
        &[gzip(), ("OTEL_EXPORTER_OTLP_TIMEOUT", "9000".to_owned())],
    );
    add(&tls, &[root()]);
    add(&tls, &[root(), gzip()]);
    add(&tls, &[of_system]);
    // Its own roots replace the system's, and a signal's own stand above the general ones.
    add(&tls, &[root(), ("SSL_CERT_FILE", trust.file("others.pem"))]);
    add(&mutual, &identity);
    // Without a scheme, in the clear by wish.
    let schemeless = clear.grpc().replace("http://", "");
    all.push((
        &clear,
        vec![
            (ENDPOINT, schemeless),
            ("OTEL_EXPORTER_OTLP_INSECURE", "True".to_owned()),
        ],
    ));
    // And by TLS without one.
    let schemeless = tls.grpc().replace("https://", "");
    all.push((&tls, vec![(ENDPOINT, schemeless), root()]));
    // A signal's own variables.
    let nowhere = "http://127.0.0.1:1".to_owned();
    all.push((
        &tls,
        vec![
            (ENDPOINT, nowhere.clone()),
            (CERTIFICATE, trust.file("others.pem")),
            (PROTOCOL, "http/protobuf".to_owned()),
            ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc".to_owned()),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", tls.grpc()),
            (
                "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
                trust.file("servers.pem"),
            ),
            (
                "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
                format!("{}/v1/metrics", tls.http()),
            ),
            (
                "OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE",
                trust.file("servers.pem"),
            ),
            ("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "grpc".to_owned()),
            ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", tls.grpc()),
            (
                "OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE",
                trust.file("servers.pem"),
            ),
        ],
    ));
    for (real, mut environment) in all {
        environment.push(("OTEL_RESOURCE_ATTRIBUTES", resource()));
        let before = real.taken.spans().len();
        let records_before = real.taken.records().len();
        let text = send(&environment).await;
        let spans = real.taken.spans();
        assert_eq!(spans.len(), before + 1, "{environment:?}: {text}");
        assert_eq!(
            real.taken.series()["packed{}"],
            Sent::Sum(10),
            "{environment:?}"
        );
        let resource = &spans[before].resource;
        let records = real.taken.records();
        let sent = records[records_before..].iter();
        let sent: Vec<_> = sent.filter(|record| record.body == "packed").collect();
        let [packed] = sent[..] else {
            panic!("{environment:?}: {sent:?}: {text}");
        };
        for (attribute, value) in [
            ("service.namespace", "the shop, at the corner"),
            ("service.version", "1=1"),
            ("process.executable.name", program().as_str()),
        ] {
            assert_eq!(resource[attribute], value, "{environment:?}");
        }
        // Who sends is the same by every signal, and another one each time.
        for attribute in [
            "service.instance.id",
            "process.pid",
            "host.name",
            "service.name",
        ] {
            let by_metrics = real.taken.resource(attribute);
            assert_eq!(resource.get(attribute), by_metrics.as_ref(), "{attribute}");
            let by_logs = packed.resource.get(attribute);
            assert_eq!(resource.get(attribute), by_logs, "{attribute}");
        }
        let instance = &resource["service.instance.id"];
        let same = |span: &&crate::support::collector::Span| {
            &span.resource["service.instance.id"] == instance
        };
        assert_eq!(spans.iter().filter(same).count(), 1, "{instance}");
    }
}

fn resource() -> String {
    "service.namespace=the shop%2C at the corner,service.version=1%3D1".to_owned()
}

fn program() -> String {
    let program = std::env::current_exe().unwrap();
    program.file_name().unwrap().to_str().unwrap().to_owned()
}
