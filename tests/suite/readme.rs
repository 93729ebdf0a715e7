//! The README's table of examples.

use std::{collections::BTreeSet, fs, path::Path};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The names in the second column of the table.
fn listed() -> Vec<String> {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, table) = readme
        .split_once("| feature | example | what you see |")
        .unwrap();
    let rows = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let listed = rows.map(|row| {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let [_, feature, example, seen, _] = cells[..] else {
            panic!("not three cells: {row}");
        };
        assert!(!feature.is_empty() && !seen.is_empty(), "{row}");
        example.trim_matches('`').to_owned()
    });
    listed.collect()
}

#[test]
fn every_example_is_in_the_table_once() {
    let folders = fs::read_dir(root().join("examples")).unwrap();
    let programs: BTreeSet<_> = folders
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("main.rs").exists() || path.extension().is_some())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert!(programs.len() > 20, "{programs:?}");
    let rows = listed();
    let named: BTreeSet<_> = rows.iter().cloned().collect();
    assert_eq!(named, programs);
    assert_eq!(rows.len(), named.len(), "twice: {rows:?}");
}
