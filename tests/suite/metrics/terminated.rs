//! A process that is told to end under load: what it recorded before is at the collector.

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use chronoscope::{Observability, export, metrics::export::Otlp};
use metrics::{counter, histogram};
use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    scenarios::{self, Activities},
    support::{
        address,
        collector::{Collector, Sent},
        connect_to, end, namespace, observed, start, unique,
    },
};

const SETTINGS: [&str; 4] = [
    "SUITE_ADDRESS",
    "SUITE_NAMESPACE",
    "SUITE_OTLP",
    "SUITE_QUEUE",
];

/// How long `shutdown` may take by its documentation.
const STATED: Duration = Duration::from_secs(12);

#[expect(clippy::disallowed_methods, reason = "not in workflow code")]
fn now() -> Instant {
    Instant::now()
}

/// The program of a pod: a worker under load, which ends when it is told to.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "the test below starts it"]
async fn pod() {
    let settings = SETTINGS.map(|name| std::env::var(name).unwrap_or_default());
    let [address, namespace, endpoint, queue] = settings;
    if queue.is_empty() {
        return;
    }
    let never = Duration::from_secs(3600);
    let collector = export::Collector::at(endpoint);
    let observability = Observability::builder()
        .metrics(|m| m.otlp(Otlp::to(collector.clone()).interval(never)))
        .traces(|t| t.otlp(collector))
        .build()
        .unwrap();
    let tracer = observability.tracer_provider().tracer("suite");
    let mut terminated = signal(SignalKind::terminate()).unwrap();
    let client = connect_to(&address, &namespace, "pod", Some(&observability)).await;
    let mut recorded = 0_u64;
    let recorder = observability.recorder();
    let records = async {
        println!("works");
        loop {
            metrics::with_local_recorder(&recorder, || {
                counter!("recorded_total").increment(1);
                histogram!("recorded").record(1.0);
            });
            tracer.in_span("recorded", |_| ());
            recorded += 1;
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let loads = async {
        loop {
            end(&start(&client, &queue, Activities::run, ()).await).await;
        }
    };
    let until = async {
        tokio::select! {
            () = records => {}
            () = loads => {}
            _ = terminated.recv() => {}
        }
    };
    observed(
        &client,
        &observability,
        scenarios::worker(&queue, 100),
        until,
    )
    .await;
    let began = now();
    tokio::task::spawn_blocking(move || observability.shutdown())
        .await
        .unwrap();
    println!("recorded {recorded} {}", began.elapsed().as_millis());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_recorded_before_a_signal_is_at_the_collector_in_the_stated_time() {
    let (collector, endpoint) = Collector::start().await;
    let values = [
        address().await,
        namespace().await,
        &endpoint,
        &unique("pod"),
    ];
    let mut pod = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "--ignored",
            "--nocapture",
            "metrics::terminated::pod",
        ])
        .envs(SETTINGS.into_iter().zip(values))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(pod.stdout.take().unwrap()).lines();
    let mut lines = lines.map(Result::unwrap);
    lines.find(|line| line.contains("works")).unwrap();
    // So many spans that more than one batch is on its way.
    collector.arrived(600).await;
    let id = pod.id().to_string();
    let sent = Command::new("kill").args(["-TERM", &id]).status();
    assert!(sent.unwrap().success());
    let (recorded, took) = lines
        .find_map(|line| {
            let (_, said) = line.split_once("recorded ")?;
            let (recorded, took) = said.split_once(' ')?;
            Some((recorded.parse::<u64>().ok()?, took.trim().parse().ok()?))
        })
        .unwrap();
    lines.for_each(drop);
    assert!(pod.wait().unwrap().success());
    let took = Duration::from_millis(took);
    println!("{recorded} recorded, shut down within {took:?}");
    assert!(took <= STATED, "{took:?}");
    let spans = collector.spans();
    let spans = spans.iter().filter(|span| span.name == "recorded").count() as u64;
    let series = collector.series();
    let Sent::Histogram { count, .. } = series["recorded{}"] else {
        panic!("{series:?}");
    };
    let total = Sent::Sum(i64::try_from(recorded).unwrap());
    assert_eq!(
        (spans, &series["recorded_total{}"], count),
        (recorded, &total, recorded)
    );
}
