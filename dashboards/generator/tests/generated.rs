//! What is checked in is what the generator writes, and its parts agree with each other.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use chronoscope::schema::{Metric, MetricKind, Naming, Operation, Unit};
use serde_json::Value;

use super::{
    folder,
    generate::{
        Links, NAMINGS,
        alert::Severity,
        alerts, boards,
        condition::Condition,
        files, inhibit,
        threshold::{Measure, Threshold},
    },
};
use crate::support::backend;

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
            .filter(|metric| !shown.contains(metric))
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

#[test]
fn every_threshold_is_in_its_alert() {
    for threshold in Threshold::ALL {
        let alert = alerts::named(threshold.alert);
        let alert = alert.unwrap_or_else(|| panic!("no alert {}", threshold.alert));
        let expr = alert.expr(Naming::Core, Default::default());
        let name = threshold.metric.exported_name(Naming::Core);
        let Measure::Quantile(quantile) = threshold.measure else {
            // Of a histogram, a share is of how many values there are: no bucket matters.
            assert!(expr.contains(&format!("> {}", threshold.value)), "{expr}");
            let counted = expr.contains(&format!("{name}_count"));
            let of_histogram = threshold.metric.kind() == MetricKind::Histogram;
            assert_eq!(counted, of_histogram, "{expr}");
            assert!(!expr.contains("_bucket"), "{expr}");
            continue;
        };
        let quantile = format!("histogram_quantile({quantile}, ");
        assert!(expr.contains(&quantile), "{expr}");
        let value = match threshold.metric.unit() {
            Unit::Seconds => threshold.value * 1000.0,
            _ => threshold.value,
        };
        assert!(expr.contains(&format!(") > {value}")), "{expr}");
    }
}

/// The headings of a Markdown text, as links name them.
pub fn anchors(markdown: &str) -> BTreeSet<String> {
    let headings = markdown.lines().filter_map(|line| line.strip_prefix("## "));
    headings
        .map(|heading| heading.to_lowercase().replace(' ', "-"))
        .collect()
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
    for (path, text) in files {
        let urls = text.split('"').filter(|text| text.contains("RUNBOOK.md#"));
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

#[test]
fn boards_fit_the_model_of_grafanas_foundation_sdk() {
    let python = Command::new(backend("grafana")).output().unwrap();
    let python = String::from_utf8(python.stdout).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/model.py");
    let check = |boards: &[PathBuf]| {
        let output = Command::new(python.trim())
            .arg(&script)
            .args(boards)
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        String::from_utf8(output.stdout).unwrap()
    };
    let paths = files(Links::default()).into_keys();
    let boards = paths.filter(|path| path.extension().is_some_and(|kind| kind == "json"));
    let boards: Vec<_> = boards.map(|path| folder().join(path)).collect();
    assert_eq!(boards.len(), 14);
    assert_eq!(check(&boards), "");

    // That the model would say so.
    let text = fs::read_to_string(&boards[0]).unwrap();
    let bad =
        text.replacen("\"lineWidth\"", "\"lineWidht\"", 1)
            .replacen("\"absolute\"", "\"abs\"", 1);
    let file = std::env::temp_dir().join(crate::support::unique("board"));
    fs::write(&file, bad).unwrap();
    let said = check(std::slice::from_ref(&file));
    fs::remove_file(file).unwrap();
    assert!(
        said.contains("lineWidht: unknown") && said.contains("'abs' is no ThresholdsMode"),
        "{said}"
    );
}
#[test]
fn every_threshold_of_a_quantile_is_a_bound_inside_its_buckets() {
    let mut checked = 0;
    for threshold in Threshold::ALL {
        assert_eq!(Threshold::of(threshold.alert), Some(*threshold));
        let Measure::Quantile(quantile) = threshold.measure else {
            assert!(threshold.value > 0.0 && threshold.value < 1.0);
            // Nothing counts replays but how many of them were timed.
            let timed_only = threshold.metric == Metric::WorkflowTaskReplayLatency;
            let is_histogram = threshold.metric.kind() == MetricKind::Histogram;
            assert_eq!(is_histogram, timed_only, "{threshold:?}");
            continue;
        };
        let [_, inside @ .., _] = threshold.metric.buckets() else {
            panic!("{threshold:?} has no buckets");
        };
        assert!(
            inside.contains(&threshold.value),
            "{} can't fire: {} s is no bound inside {inside:?}",
            threshold.alert,
            threshold.value
        );
        // Of a history's length and size, the largest counts.
        assert_eq!(threshold.metric.unit() == Unit::Seconds, quantile < 1.0);
        checked += 1;
    }
    assert!(checked >= 9);
}
