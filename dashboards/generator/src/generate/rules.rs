//! The alerts as a file of Prometheus rules.

use std::{fmt::Write as _, time::Duration};

use chronoscope::schema::{Label, Naming};

use super::{Alert, Board, alert::EXPORTED, alerts, boards, variables};

/// The number that all durations in the rules are divided by: one in production, more to see the
/// rules fire.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Faster(pub f64);

impl Default for Faster {
    fn default() -> Self {
        Self(1.0)
    }
}

impl Faster {
    /// Returns a duration of a rule, as Prometheus writes it.
    pub fn duration(self, duration: Duration) -> String {
        let divided = duration.div_f64(self.0);
        match divided.as_millis() {
            millis if millis % 60_000 == 0 => format!("{}m", millis / 60_000),
            millis => format!("{millis}ms"),
        }
    }

    /// Returns a number of seconds, divided.
    pub fn seconds(self, seconds: f64) -> f64 {
        seconds / self.0
    }
}

/// Where the links in alerts lead.
#[derive(Clone, Copy, Debug)]
pub struct Links<'a> {
    /// The runbook.
    pub runbook: &'a str,
    /// The Grafana that has the boards; links are relative if it is empty.
    pub grafana: &'a str,
}

impl Default for Links<'_> {
    fn default() -> Self {
        Self {
            runbook: super::RUNBOOK,
            grafana: "",
        }
    }
}

/// The label that always holds Temporal's namespace, even if Prometheus renamed the series' own.
pub const NAMESPACE: &str = "temporal_namespace";

const HEAD: &str = "# Written by `cargo run -p chronoscope-dashboards`.\n";
const RELATIVE: &str =
    "# `dashboard_url` is relative here. For links that work outside Grafana, such as in
# Slack, write these rules anew: `cargo run -p chronoscope-dashboards -- --grafana URL`.
";

/// Returns the text of the rules.
pub fn yaml(naming: Naming, faster: Faster, links: Links<'_>) -> String {
    let mut text = HEAD.to_owned();
    if links.grafana.is_empty() {
        text.push_str(RELATIVE);
    }
    text.push_str("groups:\n");
    for (group, alerts) in alerts::GROUPS {
        // Writing to a string does not fail.
        let _ = write!(text, "  - name: temporal-{group}\n    rules:\n");
        for alert in *alerts {
            let _ = write!(
                text,
                "      - alert: {}
        expr: |-
          {}
        for: {}
",
                alert.name,
                alert.expr(naming, faster),
                faster.duration(alert.lasts()),
            );
            let keeps = alert.keeps_firing();
            if !keeps.is_zero() {
                let _ = writeln!(text, "        keep_firing_for: {}", faster.duration(keeps));
            }
            text.push_str("        labels:\n");
            mapping(&mut text, labels(alert, group));
            text.push_str("        annotations:\n");
            mapping(&mut text, annotations(alert, group, naming, links));
        }
    }
    text
}

fn mapping(text: &mut String, entries: Vec<(&str, String)>) {
    for (name, value) in entries {
        let _ = writeln!(text, "          {name}: {}", quoted(&value));
    }
}

/// The labels for routing and inhibition, in addition to those of the expression.
fn labels(alert: &Alert, group: &str) -> Vec<(&'static str, String)> {
    let mut labels = vec![
        ("severity", alert.severity.name().to_owned()),
        ("service", "temporal".to_owned()),
        ("component", group.to_owned()),
    ];
    if alert.by.contains(&Label::Namespace) {
        let either = format!("{{{{ or $labels.{EXPORTED} $labels.namespace }}}}");
        labels.push((NAMESPACE, either));
    }
    labels.extend(alert.kind().map(|kind| ("kind", kind.to_owned())));
    labels
}

fn annotations(
    alert: &Alert,
    group: &str,
    naming: Naming,
    links: Links<'_>,
) -> Vec<(&'static str, String)> {
    let labels = alert.labels().into_iter();
    let labels = labels.filter(|label| *label != EXPORTED);
    let place: Vec<_> = labels
        .map(|label| match label {
            "namespace" => format!("namespace {{{{ or $labels.{EXPORTED} $labels.namespace }}}}"),
            label => format!("{label} {{{{ $labels.{label} }}}}"),
        })
        .collect();
    let summary = format!("{} ({})", alert.symptom, place.join(", "));
    let description = format!(
        "{} Check: {} Fix: {} Value: {{{{ $value | humanize }}}}.",
        alert.cause, alert.check, alert.fix
    );
    let runbook = format!("{}#{}", links.runbook, alert.name.to_lowercase());
    vec![
        ("summary", summary),
        ("description", description),
        ("runbook_url", runbook),
        ("dashboard_url", board(alert, group, naming, links.grafana)),
    ]
}

/// The board that has a panel for an alert, or the one of its group.
fn slug(alert: &Alert, group: &str, naming: Naming) -> String {
    let boards = boards(naming);
    let shows = |board: &&Board| board.panels().any(|panel| panel.alert == Some(alert.name));
    let of_group = match group {
        "requests" => "grpc",
        "cache" => "replay-and-cache",
        "telemetry" => "own-health",
        _ => "worker-overview",
    };
    let shown = boards.iter().skip(1).find(shows).map(Board::slug);
    shown.unwrap_or_else(|| of_group.to_owned())
}

/// The link to an alert's board, with its variables set to the alert's labels.
fn board(alert: &Alert, group: &str, naming: Naming, grafana: &str) -> String {
    let slug = slug(alert, group, naming);
    let folder = super::folder(naming);
    let labels = alert.labels().into_iter();
    let labels =
        labels.filter(|label| ["job", "instance"].contains(label) || variables::is_one(label));
    let filled: Vec<_> = labels
        .map(|label| match label {
            "namespace" => format!(
                "var-namespace={{{{ or $labels.{EXPORTED} $labels.namespace | urlquery }}}}"
            ),
            label => format!("var-{label}={{{{ $labels.{label} | urlquery }}}}"),
        })
        .collect();
    format!(
        "{grafana}/d/chronoscope-{folder}-{slug}?{}",
        filled.join("&")
    )
}

/// A text as a double-quoted YAML string, which is the same as a JSON string.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
