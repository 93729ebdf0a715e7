//! The links of alerts: each leads to a board and to a section of the runbook that are there, and
//! fills in variables that the board has.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use serde_json::Value;

use crate::{
    folder,
    generate::{NAMINGS, RUNBOOK, alerts},
    generated::anchors,
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

/// The values of a key of the rules, one an alert.
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
