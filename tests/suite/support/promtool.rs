//! promtool, which says what is wrong with a page of metrics.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use super::backend;

/// Lets the promtool of a backend check a page. Returns its exit code and what it says.
pub fn check_metrics(of: &str, page: &str) -> (Option<i32>, String) {
    let folder = Command::new(backend(of)).output().unwrap().stdout;
    let folder = String::from_utf8(folder).unwrap();
    let mut promtool = Command::new(Path::new(folder.trim()).join("promtool"))
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = promtool.stdin.take().unwrap();
    input.write_all(page.as_bytes()).unwrap();
    drop(input);
    let output = promtool.wait_with_output().unwrap();
    let words = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&words).into_owned(),
    )
}
