//! The endpoint that Prometheus scrapes: its pages, and what it withstands.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    process::{Child, Command, Stdio},
    time::Duration,
};

use chronoscope::Observability;
use metrics::counter;
use tokio::sync::oneshot;

use crate::{
    scenarios::{self, Timers},
    support::{
        address, connect, connect_to, end, http, namespace, new_namespace, observed, start, unique,
    },
};

fn anywhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

fn served() -> (Observability, SocketAddr) {
    let observability = Observability::builder()
        .metrics(|m| m.prometheus(anywhere()))
        .build()
        .unwrap();
    let address = observability.prometheus_address().unwrap();
    (observability, address)
}

/// Asks for a page and returns the status, the head and the body of the answer.
fn ask(address: SocketAddr, request: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "{request} HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_lowercase(), body.to_owned())
}

#[test]
fn its_pages_are_those_that_are_named() {
    let (observability, address) = served();
    metrics::with_local_recorder(&observability.recorder(), || {
        counter!("orders_total").increment(1);
    });
    for (request, status) in [
        ("GET /metrics", 200),
        ("GET /metrics?x=y", 200),
        ("GET /health", 200),
        ("GET /-/healthy", 200),
        ("GET /-/ready", 503),
        ("GET /", 404),
        ("GET /metrics/", 404),
        ("GET /-/reload", 404),
        ("POST /metrics", 405),
        ("DELETE /health", 405),
    ] {
        assert_eq!(ask(address, request).0, status, "{request}");
    }
    let (_, head, body) = ask(address, "GET /metrics");
    assert!(
        head.contains("content-type: text/plain; version=0.0.4"),
        "{head}"
    );
    assert!(body.contains("orders_total 1"), "{body}");
    let (status, head, body) = ask(address, "HEAD /metrics");
    assert_eq!((status, &*body), (200, ""));
    assert!(head.contains("content-type: text/plain"), "{head}");
    assert!(ask(address, "POST /metrics").1.contains("allow: get, head"));
    observability.shutdown();
    assert!(TcpStream::connect(address).is_err(), "it serves on");
}

/// Waits until the endpoint says whether the process is ready.
async fn says(address: SocketAddr, ready: bool) {
    while http::get(address, "/-/ready").is_ok() != ready {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_ready_while_every_worker_that_was_started_polls() {
    let (observability, address) = served();
    let client = connect(Some(&observability)).await;
    assert!(http::get(address, "/-/ready").is_err(), "before");
    let (first, second) = (unique("ready"), unique("ready"));
    let (end_second, second_ends) = oneshot::channel();
    let (second_ended, ended) = oneshot::channel();
    let one = observed(
        &client,
        &observability,
        scenarios::worker(&first, 10),
        async {
            says(address, true).await;
            end_second.send(()).unwrap();
            ended.await.unwrap();
            // One polls, and one that was started does not.
            assert!(http::get(address, "/-/ready").is_err());
            assert!(http::get(address, "/-/healthy").is_ok());
            let again = scenarios::worker(&second, 10);
            observed(&client, &observability, again, says(address, true)).await;
        },
    );
    let other = async {
        let worker = scenarios::worker(&second, 10);
        observed(&client, &observability, worker, async {
            second_ends.await.unwrap()
        })
        .await;
        second_ended.send(()).unwrap();
    };
    tokio::join!(one, other);
    assert!(http::get(address, "/-/ready").is_err(), "after");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_whose_namespace_is_not_known_yet_replaces_the_one_that_ended() {
    let (observability, metrics) = served();
    let one = connect(Some(&observability)).await;
    let another = new_namespace().await;
    let _other = connect_to(address().await, &another, "ready", Some(&observability)).await;
    let queue = unique("ready");
    let work = async { end(&start(&one, &queue, Timers::run, ()).await).await };
    observed(&one, &observability, scenarios::worker(&queue, 10), work).await;
    assert!(http::get(metrics, "/-/ready").is_err(), "it ended");
    let again = scenarios::worker(&queue, 10);
    observed(&one, &observability, again, says(metrics, true)).await;
}

#[test]
fn the_connection_that_is_idle_for_longest_gives_way() {
    let (_observability, address) = served();
    let mut idle: Vec<_> = (0..128)
        .map(|_| TcpStream::connect(address).unwrap())
        .collect();
    // The first asks for something now and then, so the second is idle for longest.
    write!(idle[0], "GET /health HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut answer = [0; 12];
    idle[0].read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    assert!(http::get(address, "/metrics").is_ok());
    assert_eq!(idle[1].read(&mut answer).unwrap_or(0), 0, "it is open");
    write!(idle[0], "GET /health HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    assert!(idle[0].read(&mut answer).unwrap() > 0, "it is closed");
}

#[test]
fn a_connection_that_is_silent_or_slow_is_closed() {
    let (_observability, address) = served();
    let silent = TcpStream::connect(address).unwrap();
    let slow = TcpStream::connect(address).unwrap();
    let mut writes = slow.try_clone().unwrap();
    // A letter each second is not silence, and yet no head.
    let writing = std::thread::spawn(move || {
        while writes.write_all(b"G").is_ok() {
            std::thread::sleep(Duration::from_secs(1));
        }
    });
    for mut stream in [silent, slow] {
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        let read = stream.read(&mut [0; 64]);
        let is_closed = match &read {
            Ok(0) => true,
            Ok(_) => false,
            Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
        };
        assert!(is_closed, "{read:?}");
    }
    writing.join().unwrap();
}

const WORKER: [&str; 3] = ["SUITE_ADDRESS", "SUITE_NAMESPACE", "SUITE_QUEUE"];

/// The program of a worker's process: it says where its metrics are, and works until its standard
/// input ends.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "the test below starts it"]
async fn worker() {
    let [address, namespace, queue] = WORKER.map(|name| std::env::var(name).unwrap_or_default());
    if queue.is_empty() {
        return;
    }
    let (observability, metrics) = served();
    let client = connect_to(&address, &namespace, "flooded", Some(&observability)).await;
    println!("serves on {metrics}");
    let ends =
        tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    observed(
        &client,
        &observability,
        scenarios::worker(&queue, 100),
        ends,
    )
    .await
    .unwrap()
    .unwrap();
}

const FLOOD: &str = "SUITE_FLOOD";
const BATCHES: usize = 20;
const CONNECTIONS: usize = 500;

/// The program that opens a batch of connections for each line that comes, and says nothing on them.
#[test]
#[ignore = "the test below starts it"]
fn flood() {
    let Ok(target) = std::env::var(FLOOD) else {
        return;
    };
    let mut open = Vec::new();
    for _ in std::io::stdin().lines() {
        open.extend((0..CONNECTIONS).map(|_| TcpStream::connect(&target).unwrap()));
        println!("opened {}", open.len());
    }
}

/// Starts a test of this program as a process of its own, with so many descriptors.
pub(super) fn process(test: &str, descriptors: &str, variables: &[(&str, &str)]) -> Child {
    Command::new("sh")
        .args([
            "-c",
            &format!("ulimit -n {descriptors} && exec \"$0\" \"$@\""),
        ])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "--nocapture", test])
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// How much memory a process has, in KiB, and how many descriptors are open in it.
fn takes(process: &Child) -> (u64, usize) {
    let folder = std::path::Path::new("/proc").join(process.id().to_string());
    let status = std::fs::read_to_string(folder.join("status")).unwrap();
    let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let memory = memory.unwrap().trim().trim_end_matches(" kB").parse();
    let open = std::fs::read_dir(folder.join("fd")).unwrap();
    (memory.unwrap(), open.count())
}

/// Reads a process's output until a line that has this in it, and returns what follows there.
pub(super) fn until(process: &mut Child, text: &str) -> String {
    let output = BufReader::new(process.stdout.as_mut().unwrap());
    let mut lines = output.lines().map(Result::unwrap);
    let found = lines.find_map(|line| Some(line.split_once(text)?.1.trim().to_owned()));
    found.unwrap_or_else(|| panic!("it ended before it said {text:?}"))
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_silent_connections_stop_neither_the_worker_nor_a_scrape() {
    let queue = unique("flooded");
    let variables = [
        (WORKER[0], address().await),
        (WORKER[1], namespace().await),
        (WORKER[2], &queue),
    ];
    let mut worker = process("metrics::endpoint::worker", "400", &variables);
    let metrics = until(&mut worker, "serves on ");
    let client = connect(None).await;
    end(&start(&client, &queue, Timers::run, ()).await).await;
    let before = takes(&worker);
    let mut flood = process("metrics::endpoint::flood", "11000", &[(FLOOD, &metrics)]);
    let mut most = before;
    for batch in 1..=BATCHES {
        flood.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
        assert_eq!(
            until(&mut flood, "opened "),
            (batch * CONNECTIONS).to_string()
        );
        let target = metrics.clone();
        let scraping = tokio::task::spawn_blocking(move || http::get(target, "/metrics"));
        end(&start(&client, &queue, Timers::run, ()).await).await;
        let page = scraping.await.unwrap().unwrap();
        assert!(page.contains("temporal_workflow_completed_total"));
        let now = takes(&worker);
        most = (most.0.max(now.0), most.1.max(now.1));
    }
    for process in [&mut flood, &mut worker] {
        drop(process.stdin.take());
        assert!(process.wait().unwrap().success());
    }
    println!(
        "memory {} to {} KiB, descriptors {} to {}",
        before.0, most.0, before.1, most.1
    );
    assert!(most.1 <= before.1 + 128 + 8, "{} descriptors", most.1);
    assert!(most.0 < before.0 + 20 * 1024, "{} KiB", most.0);
}

const STARVED: &str = "SUITE_STARVED";

/// The program that serves metrics, has no descriptor left until a line comes, and then has some.
#[test]
#[ignore = "the test below starts it"]
fn starved() {
    if std::env::var(STARVED).is_err() {
        return;
    }
    let (_observability, metrics) = served();
    let mut all = Vec::new();
    while let Ok(file) = std::fs::File::open("/dev/null") {
        all.push(file);
    }
    println!("serves on {metrics}");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    drop(all);
    println!("has some");
    std::io::stdin().read_line(&mut line).unwrap();
}

/// The processor time that a process has taken, in hundredths of a second.
#[cfg(target_os = "linux")]
fn ticks(process: &Child) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.id())).unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    let fields: Vec<_> = fields.split(' ').collect();
    [11, 12]
        .iter()
        .map(|n| fields[*n].parse::<u64>().unwrap())
        .sum()
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_descriptor_it_waits_and_then_serves() {
    let mut process = process("metrics::endpoint::starved", "64", &[(STARVED, "1")]);
    let metrics = until(&mut process, "serves on ");
    let before = ticks(&process);
    // The system takes the connection, and the process cannot.
    let mut waiting = TcpStream::connect(&metrics).unwrap();
    write!(waiting, "GET /health HTTP/1.0\r\n\r\n").unwrap();
    let waits = Duration::from_secs(2);
    waiting.set_read_timeout(Some(waits)).unwrap();
    assert!(waiting.read(&mut [0; 12]).is_err(), "it has a descriptor");
    let took = ticks(&process) - before;
    println!("{took} hundredths of {waits:?}");
    assert!(took < 50, "it does not pause: {took} hundredths");
    let input = process.stdin.as_mut().unwrap();
    writeln!(input, "now").unwrap();
    let mut answer = [0; 12];
    waiting.set_read_timeout(None).unwrap();
    waiting.read_exact(&mut answer).unwrap();
    assert!(answer.ends_with(b"200"), "{answer:?}");
    assert!(http::get(metrics, "/metrics").is_ok());
    drop(process.stdin.take());
    assert!(process.wait().unwrap().success());
}
