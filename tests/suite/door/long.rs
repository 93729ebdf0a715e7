//! The long form: every signal by its builder, started by `install` and ended by `shutdown`.

use std::net::{SocketAddr, TcpStream};

use chronoscope::{
    Observability,
    export::Collector,
    logs::LogFormat,
    search_attributes::{Key, Keyword, TraceLink},
    trace::{Granularity, Sampling},
};

use super::process::{output, part};

const ORDER_STATUS: Key<Keyword> = Key::new("OrderStatus");
const TRACE_ID: Key<Keyword> = Key::new("TraceId");

#[test]
#[ignore = "a part of another test"]
fn program() {
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    let file = std::env::temp_dir().join("chronoscope-door-long.jsonl");
    let observability = Observability::from_env()
        .unwrap()
        .metrics(|m| m.prometheus(anywhere).activity_types(["pack"]))
        .traces(|t| {
            t.otlp(Collector::at("http://127.0.0.1:1"))
                .sampling(Sampling::Ratio(0.1))
                .granularity_of("Nightly", Granularity::Marker)
        })
        .logs(|l| l.format(LogFormat::Json).file(&file))
        .search_attributes(|s| s.link(TraceLink::attribute(TRACE_ID)).mirror(ORDER_STATUS))
        .introspect(|i| i.listen(anywhere).token("open sesame"))
        .install()
        .unwrap();
    chronoscope::info!("the long form");
    let health = observability.health();
    let names: Vec<_> = health
        .exporters
        .iter()
        .map(|exporter| exporter.name)
        .collect();
    assert_eq!(names, ["prometheus", "spans"]);
    assert!(health.log_records);
    let served = [
        observability.prometheus_address().unwrap(),
        observability.introspect_address().unwrap(),
    ];
    for address in served {
        TcpStream::connect(address).unwrap();
    }
    observability.shutdown();
    observability.shutdown();
    for address in served {
        assert!(
            TcpStream::connect(address).is_err(),
            "{address} is still served"
        );
    }
    let lines = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(file).unwrap();
    assert!(lines.contains("the long form"), "{lines}");
}

#[test]
fn it_starts_and_ends_everything() {
    let (succeeded, text) = output(&mut part("long::program"));
    assert!(succeeded, "{text}");
}
