//! The house rules that a compiler does not check.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Rooms by line: a room imports only from lines above its own, or from itself.
const LINES: &[&[&str]] = &[
    &["env"],
    &["schema", "redact", "clock"],
    &["export"],
    &["execution"],
    &["replay"],
    &["commit"],
    &["logs", "metrics", "trace", "search_attributes"],
    &["observe"],
    &["rpc", "client", "activity", "workflow", "worker"],
    &["observability", "layer", "plugin", "rebuild", "introspect"],
    &["testing", "guide"],
];

/// The line whose rooms are one wiring and may import each other.
const WIRING: usize = 9;

/// Rooms below the adapters that may name types of the SDK.
const KNOW_THE_SDK: &[&str] = &[
    "search_attributes",
    "metrics/core",
    "trace/propagation/header.rs",
    "redact/conversion.rs",
];

fn line(room: &str) -> usize {
    let found = LINES.iter().position(|rooms| rooms.contains(&room));
    found.unwrap_or_else(|| panic!("room {room} is not in the plan"))
}

/// Every source file with its room and its code, comments left out.
fn sources() -> Vec<(PathBuf, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut sources) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if path.extension().is_none_or(|ending| ending != "rs") {
                continue;
            }
            let inside = path.strip_prefix(&root).unwrap().to_owned();
            let room = inside.iter().next().unwrap().to_str().unwrap();
            let room = room.trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let is_code = |line: &&str| !line.trim_start().starts_with("//");
            let code: Vec<_> = text.lines().filter(is_code).collect();
            sources.push((inside, room, code.join("\n")));
        }
    }
    assert!(sources.len() > 20);
    sources
}

fn identifier(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    &text[..end.unwrap_or(text.len())]
}

/// The rooms that code names after `crate::`, alone or in a group.
fn imports(code: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for (start, _) in code.match_indices("crate::") {
        let rest = &code[start + "crate::".len()..];
        let Some(group) = rest.strip_prefix('{') else {
            rooms.push(identifier(rest).to_owned());
            continue;
        };
        let (mut depth, mut at_start) = (0, true);
        for (n, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => at_start = true,
                c if at_start && c.is_alphabetic() => {
                    rooms.push(identifier(&group[n..]).to_owned());
                    at_start = false;
                }
                _ => {}
            }
        }
    }
    rooms
}

#[test]
fn rooms_import_only_from_the_lines_above() {
    let mut checked = 0;
    for (path, room, code) in sources().into_iter().filter(|(_, room, _)| room != "lib") {
        for import in imports(&code) {
            let (own, other) = (line(&room), line(&import));
            let allowed = import == room || other < own || (own == WIRING && other == WIRING);
            assert!(
                allowed,
                "{}: {room} must not import {import}",
                path.display()
            );
            checked += 1;
        }
    }
    assert!(checked > 30);
}

#[test]
fn types_of_the_sdk_stay_in_the_adapters_and_the_wiring() {
    for (path, room, code) in sources().into_iter().filter(|(_, room, _)| room != "lib") {
        let names_it = ["client", "common", "sdk", "workflow"]
            .iter()
            .any(|name| code.contains(&format!("temporalio_{name}::")));
        let allowed = line(&room) >= 7 || KNOW_THE_SDK.iter().any(|known| path.starts_with(known));
        assert!(
            allowed || !names_it,
            "{} names a type of the SDK",
            path.display()
        );
    }
}

#[test]
fn rooms_stay_small() {
    for (path, _, code) in sources() {
        let lines = code.lines().filter(|line| !line.trim().is_empty()).count();
        assert!(lines <= 250, "{} has {lines} lines of code", path.display());
    }
}

/// Returns the lines that a hunk of a patch finds in its file.
fn found_by(hunk: &str) -> String {
    let lines = hunk.lines().skip(1);
    let old = lines.filter_map(|line| line.strip_prefix([' ', '-']));
    old.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_mutant_is_a_change_of_the_sources_as_they_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut stale, mut patches) = (Vec::new(), 0);
    for entry in fs::read_dir(root.join("tests/programs/mutants")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "patch") {
            continue;
        }
        patches += 1;
        let patch = fs::read_to_string(&path).unwrap();
        let mut files = patch.split("\n+++ b/").skip(1);
        let applies = files.all(|file| {
            let (file, hunks) = file.split_once('\n').unwrap();
            let source = fs::read_to_string(root.join(file)).unwrap();
            let hunks = hunks.split("\ndiff --git").next().unwrap();
            let hunks = format!("\n{hunks}");
            let mut hunks = hunks.split("\n@@ ").skip(1);
            hunks.all(|hunk| source.contains(&found_by(hunk)))
        });
        if !applies {
            stale.push(path);
        }
    }
    assert!(patches >= 12);
    assert_eq!(stale, Vec::<PathBuf>::new());
}
