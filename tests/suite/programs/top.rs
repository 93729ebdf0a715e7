//! `top` over a worker of another process.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use super::{example, on_server, stderr, stdout};

/// A worker that serves introspection until the value is dropped.
struct Served {
    process: Child,
    address: String,
}

impl Served {
    async fn start(token: Option<&str>) -> Self {
        let mut command = on_server("local_activities").await;
        if let Some(token) = token {
            command.env("CHRONOSCOPE_INTROSPECT_TOKEN", token);
        }
        let mut process = command
            .args(["--introspect", "127.0.0.1:0", "--hold"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut address, mut lines) =
            (None, BufReader::new(process.stdout.take().unwrap()).lines());
        for line in &mut lines {
            let line = line.unwrap();
            if let Some(served) = line.strip_prefix("introspection on ") {
                address = Some(served.to_owned());
            }
            if line.starts_with("holding") {
                break;
            }
        }
        // What it writes later has to go somewhere.
        std::thread::spawn(move || lines.count());
        Self {
            process,
            address: address.expect("it serves"),
        }
    }

    fn top(&self) -> Command {
        let mut command = example("top");
        command.env_remove("CHRONOSCOPE_INTROSPECT_TOKEN");
        command.args(["--introspect", &self.address]);
        command
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn top_shows_a_worker_of_another_process_into_a_pipe() {
    let served = Served::start(None).await;
    // A pipe is no terminal, so it is plain even if nobody says so.
    for flags in [
        &["--looks", "2", "--interval", "0.1"][..],
        &["--plain", "--looks=1", "--sort=age", "--reverse"],
    ] {
        let output = served.top().args(flags).output().unwrap();
        let text = stdout(&output);
        assert!(output.status.success(), "{}", stderr(&output));
        let looks = if flags.len() == 4 && flags[0] == "--looks" {
            2
        } else {
            1
        };
        assert_eq!(text.matches("workers: 1\n").count(), looks, "{text}");
        for part in [
            "  bill-",
            "activity 0/",
            "workflow ",
            "runs: ",
            "activities: 0",
            "lost: 0 lines",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}

#[tokio::test]
async fn top_says_what_is_wrong() {
    let served = Served::start(Some("open sesame")).await;
    let output = served.top().args(["--looks=1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("requires a token"),
        "{}",
        stderr(&output)
    );
    let output = served
        .top()
        .args(["--looks=1", "--token", "open sesame"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));

    let output = example("top")
        .args(["--introspect", "127.0.0.1:1"])
        .output()
        .unwrap();
    let error = stderr(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        error.contains("nothing serves introspection on 127.0.0.1:1"),
        "{error}"
    );
    assert!(error.contains("--introspect 127.0.0.1:1"), "{error}");
    let output = example("top").args(["--interval", "0"]).output().unwrap();
    assert!(stderr(&output).contains("0.1 to 3600 seconds"));

    let mut outside = on_server("local_activities").await;
    let output = outside
        .args(["--introspect", "0.0.0.0:0"])
        .output()
        .unwrap();
    let error = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(
        error.contains("refused to serve introspection on 0.0.0.0:0"),
        "{error}"
    );
}
