//! Boards, rules and the runbook, as text, from the catalogue.
//!
//! A metric joins a board by one line in `boards/`; an alert is one value in `alerts/`, from which
//! its rule, its runbook section and its inhibitions come.

#![allow(
    dead_code,
    reason = "a module of several programs, each of which needs a part of it"
)]

pub mod alert;
pub mod alerts;
pub mod board;
mod boards;
pub mod condition;
mod draw;
mod expr;
mod grafana;
pub mod inhibit;
pub mod kubernetes;
pub mod namespace;
mod promql;
pub mod rules;
mod runbook;
pub mod slots;
pub mod threshold;
pub mod variables;

use std::{collections::BTreeMap, path::PathBuf};

use chronoscope::schema::Naming;

pub use self::{
    alert::Alert,
    board::Board,
    promql::Promql,
    rules::{Faster, Links},
};

/// The default URL of the runbook, which is a page of the crate's manual.
pub const RUNBOOK: &str = "https://docs.rs/chronoscope/latest/chronoscope/guide/runbook/index.html";

/// The namings of metrics, with the folder of each one's boards.
pub const NAMINGS: [(Naming, &str); 2] =
    [(Naming::Prometheus, "prometheus"), (Naming::Core, "core")];

/// Returns every board under a naming.
pub fn boards(naming: Naming) -> Vec<Board> {
    boards::all(naming)
}

/// Returns the folder of a naming's boards.
fn folder(naming: Naming) -> &'static str {
    let known = NAMINGS.iter().find(|(known, _)| *known == naming);
    known.map_or("", |(_, folder)| folder)
}

/// Returns every generated file, by its path inside `dashboards/`.
pub fn files(links: Links<'_>) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    for (naming, folder) in NAMINGS {
        for board in boards(naming) {
            let path = PathBuf::from(folder).join(format!("{}.json", board.slug()));
            files.insert(path, grafana::json(&board, folder, links.runbook));
        }
        let path = format!("alerts/{folder}.rules.yml");
        let text = rules::yaml(naming, Faster::default(), links);
        files.insert(path.into(), text);
    }
    files.insert("alerts/inhibit.yml".into(), inhibit::yaml());
    files.insert("RUNBOOK.md".into(), runbook::markdown());
    files
}

/// One second, in the unit of durations.
pub fn per_second(naming: Naming) -> f64 {
    match naming {
        Naming::Core => 1000.0,
        _ => 1.0,
    }
}
