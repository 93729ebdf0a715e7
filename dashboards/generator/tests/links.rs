//! The links of alerts, boards and panels: each leads to an existing board, section of the runbook
//! or search, and fills in existing variables.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

use chronoscope::schema::Operation;
use serde_json::Value;

use crate::{
    folder,
    generate::{Links, NAMINGS, RUNBOOK, alerts, files},
};

/// The variables of each board of a folder, by the board's id.
fn boards(name: &str) -> BTreeMap<String, BTreeSet<String>> {
    let of_file = |path| {
        let board: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let variables = board["templating"]["list"].as_array().unwrap().iter();
        let variables = variables.map(|variable| variable["name"].as_str().unwrap().to_owned());
        (
            board["uid"].as_str().unwrap().to_owned(),
            variables.collect(),
        )
    };
    let files = fs::read_dir(folder().join(name)).unwrap();
    files.map(|file| of_file(file.unwrap().path())).collect()
}

/// The values of a key of the rules, one per alert.
fn values(rules: &str, key: &str) -> Vec<String> {
    let start = format!("{key}: ");
    let values = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix(&start));
    values
        .map(|value| serde_json::from_str(value).unwrap_or_else(|_| value.to_owned()))
        .collect()
}

#[test]
fn every_alert_links_a_board_with_its_variables_and_a_section_of_the_runbook() {
    let runbook = fs::read_to_string(folder().join("RUNBOOK.md")).unwrap();
    let anchors = anchors(&runbook);
    for (_, name) in NAMINGS {
        let boards = boards(name);
        let rules = folder().join(format!("alerts/{name}.rules.yml"));
        let rules = fs::read_to_string(rules).unwrap();
        let names = values(&rules, "- alert");
        let (to_boards, to_runbook) = (
            values(&rules, "dashboard_url"),
            values(&rules, "runbook_url"),
        );
        let counts = [names.len(), to_boards.len(), to_runbook.len()];
        assert_eq!(counts, [alerts::all().count(); 3], "{name}");
        for ((alert, board), section) in names.iter().zip(&to_boards).zip(&to_runbook) {
            let (page, anchor) = section.split_once('#').unwrap();
            assert!(
                page == RUNBOOK && anchors.contains(anchor),
                "{alert}: {section}"
            );
            assert_eq!(anchor, alert.to_lowercase());

            let (id, filled) = board.strip_prefix("/d/").unwrap().split_once('?').unwrap();
            let variables = boards
                .get(id)
                .unwrap_or_else(|| panic!("{alert}: no board {id}"));
            for pair in filled.split('&') {
                let (variable, value) = pair.split_once('=').unwrap();
                let variable = variable.strip_prefix("var-").unwrap();
                assert!(
                    variables.contains(variable),
                    "{alert}: {id} has no {variable}"
                );
                assert!(
                    value.contains(&format!("$labels.{variable} | urlquery }}}}")),
                    "{value}"
                );
            }
        }
    }
}

/// The headings of a Markdown text, as links name them.
fn anchors(markdown: &str) -> BTreeSet<String> {
    let headings = markdown.lines().filter_map(|line| line.strip_prefix("## "));
    headings
        .map(|heading| heading.to_lowercase().replace(' ', "-"))
        .collect()
}

#[test]
fn the_runbook_is_a_page_of_the_manual_in_the_package() {
    let root = folder().join("..");
    let list = Command::new(env!("CARGO"))
        .args(["package", "--list", "--allow-dirty", "--offline"])
        .args(["--package", "chronoscope"])
        .current_dir(&root)
        .output()
        .unwrap();
    let files = String::from_utf8(list.stdout).unwrap();
    let errors = String::from_utf8_lossy(&list.stderr);
    assert!(
        files.lines().any(|file| file == "dashboards/RUNBOOK.md"),
        "{files}{errors}"
    );
    // docs.rs has the module's page under this address, with the headings as anchors.
    let page = RUNBOOK.strip_prefix("https://docs.rs/chronoscope/latest/chronoscope/");
    assert_eq!(page, Some("guide/runbook/index.html"));
    let manual = fs::read_to_string(root.join("src/guide/mod.rs")).unwrap();
    let module = "#[doc = include_str!(\"../../dashboards/RUNBOOK.md\")]\npub mod runbook {}";
    assert!(manual.contains(module));
}

#[test]
fn every_link_leads_somewhere() {
    let files = files(Links::default());
    let anchors = anchors(&files[Path::new("RUNBOOK.md")]);
    let operations: Vec<_> = Operation::ALL
        .iter()
        .map(|operation| operation.name())
        .collect();
    let mut seen = (0, 0);
    let section = format!("{RUNBOOK}#");
    for (path, text) in files {
        let urls = text.split('"').filter(|text| text.contains(&section));
        for url in urls {
            let (_, anchor) = url.split_once('#').unwrap();
            assert!(anchors.contains(anchor), "{}: {anchor}", path.display());
            seen.0 += 1;
        }
        for url in text.split('"').filter(|text| text.starts_with("/explore?")) {
            let panes = url.split_once("panes=").unwrap().1;
            let panes = panes
                .replace("%22", "\"")
                .replace("%20", " ")
                .replace("%3D", "=");
            let panes: Value = serde_json::from_str(&panes).unwrap();
            let query = &panes["traces"]["queries"][0];
            assert_eq!(query["service"], "${service}");
            assert_eq!(panes["traces"]["range"]["from"], "${__from}");
            if let Some(name) = query["operation"].as_str() {
                let (operation, name) = name.split_once(':').unwrap();
                assert!(operations.contains(&operation), "{operation}");
                assert!(name.starts_with("${__field.labels."), "{name}");
            }
            seen.1 += 1;
        }
    }
    assert!(seen.0 > 200 && seen.1 > 200, "{seen:?}");
}
