//! Headers: merged name by name, above what the exporter reads for itself, and shown nowhere.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    sync::mpsc::{Receiver, channel},
    thread,
};

use super::{complaints, run, send};
use crate::support::collector::Collector;
use chronoscope::{Observability, export};
use opentelemetry::trace::{Tracer as _, TracerProvider as _};

/// Answers each request over HTTP with the same, and hands on their heads.
fn answering(answer: Vec<u8>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, heads) = channel();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut reader = BufReader::new(connection.unwrap());
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                if reader.read_line(&mut line).unwrap_or(0) <= 2 {
                    break;
                }
                let lower = line.to_ascii_lowercase();
                if let Some(said) = lower.strip_prefix("content-length: ") {
                    length = said.trim().parse().unwrap();
                }
                head.push_str(&line);
            }
            let mut body = vec![0; length];
            let _ = reader.read_exact(&mut body);
            let mut connection = reader.into_inner();
            let _ = write!(
                connection,
                "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\nconnection: close\r\n\
                 content-length: {}\r\n\r\n",
                answer.len()
            );
            let _ = connection.write_all(&answer);
            if sender.send(head).is_err() {
                return;
            }
        }
    });
    (format!("http://{address}"), heads)
}

/// A span to where the program says, with a header of the program's.
#[test]
#[ignore = "a part of another test"]
fn of_a_program() {
    let collector = export::Collector::at(std::env::var("DOOR_ENDPOINT").unwrap());
    let observability = Observability::from_env()
        .unwrap()
        .traces(|t| t.otlp(collector.header("by-all", "program")))
        .install()
        .unwrap();
    drop(
        observability
            .tracer_provider()
            .tracer("door")
            .start("a span"),
    );
    observability.shutdown();
}

const GENERAL: &str = "by-one=general,by-two=general,by-all=general,escaped=a%20b%2Cc";
const OWN: &str = "by-two=own,by-all=own";

#[tokio::test(flavor = "multi_thread")]
async fn the_program_stands_above_the_signal_and_the_signal_above_the_rest() {
    let (collector, by_grpc) = Collector::start().await;
    let (by_http, heads) = answering(Vec::new());
    for (protocol, endpoint) in [("grpc", &by_grpc), ("http/protobuf", &by_http)] {
        let url = endpoint.replace("http://", "http://us%65r:secret@");
        let text = run(
            "wire::headers::of_a_program",
            &[
                ("DOOR_ENDPOINT", url),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol.to_owned()),
                ("OTEL_EXPORTER_OTLP_HEADERS", GENERAL.to_owned()),
                ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", OWN.to_owned()),
            ],
        )
        .await;
        let sent: Vec<(String, String)> = match protocol {
            "grpc" => collector.headers().into_iter().collect(),
            _ => {
                let head = heads.recv().unwrap_or_else(|_| panic!("{text}"));
                let fields = head.lines().filter_map(|line| line.split_once(": "));
                let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
                fields.map(owned).collect()
            }
        };
        for expected in [
            ("by-one", "general"),
            ("by-two", "own"),
            ("by-all", "program"),
            ("escaped", "a b,c"),
            ("authorization", "Basic dXNlcjpzZWNyZXQ="),
        ] {
            let values = sent.iter().filter(|(name, _)| name == expected.0);
            let values: Vec<_> = values.map(|(_, value)| &**value).collect();
            assert_eq!(values, [expected.1], "{protocol}: {sent:?}");
        }
        assert!(complaints(&text).is_empty(), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rejected_is_counted_and_told_once_without_a_word_of_what_was_sent() {
    // One of what was sent, for the reason that follows.
    let reason = format!("no room for {}", super::CANARY);
    let mut rejection = vec![8, 1, 18, u8::try_from(reason.len()).unwrap()];
    rejection.extend(reason.bytes());
    let mut answer = vec![10, u8::try_from(rejection.len()).unwrap()];
    answer.extend(rejection);
    let (endpoint, _heads) = answering(answer);
    let text = send(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf".to_owned()),
        (
            "OTEL_EXPORTER_OTLP_HEADERS",
            format!("authorization=Bearer%20{}", super::CANARY),
        ),
    ])
    .await;
    let said = complaints(&text);
    assert_eq!(said.len(), 3, "{said:#?}");
    for what in ["1 of the spans", "1 of the metrics", "1 of the log records"] {
        assert!(said.iter().any(|line| line.contains(what)), "{said:#?}");
    }
    assert!(text.contains("no room for …"), "{text}");
    assert!(text.contains("exported: 0, failed: 1"), "{text}");
}
