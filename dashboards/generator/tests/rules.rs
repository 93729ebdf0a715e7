//! The rules, checked by the promtool of Prometheus 2 and 3.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    folder,
    generate::{NAMINGS, alerts},
};
use crate::support::backend;

/// Runs the promtool of one generation of Prometheus. Returns whether it succeeded, and its output.
pub fn promtool(generation: &str, args: &[&str], file: &Path) -> (bool, String) {
    let tools = Command::new(backend(generation)).output().unwrap().stdout;
    let tools = String::from_utf8(tools).unwrap();
    let output = Command::new(Path::new(tools.trim()).join("promtool"))
        // It runs briefly, so that it can collect garbage less often.
        .env("GOGC", "400")
        .args(args)
        .arg(file)
        .output()
        .unwrap();
    let words = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(words).unwrap())
}

fn rules_of(name: &str) -> PathBuf {
    folder().join(format!("alerts/{name}.rules.yml"))
}

#[test]
fn promtool_finds_the_rules_sound() {
    for generation in ["prometheus", "prometheus3"] {
        for (_, name) in NAMINGS {
            let (sound, words) = promtool(generation, &["check", "rules"], &rules_of(name));
            assert!(sound, "{generation}: {words}");
            let count = alerts::all().count();
            let found = format!("{count} rules found");
            assert!(words.contains(&found), "{generation}: {words}");
        }
    }
}
