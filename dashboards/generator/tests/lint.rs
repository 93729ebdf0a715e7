//! The rules of Grafana's dashboard-linter, by its own names for them, on each board. (The linter
//! itself is not available from the registries that tests may use.)

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

use super::{
    folder,
    generate::{Links, files},
};

/// The units of Grafana that are used here.
const UNITS: &[&str] = &[
    "short",
    "percent",
    "percentunit",
    "bytes",
    "s",
    "ms",
    "cps",
    "reqps",
];

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// What the linter would report on a board.
fn problems(board: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    if board["editable"] != false {
        problems.push("uneditable-dashboard".to_owned());
    }
    let variables = list(&board["templating"], "list");
    of_variables(variables, &mut problems);
    let sources: BTreeSet<_> = variables
        .iter()
        .filter(|variable| variable["type"] == "datasource")
        .map(|variable| format!("${{{}}}", text(variable, "name")))
        .collect();
    for panel in list(board, "panels")
        .iter()
        .filter(|panel| panel["type"] != "row")
    {
        let mut of_panel = Vec::new();
        one(panel, &sources, &mut of_panel);
        problems.extend(
            of_panel
                .iter()
                .map(|rule| format!("{rule}: {}", text(panel, "title"))),
        );
    }
    problems
}

fn of_variables(variables: &[Value], problems: &mut Vec<String>) {
    let named = |name: &str| variables.iter().find(|variable| variable["name"] == name);
    let sources = variables
        .iter()
        .filter(|variable| variable["type"] == "datasource");
    let fits = |variable: &Value| {
        let kind = text(variable, "query");
        let title = format!("{}{} data source", kind[..1].to_uppercase(), &kind[1..]);
        variable["name"] == format!("{kind}_datasource") && variable["label"] == title
    };
    if !sources.clone().all(fits) || sources.count() == 0 {
        problems.push("template-datasource-rule".to_owned());
    }
    // The linter wants `.+` for both, which would leave out series that came by OTLP without an
    // instance.
    for (name, all) in [("job", ".+"), ("instance", ".*")] {
        let fits = named(name).is_some_and(|variable| {
            variable["type"] == "query"
                && variable["datasource"]["uid"] == "${prometheus_datasource}"
                && variable["multi"] == true
                && variable["allValue"] == all
        });
        if !fits {
            problems.push(format!("template-{name}-rule"));
        }
    }
    for variable in variables
        .iter()
        .filter(|variable| variable["type"] == "query")
    {
        if variable["refresh"] != 2 {
            problems.push(format!(
                "template-on-time-change-reload-rule: {}",
                text(variable, "name")
            ));
        }
        let query = text(&variable["query"], "query");
        if !query.starts_with("label_values(") || !query.ends_with(')') {
            problems.push(format!("template-label-promql-rule: {query}"));
        }
    }
}

fn one(panel: &Value, sources: &BTreeSet<String>, problems: &mut Vec<&'static str>) {
    let mut rule = |name, broken| {
        if broken {
            problems.push(name)
        }
    };
    let (title, description) = (text(panel, "title"), text(panel, "description"));
    rule(
        "panel-title-description-rule",
        title.is_empty() || description.is_empty(),
    );
    rule(
        "panel-units-rule",
        !UNITS.contains(&text(&panel["fieldConfig"]["defaults"], "unit")),
    );
    let targets = list(panel, "targets");
    rule("panel-no-targets-rule", targets.is_empty());
    for of in std::iter::once(panel).chain(targets) {
        rule(
            "panel-datasource-rule",
            !sources.contains(text(&of["datasource"], "uid")),
        );
    }
    for target in targets {
        let expr = text(target, "expr");
        let selectors = expr.matches('{').count();
        let each_has = |matcher: &str| expr.matches(matcher).count() == selectors && selectors > 0;
        rule("target-job-rule", !each_has("job=~\"$job\""));
        rule("target-instance-rule", !each_has("instance=~\"$instance\""));
        let ranges = expr.matches('[').count();
        let by_interval = expr.matches("[$__rate_interval]").count();
        rule("target-rate-interval-rule", ranges != by_interval);
        rule("target-counter-agg-rule", counters_without_rate(expr));
    }
}

/// Whether a counter is read without a rate.
fn counters_without_rate(expr: &str) -> bool {
    let counters = expr.match_indices("_total{");
    let mut bare = counters.filter(|(end, _)| {
        let name = expr[..*end].rfind(|c: char| !c.is_alphanumeric() && c != '_');
        name.is_none_or(|start| !expr[..=start].ends_with("rate("))
    });
    bare.next().is_some()
}

#[test]
fn the_linter_has_nothing_to_say() {
    let mut panels = 0;
    for path in files(Links::default())
        .keys()
        .filter(|path| path.extension().is_some_and(|kind| kind == "json"))
    {
        let board: Value =
            serde_json::from_str(&fs::read_to_string(folder().join(path)).unwrap()).unwrap();
        assert_eq!(problems(&board), Vec::<String>::new(), "{}", path.display());
        panels += list(&board, "panels").len();
    }
    assert!(panels > 150);
}

/// What is right, what would be wrong in its place, and the rule that says so.
const WRONG: [(&str, &str, &str); 10] = [
    (
        "\"editable\": false",
        "\"editable\": true",
        "uneditable-dashboard",
    ),
    ("[$__rate_interval]", "[5m]", "target-rate-interval-rule"),
    (
        "\"unit\": \"reqps\"",
        "\"unit\": \"calls\"",
        "panel-units-rule",
    ),
    (
        "\"uid\": \"${prometheus_datasource}\"",
        "\"uid\": \"abc\"",
        "panel-datasource-rule",
    ),
    (
        "\"title\": \"Requests\"",
        "\"title\": \"\"",
        "panel-title-description-rule",
    ),
    ("job=~\\\"$job\\\",", "", "target-job-rule"),
    (
        "(rate(temporal_request_total{",
        "((temporal_request_total{",
        "target-counter-agg-rule",
    ),
    (
        "\"refresh\": 2",
        "\"refresh\": 1",
        "template-on-time-change-reload-rule",
    ),
    (
        "\"allValue\": \".+\"",
        "\"allValue\": \".*\"",
        "template-job-rule",
    ),
    (
        "\"prometheus_datasource\"",
        "\"source\"",
        "template-datasource-rule",
    ),
];

#[test]
fn the_linter_says_what_is_wrong() {
    let path = folder().join(Path::new("prometheus/grpc.json"));
    let board = fs::read_to_string(path).unwrap();
    for (right, wrong, rule) in WRONG {
        let changed = board.replace(right, wrong);
        assert_ne!(changed, board, "{right}");
        let changed: Value = serde_json::from_str(&changed).unwrap();
        let problems = problems(&changed);
        assert!(
            problems.iter().any(|problem| problem.starts_with(rule)),
            "{rule}: {problems:?}"
        );
    }
}
