//! A value of OpenTelemetry's variables that can't be used is ignored with a warning, whatever it
//! is.

use super::{CANARY, check_complaint, complaints, send};
use crate::support::{
    collector::{Collector, Sent},
    free_port,
};

/// A variable, a value that can't be used, and what the warning says.
const CASES: &[(&str, &str, &[&str])] = &[
    (
        "OTEL_TRACES_EXPORTER",
        "console",
        &["console", "otlp, none"],
    ),
    (
        "OTEL_TRACES_EXPORTER",
        "prometheus",
        &["prometheus", "otlp, none"],
    ),
    (
        "OTEL_METRICS_EXPORTER",
        "statsd",
        &["statsd", "prometheus, otlp, none"],
    ),
    (
        "OTEL_LOGS_EXPORTER",
        "syslog",
        &["syslog", "otlp, console, none"],
    ),
    (
        "OTEL_TRACES_SAMPLER",
        "parentbased_jaeger_remote",
        &["always_on"],
    ),
    ("OTEL_TRACES_SAMPLER", "xray", &["always_on"]),
    ("OTEL_SDK_DISABLED", "yes", &["true or false"]),
    (
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "http/json",
        &["http/protobuf"],
    ),
    (
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
        "thrift",
        &["http/protobuf"],
    ),
    ("OTEL_EXPORTER_OTLP_COMPRESSION", "brotli", &["gzip"]),
    ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s", &["milliseconds"]),
    (
        "OTEL_EXPORTER_OTLP_HEADERS",
        "canary-in-a-header",
        &["entry 1"],
    ),
    (
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
        "gamma",
        &["delta"],
    ),
    ("OTEL_METRIC_EXPORT_INTERVAL", "soon", &["milliseconds"]),
    ("OTEL_METRIC_EXPORT_TIMEOUT", "-1", &["milliseconds"]),
    ("OTEL_BSP_MAX_QUEUE_SIZE", "0", &["from 1 to"]),
    (
        "OTEL_BSP_MAX_QUEUE_SIZE",
        "18446744073709551615",
        &["from 1 to"],
    ),
    ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "many", &["from 1 to"]),
    ("OTEL_BSP_SCHEDULE_DELAY", "1.5", &["milliseconds"]),
    ("OTEL_BSP_EXPORT_TIMEOUT", "x", &["milliseconds"]),
    ("OTEL_BLRP_MAX_QUEUE_SIZE", "1000000000000", &["from 1 to"]),
    ("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "many", &["from 1 to"]),
    ("OTEL_EXPORTER_OTLP_INSECURE", "maybe", &["true or false"]),
    ("RUST_LOG", "a=b=c", &["my_crate=debug"]),
    ("RUST_LOG", "x=loud", &["debug"]),
    ("OTEL_BLRP_SCHEDULE_DELAY", "1.5", &["milliseconds"]),
    ("OTEL_BLRP_EXPORT_TIMEOUT", "x", &["milliseconds"]),
    ("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "1s", &["milliseconds"]),
    ("OTEL_SPAN_LINK_COUNT_LIMIT", "lots", &["digit"]),
    ("OTEL_RESOURCE_ATTRIBUTES", "a=b,broken", &["entry 2"]),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_used_is_warned_of_and_ignored() {
    for (variable, value, parts) in CASES {
        let (collector, endpoint) = Collector::start().await;
        let text = send(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
            (variable, (*value).to_owned()),
        ])
        .await;
        check_complaint(&text, &[&["ignored", variable], *parts].concat());
        if *value != CANARY && !variable.ends_with("ATTRIBUTES") {
            check_complaint(&text, &[value]);
        }
        // All the same, every signal arrives, and the warning itself is a log record.
        assert_eq!(collector.spans().len(), 1, "{variable}={value}: {text}");
        assert_eq!(collector.series()["packed{}"], Sent::Sum(10), "{text}");
        let records = collector.records();
        let bodies: Vec<_> = records.iter().map(|record| &*record.body).collect();
        // The third says where telemetry goes.
        assert_eq!(bodies.len(), 3, "{bodies:?}");
        assert!(bodies.contains(&"packed"), "{bodies:?}");
        let is_warning = |body: &&str| body.contains(variable);
        assert!(bodies.iter().any(is_warning), "{bodies:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_can_be_none_is_a_warning() {
    for (endpoint, protocol) in [
        ("not an address", "grpc"),
        ("ftp://there", "grpc"),
        ("there:4318", "http/protobuf"),
        ("http://", "http/protobuf"),
    ] {
        let text = send(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.to_owned()),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol.to_owned()),
        ])
        .await;
        check_complaint(
            &text,
            &[
                "metrics, spans and log records are not sent",
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                endpoint,
            ],
        );
    }
    // Nor does a host that is none keep metrics from being served.
    let text = send(&[
        ("OTEL_METRICS_EXPORTER", "Prometheus".to_owned()),
        ("OTEL_EXPORTER_PROMETHEUS_HOST", "no host".to_owned()),
        ("OTEL_EXPORTER_PROMETHEUS_PORT", free_port().to_string()),
    ])
    .await;
    check_complaint(&text, &["OTEL_EXPORTER_PROMETHEUS_HOST"]);
    // What is empty is unset.
    let empty = CASES
        .iter()
        .map(|(variable, ..)| (*variable, String::new()));
    let text = send(&empty.collect::<Vec<_>>()).await;
    assert!(complaints(&text).is_empty(), "{text}");
}

/// Somebody wants to send, and says nowhere where to.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_set_in_vain_is_a_warning() {
    let set = |name: &'static str| (name, CANARY.to_owned());
    for (environment, parts) in [
        (
            vec![set("OTEL_EXPORTER_OTLP_PROTOCOL")],
            vec![
                "OTEL_EXPORTER_OTLP_PROTOCOL",
                "nothing is sent",
                "OTEL_EXPORTER_OTLP_ENDPOINT",
            ],
        ),
        (
            vec![
                set("OTEL_EXPORTER_OTLP_TRACES_HEADERS"),
                set("OTEL_EXPORTER_OTLP_TIMEOUT"),
            ],
            vec![
                "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
                "OTEL_EXPORTER_OTLP_TIMEOUT",
                "nothing is sent",
            ],
        ),
        (
            vec![set("OTEL_EXPORTER_OTLP_ENDPONT")],
            vec![
                "unknown",
                "OTEL_EXPORTER_OTLP_ENDPONT",
                "OTEL_EXPORTER_OTLP_ENDPOINT",
            ],
        ),
    ] {
        let text = send(&environment).await;
        check_complaint(&text, &parts);
    }
    // Who turns sending off says so, and what is obsolete is known.
    let timeout = || ("OTEL_EXPORTER_OTLP_TIMEOUT", "1000".to_owned());
    for environment in [
        vec![("OTEL_TRACES_EXPORTER", "none".to_owned()), timeout()],
        vec![("OTEL_SDK_DISABLED", "true".to_owned()), timeout()],
        vec![("OTEL_EXPORTER_OTLP_SPAN_INSECURE", "true".to_owned())],
    ] {
        let text = send(&environment).await;
        assert!(complaints(&text).is_empty(), "{environment:?}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn white_space_around_a_value_is_not_part_of_it() {
    let (collector, endpoint) = Collector::start().await;
    let spaced = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", format!(" {endpoint} ")),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc ".to_owned()),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", " none".to_owned()),
        ("OTEL_TRACES_SAMPLER", "always_on\t".to_owned()),
        ("OTEL_BSP_MAX_QUEUE_SIZE", " 7 ".to_owned()),
        ("OTEL_LOGS_EXPORTER", "  ".to_owned()),
    ];
    let text = send(&spaced).await;
    assert!(complaints(&text).is_empty(), "{text}");
    assert_eq!(collector.spans().len(), 1, "{text}");
    let off = [&spaced[..1], &[("OTEL_SDK_DISABLED", "true ".to_owned())]].concat();
    let text = send(&off).await;
    assert!(complaints(&text).is_empty(), "{text}");
    assert_eq!(collector.spans().len(), 1, "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_as_large_as_they_come_start_a_worker() {
    let (collector, endpoint) = Collector::start().await;
    let most = u64::MAX.to_string();
    let text = send(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", most.clone()),
        ("OTEL_METRIC_EXPORT_INTERVAL", most.clone()),
        ("OTEL_METRIC_EXPORT_TIMEOUT", most.clone()),
        ("OTEL_BSP_SCHEDULE_DELAY", most.clone()),
        ("OTEL_BSP_EXPORT_TIMEOUT", most.clone()),
        ("OTEL_BLRP_SCHEDULE_DELAY", most.clone()),
        ("OTEL_BLRP_EXPORT_TIMEOUT", most),
    ])
    .await;
    assert!(complaints(&text).is_empty(), "{text}");
    assert_eq!(collector.spans().len(), 1, "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_a_warning() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = taken.local_addr().unwrap();
    let text = send(&[
        ("OTEL_METRICS_EXPORTER", "prometheus".to_owned()),
        ("OTEL_EXPORTER_PROMETHEUS_PORT", address.port().to_string()),
    ])
    .await;
    check_complaint(
        &text,
        &[
            "metrics are not served",
            &address.to_string(),
            "OTEL_EXPORTER_PROMETHEUS_PORT",
        ],
    );
    let text = send(&[
        ("OTEL_METRICS_EXPORTER", "prometheus".to_owned()),
        ("OTEL_EXPORTER_PROMETHEUS_PORT", "70000".to_owned()),
        ("OTEL_EXPORTER_PROMETHEUS_HOST", "127.0.0.8".to_owned()),
    ])
    .await;
    check_complaint(
        &text,
        &["OTEL_EXPORTER_PROMETHEUS_PORT", "70000", "0 to 65535"],
    );
    // A host may be written as in a URL.
    let text = send(&[
        ("OTEL_METRICS_EXPORTER", "prometheus".to_owned()),
        ("OTEL_EXPORTER_PROMETHEUS_HOST", "[::1]".to_owned()),
        ("OTEL_EXPORTER_PROMETHEUS_PORT", free_port().to_string()),
    ])
    .await;
    assert!(complaints(&text).is_empty(), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_says_where_telemetry_goes_and_which_variable_is_none_of_ours() {
    let (_collector, endpoint) = Collector::start().await;
    let text = send(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.clone()),
        ("OTEL_METRICS_EXPORTER", "prometheus,otlp".to_owned()),
        ("OTEL_EXPORTER_PROMETHEUS_PORT", free_port().to_string()),
        ("CHRONOSCOPE_LOG_FROMAT", CANARY.to_owned()),
    ])
    .await;
    for told in [
        "metrics, spans and log records are sent by OTLP",
        "metrics are served",
    ] {
        let lines: Vec<_> = text.lines().filter(|line| line.contains(told)).collect();
        assert_eq!(lines.len(), 1, "{told}: {text}");
        assert!(lines[0].contains(" INFO ") && lines[0].contains("http://"));
    }
    assert!(text.contains(&format!("endpoint=\"{endpoint}\"")), "{text}");
    check_complaint(&text, &["CHRONOSCOPE_LOG_FROMAT", "CHRONOSCOPE_LOG_FORMAT"]);
}
