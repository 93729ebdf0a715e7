//! The Java SDK's time-skipping server: what time brings comes in the same order.

use std::{
    future::Future,
    net::TcpListener,
    path::Path,
    pin::Pin,
    process::{Child, Command, Stdio},
    time::Duration,
};

use super::scenarios::*;
use crate::support::*;
use chronoscope_testserver::{GlobalClock, TestServer};

type Scenario = (
    &'static str,
    fn(World) -> Pin<Box<dyn Future<Output = ()> + Send>>,
);

const TABLE: &[Scenario] = &[
    ("java_timers", |world| Box::pin(timers(world))),
    ("java_cancelled_timer", |world| {
        Box::pin(cancelled_timer(world))
    }),
    ("java_retries", |world| Box::pin(retries(world))),
    ("java_start_to_close", |world| {
        Box::pin(start_to_close(world))
    }),
    ("java_run_timeout", |world| Box::pin(run_timeout(world))),
    ("java_child", |world| Box::pin(child(world))),
    ("java_delay", |world| Box::pin(delay(world))),
    ("java_workflow_retry", |world| {
        Box::pin(workflow_retry(world))
    }),
];

/// Where the Java server differs from Temporal Server, whom we follow: scenario, its words, ours.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    // It writes no start of an activity that times out.
    (
        "java_start_to_close",
        "\"ActivityTaskScheduled\", \"ActivityTaskTimedOut\"",
        "\"ActivityTaskScheduled\", \"ActivityTaskStarted\", \"ActivityTaskTimedOut\"",
    ),
    // It ends a run that is retried as continued.
    (
        "java_workflow_retry",
        "\"WorkflowExecutionContinuedAsNew\"",
        "\"WorkflowExecutionFailed\"",
    ),
];

/// The Java server's words, translated where they are known to differ.
fn translate(scenario: &str, line: &str) -> String {
    let known = DIFFERENCES.iter().filter(|(name, ..)| *name == scenario);
    known.fold(line.to_owned(), |line, (_, theirs, ours)| {
        line.replace(theirs, ours)
    })
}

/// The server, which ends when its standard input does.
struct Java(Child, String);

impl Java {
    fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../backends/java-testserver");
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let child = Command::new(script)
            .args(["serve", &port.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self(child, format!("127.0.0.1:{port}"))
    }
}

impl Drop for Java {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        self.0.wait().unwrap();
    }
}

async fn play(connection: temporalio_client::Connection, (name, act): Scenario) -> Vec<String> {
    let world = World::new(connection, name);
    let acting = tokio::spawn(act(world.clone()));
    match tokio::time::timeout(Duration::from_secs(20), acting).await {
        Ok(Ok(())) => {}
        Ok(Err(panic)) => world.say(format!("panicked: {panic}")),
        Err(_) => world.say("hung"),
    }
    world.transcript()
}

#[tokio::test(flavor = "multi_thread")]
async fn time_brings_the_same_in_the_same_order() {
    let java = Java::start();
    let mut peer = None;
    for _ in 0..200 {
        peer = connect_to(&java.1).await;
        if peer.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let peer = peer.expect("the Java server does not answer");
    let mut differences = Vec::new();
    for scenario in TABLE {
        let server = TestServer::builder()
            .global_skip(GlobalClock::Unlocked)
            .start()
            .await;
        let ours = play(connect(&server).await, *scenario).await;
        // Both go one after the other: the peer's clock is one for all runs.
        let theirs = play(peer.clone(), *scenario).await;
        let theirs: Vec<_> = theirs
            .iter()
            .map(|line| translate(scenario.0, line))
            .collect();
        if ours != theirs
            || ours
                .iter()
                .any(|line| line == "hung" || line.starts_with("panicked"))
        {
            differences.push(format!(
                "{}\n  ours: {ours:#?}\n  java: {theirs:#?}",
                scenario.0
            ));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
