//! The variables of the boards, and the matchers that use them.

use chronoscope::schema::{Label, Metric, Naming};
use serde_json::{Value, json};

/// The labels that every board can be filtered by, from wide to narrow.
const LABELS: [Label; 4] = [
    Label::Namespace,
    Label::TaskQueue,
    Label::WorkflowType,
    Label::ActivityType,
];

/// Returns whether there is a variable of that name.
pub fn is_one(name: &str) -> bool {
    LABELS.iter().any(|label| label.name() == name)
}

/// Returns the matcher for a label, with the variable of the same name.
pub fn matcher(name: &str) -> String {
    format!("{name}=~\"${name}\"")
}

/// The variable of the metrics' data source.
pub const METRICS: &str = "prometheus_datasource";

/// The variable of the traces' data source.
pub const TRACES: &str = "jaeger_datasource";

/// The variable of the service whose traces are linked.
pub const SERVICE: &str = "service";

/// Returns every variable of a board whose processes all have the given metric.
pub fn all(naming: Naming, anchor: Metric) -> Value {
    let name = anchor.exported_name(naming);
    let mut all = vec![
        source(METRICS, "Prometheus data source", "prometheus"),
        source(TRACES, "Jaeger data source", "jaeger"),
        json!({
            "type": "textbox", "name": SERVICE, "label": "Traced service",
            "description": "The service.name under which traces of these workers are stored",
            "query": "unknown_service", "hide": 0,
            "current": {"text": "unknown_service", "value": "unknown_service"},
        }),
        query("job", "Job", ".+", &format!("label_values({name}, job)")),
    ];
    let mut known = vec![matcher("job")];
    for label in [Label::Namespace, Label::TaskQueue] {
        all.push(of_label(label, naming, Metric::NumPollers, &known));
        known.push(matcher(label.name()));
    }
    all.push(of_label(
        Label::WorkflowType,
        naming,
        Metric::WorkflowOutcome,
        &known,
    ));
    all.push(of_label(
        Label::ActivityType,
        naming,
        Metric::ActivityOutcome,
        &known,
    ));
    let values = format!("label_values({name}{{{}}}, instance)", matcher("job"));
    // Series that came by OTLP may have none.
    all.push(query("instance", "Instance", ".*", &values));
    Value::Array(all)
}

fn of_label(label: Label, naming: Naming, metric: Metric, known: &[String]) -> Value {
    let title = label.name().replace('_', " ");
    let title = format!("{}{}", title[..1].to_uppercase(), &title[1..]);
    let name = metric.exported_name(naming);
    let values = format!(
        "label_values({name}{{{}}}, {})",
        known.join(","),
        label.name()
    );
    // With all values selected, series without the label are shown too, such as calls without a
    // task queue.
    query(label.name(), &title, ".*", &values)
}

fn source(name: &str, label: &str, kind: &str) -> Value {
    json!({
        "type": "datasource", "name": name, "label": label, "query": kind,
        "refresh": 1, "hide": 0, "multi": false, "includeAll": false,
        "current": {}, "options": [], "regex": "",
    })
}

fn query(name: &str, label: &str, all: &str, values: &str) -> Value {
    json!({
        "type": "query", "name": name, "label": label,
        "datasource": {"type": "prometheus", "uid": format!("${{{METRICS}}}")},
        "query": {"query": values, "refId": "StandardVariableQuery"},
        "refresh": 2, "sort": 1, "hide": 0, "multi": true, "includeAll": true, "allValue": all,
        "current": {"selected": true, "text": ["All"], "value": ["$__all"]},
        "options": [], "regex": "",
    })
}
