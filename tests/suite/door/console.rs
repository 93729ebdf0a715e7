//! The console on standard error, in flat JSON, chosen by the environment.

use chronoscope::{Observability, logs::Console};

use super::process::part;

#[test]
#[ignore = "a part of another test"]
fn by_environment() {
    let observability = Observability::from_env().unwrap().install().unwrap();
    tracing::info!(n = 7, "on the console");
    observability.shutdown();
}

#[test]
#[ignore = "a part of another test"]
fn by_program() {
    let observability = Observability::from_env().unwrap();
    let observability = observability.logs(|l| l.console(Console::Stderr));
    let observability = observability.install().unwrap();
    tracing::info!(n = 7, "on the console");
    observability.shutdown();
}

/// Whether the line is on standard output, and whether it is on standard error.
fn check(name: &str, variables: &[(&str, &str)], expected: [bool; 2]) -> [String; 2] {
    let mut program = part(name);
    let output = program.envs(variables.iter().copied()).output().unwrap();
    let texts = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    assert!(output.status.success(), "{texts:?}");
    let is_there = texts.each_ref().map(|text| text.contains("on the console"));
    assert_eq!(is_there, expected, "{name} {variables:?}: {texts:?}");
    texts
}

#[test]
fn the_console_is_on_the_stream_that_is_chosen() {
    check("console::by_environment", &[], [true, false]);
    check("console::by_program", &[], [false, true]);
    let stdout = [("CHRONOSCOPE_LOG_CONSOLE", "stdout")];
    check("console::by_program", &stdout, [false, true]);
    let stderr = [
        ("CHRONOSCOPE_LOG_CONSOLE", "stderr"),
        ("CHRONOSCOPE_LOG_FORMAT", "json_flat"),
    ];
    let [_, text] = check("console::by_environment", &stderr, [false, true]);
    let line = text.lines().find(|line| line.starts_with('{')).unwrap();
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!(
        (&line["message"], &line["n"]),
        (&"on the console".into(), &7.into())
    );
}

#[test]
fn an_unknown_stream_is_an_error_that_names_the_known_ones() {
    let mut program = part("console::by_environment");
    let (succeeded, text) = super::process::output(program.env("CHRONOSCOPE_LOG_CONSOLE", "stdin"));
    assert!(!succeeded);
    assert!(text.contains("CHRONOSCOPE_LOG_CONSOLE"), "{text}");
    assert!(text.contains("stdout or stderr"), "{text}");
}
