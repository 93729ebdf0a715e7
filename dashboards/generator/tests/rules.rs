//! The rules, by promtool: that they are sound, that each alert fires when it should and not before,
//! that it clears, and that nothing fires while all is well.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use chronoscope::schema::Naming;
use serde_json::{Value, json};

use super::{
    fleet::{self, BAD, MINUTES, Series},
    folder,
    generate::{Alert, NAMINGS, alert::Condition, alerts},
};
use crate::support::{backend, unique};

/// Runs promtool, and returns whether it was content and all that it said.
fn promtool(args: &[&str], file: &Path) -> (bool, String) {
    let tools = Command::new(backend("prometheus")).output().unwrap().stdout;
    let tools = String::from_utf8(tools).unwrap();
    let output = Command::new(Path::new(tools.trim()).join("promtool"))
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
    for (_, name) in NAMINGS {
        let (sound, words) = promtool(&["check", "rules"], &rules_of(name));
        assert!(sound, "{words}");
        let count = alerts::all().count();
        assert!(words.contains(&format!("{count} rules found")), "{words}");
    }
}

fn written(series: Vec<Series>) -> Value {
    let value = |value: Option<f64>| value.map_or("_".to_owned(), |value| value.to_string());
    let series = series.into_iter().map(|series| {
        let values: Vec<_> = series.values.into_iter().map(value).collect();
        json!({"series": series.series, "values": values.join(" ")})
    });
    series.collect()
}

/// Expects so many firing alerts of a name, or of any, at a minute.
fn firing(name: &str, minute: usize, expected: u32) -> Value {
    let name = if name.is_empty() {
        String::new()
    } else {
        format!("alertname=\"{name}\",")
    };
    json!({
        "expr": format!("count(ALERTS{{{name}alertstate=\"firing\"}}) or vector(0)"),
        "eval_time": format!("{minute}m"),
        "exp_samples": [{"labels": "{}", "value": expected}],
    })
}

/// Silent, silent until it has lasted long enough, firing, clear.
fn of_one(alert: &Alert, naming: Naming) -> Value {
    let lasts = usize::try_from(alert.minutes).unwrap();
    json!({
        "name": alert.name,
        "interval": "1m",
        "input_series": written(fleet::of(alert, naming, true)),
        "promql_expr_test": [
            firing(alert.name, BAD.start - 1, 0),
            firing(alert.name, BAD.start + lasts - 1, 0),
            firing(alert.name, BAD.end - 2, 1),
            firing(alert.name, MINUTES - 1, 0),
        ],
    })
}

fn healthy(naming: Naming) -> Value {
    let series = alerts::all().flat_map(|alert| fleet::of(alert, naming, false));
    let silent: Value = [10, 16, 30, 60, 90, 120]
        .map(|minute| firing("", minute, 0))
        .into_iter()
        .collect();
    json!({
        "name": "healthy",
        "interval": "1m",
        "input_series": written(series.collect()),
        "promql_expr_test": silent,
    })
}

/// Once is enough for an alert that waits for a minute or two.
fn of_one_event(alert: &Alert, naming: Naming) -> Value {
    let mut series = fleet::of(alert, naming, true);
    for value in series
        .iter_mut()
        .flat_map(|series| &mut series.values)
        .flatten()
    {
        *value = value.min(1.0);
    }
    json!({
        "name": format!("{} once", alert.name),
        "interval": "1m",
        "input_series": written(series),
        "promql_expr_test": [
            firing(alert.name, BAD.start + 4, 1),
            firing(alert.name, BAD.start + 10, 0),
        ],
    })
}

/// Runs tests on a file of rules.
fn test(rules: &Path, tests: &[Value]) -> (bool, String) {
    let file = std::env::temp_dir().join(unique("promtool"));
    let text = json!({"rule_files": [rules], "evaluation_interval": "1m", "tests": tests});
    fs::write(&file, text.to_string()).unwrap();
    let done = promtool(&["test", "rules"], &file);
    fs::remove_file(file).unwrap();
    done
}

#[test]
fn each_alert_fires_and_clears_and_is_silent_while_all_is_well() {
    for (naming, name) in NAMINGS {
        let mut tests: Vec<_> = alerts::all().map(|alert| of_one(alert, naming)).collect();
        tests.push(healthy(naming));
        let short = alerts::all()
            .filter(|alert| matches!(alert.condition, Condition::Happens(..)) && alert.minutes < 5);
        tests.extend(short.map(|alert| of_one_event(alert, naming)));
        assert!(tests.len() > 30);
        let (passed, words) = test(&rules_of(name), &tests);
        assert!(passed, "{name}: {words}");
    }
}

#[test]
fn a_queue_that_is_given_up_is_forgotten_after_an_hour() {
    let alert = alerts::named("WorkerVanished").unwrap();
    let mut series = fleet::of(alert, Naming::Prometheus, true);
    for series in &mut series {
        series.values[BAD.start..].fill(None);
    }
    let tests = [json!({
        "interval": "1m",
        "input_series": written(series),
        "promql_expr_test": [firing(alert.name, BAD.start + 40, 1), firing(alert.name, BAD.start + 70, 0)],
    })];
    let (passed, words) = test(&rules_of("prometheus"), &tests);
    assert!(passed, "{words}");
}

#[test]
fn promtool_notices_a_threshold_that_is_not_the_schemas() {
    let alert = alerts::named("WorkflowTaskScheduleToStartHigh").unwrap();
    let rules = fs::read_to_string(rules_of("prometheus")).unwrap();
    for (right, wrong) in [
        ("> 5\n", "> 10\n"),
        ("> 5\n", "> 2\n"),
        ("for: 5m", "for: 55m"),
    ] {
        let changed = rules.replace(right, wrong);
        assert_ne!(changed, rules);
        let file = std::env::temp_dir().join(unique("rules"));
        fs::write(&file, changed).unwrap();
        let (passed, _) = test(&file, &[of_one(alert, Naming::Prometheus)]);
        fs::remove_file(file).unwrap();
        assert!(!passed, "{wrong}");
    }
}
