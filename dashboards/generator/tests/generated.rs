//! What is checked in is what the generator writes, and its parts agree with each other.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use chronoscope::schema::{Metric, Naming};

use super::{
    folder,
    generate::{
        Links, NAMINGS, alert::Severity, alerts, boards, condition::Condition, files, inhibit,
    },
};

/// The files of a folder, by their paths inside it.
fn read(root: &Path, below: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(root.join(below)).unwrap() {
        let path = below.join(entry.unwrap().file_name());
        if root.join(&path).is_dir() {
            found.extend(read(root, &path));
        } else {
            found.insert(path.clone(), fs::read_to_string(root.join(path)).unwrap());
        }
    }
    found
}

#[test]
fn what_is_checked_in_is_what_the_generator_writes() {
    let expected = files(Links::default());
    let mut found = BTreeMap::new();
    for part in ["alerts", "core", "prometheus"] {
        found.extend(read(&folder(), Path::new(part)));
    }
    let runbook = fs::read_to_string(folder().join("RUNBOOK.md")).unwrap();
    found.insert("RUNBOOK.md".into(), runbook);
    for (path, text) in &expected {
        assert!(
            found.get(path) == Some(text),
            "dashboards/{} is stale: `cargo run -p chronoscope-dashboards`",
            path.display()
        );
        assert!(text.len() < 300_000, "{} is large", path.display());
    }
    let left: Vec<_> = found
        .keys()
        .filter(|path| !expected.contains_key(*path))
        .collect();
    assert!(left.is_empty(), "nobody writes {left:?}");
}

/// Whether no worker of the SDK can have the metric: version 1.1 never polls for Nexus tasks.
fn is_never_recorded(metric: Metric) -> bool {
    metric.name().contains("_nexus_")
}

#[test]
fn every_metric_of_the_catalogue_is_on_a_board() {
    for (naming, _) in NAMINGS {
        let boards = boards(naming);
        let shown: BTreeSet<_> = boards
            .iter()
            .flat_map(|board| board.panels())
            .collect::<Vec<_>>()
            .iter()
            .flat_map(|panel| panel.metrics.clone())
            .collect();
        let missing: Vec<_> = Metric::ALL
            .iter()
            .filter(|metric| !shown.contains(metric) && !is_never_recorded(**metric))
            .collect();
        assert!(missing.is_empty(), "on no board: {missing:?}");
        for panel in boards.iter().flat_map(|board| board.panels()) {
            for metric in &panel.metrics {
                let name = metric.exported_name(naming);
                let named = |query: &super::generate::board::Query| query.expr.contains(&name);
                assert!(
                    panel.queries.iter().any(named),
                    "{}: no {name}",
                    panel.title
                );
            }
        }
    }
}

#[test]
fn every_panel_says_what_bad_looks_like_and_what_to_do() {
    for board in boards(Naming::default()) {
        let mut titles = BTreeSet::new();
        for panel in board.panels() {
            let place = format!("{} / {}", board.title, panel.title);
            assert!(titles.insert(panel.title), "{place} is there twice");
            assert!(
                panel.what.len() > 10 && panel.bad.len() > 4 && panel.act.len() > 10,
                "{place}"
            );
            assert!(!panel.queries.is_empty(), "{place}");
            if let Some(alert) = panel.alert {
                assert!(alerts::named(alert).is_some(), "{place} names {alert}");
            }
        }
    }
}

#[test]
fn every_alert_is_whole() {
    let mut names = BTreeSet::new();
    for alert in alerts::all() {
        let name = alert.name;
        assert!(names.insert(name), "{name} is there twice");
        for text in [alert.symptom, alert.cause, alert.check, alert.fix] {
            assert!(text.len() > 10, "{name}");
        }
        let above = matches!(alert.condition, Condition::Above(_));
        assert_eq!(
            above,
            alert.threshold().is_some(),
            "{name} and its threshold"
        );
        for source in alert.follows {
            let source = alerts::named(source).unwrap_or_else(|| panic!("{name}: no {source}"));
            assert!(
                inhibit::equal(alert, source).len() >= 2,
                "{name} and {}",
                source.name
            );
            assert!(
                !source.follows.contains(&name),
                "{name} and {} silence each other",
                source.name
            );
        }
        assert!(alert.lasts() <= alert.window().max(alert.lasts()), "{name}");
    }
    let critical = alerts::all().filter(|alert| alert.severity == Severity::Critical);
    assert!(critical.count() > 10);
}
