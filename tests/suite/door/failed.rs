//! An `install` that fails leaves nothing behind, and what its error advises works.

use std::{fs, net::TcpListener};

use chronoscope::{Observability, SetupError, export::Collector, logs::ReplayFilter};
use metrics_util::debugging::DebuggingRecorder;
use tracing_subscriber::layer::SubscriberExt as _;

use super::process::{eventually, output, part};

fn count(folder: &str) -> usize {
    fs::read_dir(folder).unwrap().count()
}

fn held() -> (usize, usize) {
    (count("/proc/self/fd"), count("/proc/self/task"))
}

/// Everything that can be asked for, with one address that is taken.
fn install(taken: std::net::SocketAddr) -> Result<Observability, SetupError> {
    let anywhere = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let file = std::env::temp_dir().join("chronoscope-door.jsonl");
    Observability::builder()
        .logs(|l| l.file(file))
        .metrics(|m| {
            m.prometheus(anywhere)
                .otlp(Collector::at("http://127.0.0.1:1"))
        })
        .traces(|t| t.otlp(Collector::at("http://127.0.0.1:1")))
        .introspect(|i| i.listen(taken))
        .install()
}

#[test]
#[ignore = "a part of another test"]
fn fifty_times() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let taken_address = taken.local_addr().unwrap();
        install(taken_address).unwrap_err();
        let before = eventually(async || settled().await).await;
        for _ in 0..50 {
            let error = install(taken_address).unwrap_err();
            assert!(matches!(error, SetupError::Introspect(_)), "{error}");
        }
        eventually(async || (held() == before).then_some(())).await;
        // What is global is as it was: somebody else may set it.
        metrics::set_global_recorder(DebuggingRecorder::new()).unwrap();
        tracing::subscriber::set_global_default(tracing_subscriber::registry()).unwrap();
        // And with these there, nothing is opened at all.
        let free = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
        for _ in 0..50 {
            let error = install(free).unwrap_err();
            assert!(matches!(error, SetupError::Subscriber(_)), "{error}");
            assert!(error.to_string().contains("Builder::build"), "{error}");
        }
        eventually(async || (held() == before).then_some(())).await;
    });
}

/// Threads that end need a moment.
async fn settled() -> Option<(usize, usize)> {
    let one = held();
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    (held() == one).then_some(one)
}

#[test]
#[ignore = "a part of another test"]
fn as_advised() {
    let file =
        tracing_subscriber::fmt::layer().map_event_format(chronoscope::logs::ExecutionFormat::new);
    let subscriber = tracing_subscriber::registry()
        .with(file)
        .with(ReplayFilter::global());
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let anywhere = || std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let builder = || Observability::builder().metrics(|m| m.prometheus(anywhere()));
    let error = builder().install().unwrap_err();
    assert!(matches!(error, SetupError::Subscriber(_)), "{error}");
    let observability = builder().build().unwrap();
    metrics::set_global_recorder(observability.recorder()).unwrap();
    chronoscope::metrics::counter!("things_total").increment(3);
    let address = observability.prometheus_address().unwrap();
    let page = crate::support::http::get(address, "/metrics").unwrap();
    assert!(page.contains("things_total 3"), "{page}");
    assert!(!observability.health().log_records);
}

#[test]
fn nothing_is_left_and_the_advice_works() {
    for name in ["failed::fifty_times", "failed::as_advised"] {
        let (succeeded, text) = output(&mut part(name));
        assert!(succeeded, "{text}");
    }
}
