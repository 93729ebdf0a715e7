//! The examples, from outside: what they write, and how they fail.

mod exporters;
mod running;
mod storms;

use std::{
    os::unix::process::CommandExt as _,
    process::{Command, Output, Stdio},
};

pub use self::running::Running;
use crate::support::{address, namespace};

/// An example, in the program of all that cargo has built next to this one.
pub fn example(name: &str) -> Command {
    let deps = std::env::current_exe().unwrap();
    let program = deps.ancestors().nth(2).unwrap().join("examples/all");
    assert!(
        program.exists(),
        "{} is not built: run all tests",
        program.display()
    );
    let mut command = Command::new(program);
    command
        .arg0(name)
        .env_remove("TEMPORAL_ADDRESS")
        .env_remove("RUST_LOG")
        .stdin(Stdio::null());
    command
}

/// The same, on the server of this test run.
pub async fn on_server(name: &str) -> Command {
    let mut command = example(name);
    command.args([
        "--address",
        address().await,
        "--namespace",
        namespace().await,
    ]);
    command
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test]
async fn tower_says_what_each_of_its_layers_did() {
    let output = on_server("tower")
        .await
        .args(["--loaves", "12", "--ovens", "3"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let summary = stdout(&output);
    let number = |before: &str| -> u32 {
        let (_, rest) = summary.split_once(before).expect(before);
        rest.split(' ').next().unwrap().parse().unwrap()
    };
    assert!(summary.contains("\n12 loaves baked in "), "{summary}");
    assert_eq!(number("concurrency limit: "), 3);
    assert!(number("load shed: ") > 0);
    // The first attempt of a loaf may be shed, and then that of the second is not forgotten.
    assert!(number("timeout: ") <= 4);
    assert!(number("retry budget: ") > 0);
}

#[tokio::test]
async fn a_purchase_can_be_updated_and_cancelled() {
    for (flags, status) in [
        (["--update", "socks"], "Completed"),
        (["--cancel", "--cache=0"], "Cancelled"),
    ] {
        let output = on_server("one_click_buy")
            .await
            .args(flags)
            .output()
            .unwrap();
        let text = stdout(&output);
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(text.contains(&format!("purchase {status}")), "{text}");
        assert_eq!(text.matches("purchase pending").count(), 1, "{text}");
        assert_eq!(
            text.matches("purchase updated").count(),
            usize::from(flags[0] == "--update")
        );
    }
}

#[tokio::test]
async fn orders_are_found_by_status_and_by_trace() {
    let output = on_server("search_attributes")
        .await
        .arg("--cache=0")
        .output()
        .unwrap();
    let text = stdout(&output);
    assert!(output.status.success(), "{}", stderr(&output));
    for part in [" shipped, total Some(12.5)", " returned, total None"] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(text.matches("in this trace: Order order-").count(), 2);
    assert_eq!(text.matches("in this trace: Parcel order-").count(), 1);
    assert!(text.contains("4 changes of attributes sent, 1 skipped"));
}

/// Flags, a variable of the environment, and what the error has to name.
type BadInput<'a> = (&'a [&'a str], Option<(&'a str, &'a str)>, &'a [&'a str]);

async fn assert_errors(inputs: &[BadInput<'_>]) {
    for (flags, variable, expected) in inputs {
        let output = example("local_activities")
            .args(*flags)
            .envs(*variable)
            .output()
            .unwrap();
        let error = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{flags:?}: {error}");
        for part in *expected {
            assert!(
                error.contains(part),
                "{flags:?} {variable:?}: {part:?} is not in {error}"
            );
        }
    }
}

#[tokio::test]
async fn errors_of_flags_name_the_value_and_the_way_out() {
    let (unused, server) = ("127.0.0.1:1", address().await);
    assert_errors(&[
        (&["--address", unused], None, &[unused, "--address"]),
        (&["--address", "no where"], None, &["no where", "HOST:PORT"]),
        (
            &["--address", server, "--namespace", "nowhere"],
            None,
            &[
                "nowhere",
                server,
                "namespace create -n nowhere",
                "--namespace",
            ],
        ),
        (
            &["--prometheus", "192.0.2.1:9464"],
            None,
            &["192.0.2.1:9464", "address of this machine"],
        ),
        (
            &["--introspect", "0.0.0.0:0"],
            None,
            &["refused to serve introspection on 0.0.0.0:0"],
        ),
        (
            &["--otlp", "no endpoint"],
            None,
            &["no endpoint", "http://localhost:4317"],
        ),
        (
            &["--log-file", "/no/such/dir/f"],
            None,
            &["/no/such/dir/f", "writable"],
        ),
    ])
    .await;
}

#[tokio::test]
async fn errors_of_the_environment_name_the_value_and_the_way_out() {
    assert_errors(&[
        (
            &[],
            Some(("CHRONOSCOPE_REPLAY", "hide")),
            &["CHRONOSCOPE_REPLAY", "hide", "suppress"],
        ),
        (
            &[],
            Some(("CHRONOSCOPE_METRIC_NAMING", "camel")),
            &["CHRONOSCOPE_METRIC_NAMING", "camel", "prometheus or core"],
        ),
        (
            &[],
            Some(("CHRONOSCOPE_LOG_FORMAT", "xml")),
            &["CHRONOSCOPE_LOG_FORMAT", "xml", "json"],
        ),
    ])
    .await;
}

#[cfg(unix)]
#[tokio::test]
async fn one_that_is_asked_to_end_shuts_its_worker_down() {
    let mut holding = on_server("local_activities").await;
    holding.arg("--hold");
    let mut holding = Running::start(holding);
    holding.until("holding; Ctrl-C ends").await;
    let (status, said) = holding.end("-TERM").await;
    assert!(status.success(), "{said}");
    assert!(said.contains("total: 10"), "{said}");
    assert!(said.contains("shutdown is done"), "{said}");

    // In the middle of its work, which waits for a cancellation that does not come.
    let mut waiting = Running::start(on_server("one_click_buy").await);
    waiting.until("purchase pending").await;
    let (status, said) = waiting.end("-TERM").await;
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("error: asked to end"), "{said}");
    assert!(said.contains("shutdown is done"), "{said}");
}
