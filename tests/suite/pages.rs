//! README, CONTRIBUTING, the guides and the examples' table: what they name exists.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// What README may weigh, in bytes.
const README: u64 = 10_000;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(page: &Path) -> String {
    fs::read_to_string(page).unwrap_or_else(|error| panic!("{}: {error}", page.display()))
}

/// Every page of prose, but generated ones.
fn pages() -> Vec<PathBuf> {
    let mut pages: Vec<_> = [
        "README.md",
        "CONTRIBUTING.md",
        "examples/README.md",
        "tests/server/README.md",
    ]
    .iter()
    .map(|page| root().join(page))
    .collect();
    let guides = fs::read_dir(root().join("src/guide")).unwrap();
    let guides = guides.map(|entry| entry.unwrap().path());
    pages.extend(guides.filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    pages
}

/// The names in the second column of the examples' table.
fn listed() -> Vec<String> {
    let page = read(&root().join("examples/README.md"));
    let (_, table) = page
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

/// The targets of a page's links.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let after = text.split("](").skip(1);
    after.filter_map(|rest| Some(rest.split_once(')')?.0))
}

/// What a page says between single backticks on one line.
fn code(text: &str) -> impl Iterator<Item = &str> {
    let prose = text.split("```").step_by(2);
    prose.flat_map(|prose| {
        prose
            .lines()
            .flat_map(|line| line.split('`').skip(1).step_by(2))
    })
}

/// Returns whether a path exists in the repository or next to the page; `*` and `NAME` stand for
/// any name.
fn exists(path: &str, beside: &Path) -> bool {
    let is_open = |part: &&str| part.contains('*') || *part == "NAME";
    let fixed: PathBuf = path.split('/').take_while(|part| !is_open(part)).collect();
    [root(), beside]
        .iter()
        .any(|base| base.join(&fixed).exists())
}

#[test]
fn every_example_is_in_the_table_once() {
    let folders = fs::read_dir(root().join("examples")).unwrap();
    let is_source = |path: &Path| path.extension().is_some_and(|ending| ending == "rs");
    let programs: BTreeSet<_> = folders
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("main.rs").exists() || is_source(path))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert!(programs.len() > 20, "{programs:?}");
    let rows = listed();
    let named: BTreeSet<_> = rows.iter().cloned().collect();
    assert_eq!(named, programs);
    assert_eq!(rows.len(), named.len(), "twice: {rows:?}");
}

#[test]
fn links_and_paths_lead_somewhere() {
    let mut checked = 0;
    for page in pages() {
        let text = read(&page);
        let beside = page.parent().unwrap();
        let relative =
            |link: &&str| !link.contains("://") && !link.contains("::") && !link.starts_with('#');
        for link in links(&text).filter(relative) {
            let (path, _) = link.split_once('#').unwrap_or((link, ""));
            let is_item = !path.contains('/') && !path.contains('.');
            let found = is_item || beside.join(path).exists();
            assert!(found, "{}: no {link}", page.display());
            checked += 1;
        }
        const ROOMS: [&str; 5] = ["src/", "tests/", "examples/", "dashboards/", "proto/"];
        let is_path = |code: &&str| {
            ROOMS.iter().any(|room| code.starts_with(room)) && !code.contains(char::is_whitespace)
        };
        for path in code(&text).filter(is_path) {
            assert!(exists(path, beside), "{}: no {path}", page.display());
            checked += 1;
        }
    }
    assert!(checked > 60, "{checked}");
}

#[test]
fn readme_stays_short() {
    let length = fs::metadata(root().join("README.md")).unwrap().len();
    assert!(
        length <= README,
        "{length} bytes: move what is new to a guide"
    );
}
