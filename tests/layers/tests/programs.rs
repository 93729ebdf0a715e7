//! The programs to copy, under filters that know nothing of the context span.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::process::Command;

use errands::{ID, SHOPS};

/// Runs a program under a filter, and returns what it wrote to standard output.
fn run(program: &str, filter: &str) -> String {
    let mut command = Command::new(program);
    let output = command.env("RUST_LOG", filter).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "RUST_LOG={filter}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn own_lines(output: &str) -> Vec<&str> {
    let is_own = |line: &&str| line.contains("target=errands");
    output.lines().filter(is_own).collect()
}

/// The number of lines of an errand.
const LINES: usize = 3 + 2 * SHOPS as usize;

const WARNING: &str = "add the directive `chronoscope::context=error`";

#[test]
fn an_installed_subscriber_keeps_the_context_span_whatever_the_filter_says() {
    for filter in [
        "info",
        "warn,errands=info",
        "off,errands=info",
        "errands=info",
        "info,chronoscope=off",
        "info,chronoscope::context=off",
        "off,[errand]=info,errands=info",
    ] {
        let output = run(env!("CARGO_BIN_EXE_installed"), filter);
        let lines = own_lines(&output);
        assert_eq!(lines.len(), LINES, "RUST_LOG={filter}: {output}");
        for line in lines {
            let id = format!("workflow_id={ID}");
            assert!(line.contains(&id), "RUST_LOG={filter}: {line}");
        }
        assert!(!output.contains(WARNING), "RUST_LOG={filter}: {output}");
    }
}

#[test]
fn a_filter_tells_workflows_by_the_fields_of_the_context_span() {
    for program in [env!("CARGO_BIN_EXE_own"), env!("CARGO_BIN_EXE_installed")] {
        for (id, expect) in [(ID, LINES), ("another", 0)] {
            let output = run(
                program,
                &format!("error,[temporal{{workflow_id={id}}}]=info"),
            );
            assert_eq!(
                own_lines(&output).len(),
                expect,
                "{program}, {id}: {output}"
            );
        }
    }
}

#[test]
fn a_filter_that_disables_the_context_span_is_warned_of_once() {
    for filter in ["off,errands=info", "errands=info", "info,chronoscope=off"] {
        let output = run(env!("CARGO_BIN_EXE_own"), filter);
        assert_eq!(
            own_lines(&output).len(),
            LINES,
            "RUST_LOG={filter}: {output}"
        );
        assert!(
            !output.contains("workflow_id="),
            "RUST_LOG={filter}: {output}"
        );
        assert_eq!(
            output.matches(WARNING).count(),
            1,
            "RUST_LOG={filter}: {output}"
        );
    }
    let heeded = "errands=info,chronoscope::context=error";
    for filter in ["info", "error,errands=info", heeded] {
        let output = run(env!("CARGO_BIN_EXE_own"), filter);
        assert_eq!(
            output.matches("workflow_id=").count(),
            LINES,
            "RUST_LOG={filter}: {output}"
        );
        assert!(!output.contains(WARNING), "RUST_LOG={filter}: {output}");
    }
}
