//! The alerts as a file of Prometheus rules.

use std::{fmt::Write as _, time::Duration};

use chronoscope::schema::Naming;

use super::{Alert, alerts};

/// By how much all durations of the rules are divided: one for production, more to watch them at
/// work.
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

    /// Returns a threshold that is a duration.
    pub fn seconds(self, seconds: f64) -> f64 {
        seconds / self.0
    }
}

/// Returns the text of the rules.
pub fn yaml(naming: Naming, faster: Faster, runbook: &str) -> String {
    let mut text = "# Written by `cargo run -p chronoscope-dashboards`.\ngroups:\n".to_owned();
    for (group, alerts) in alerts::GROUPS {
        // Writing to a string does not fail.
        let _ = write!(text, "  - name: temporal-{group}\n    rules:\n");
        for alert in *alerts {
            rule(&mut text, alert, naming, faster, runbook);
        }
    }
    text
}

fn rule(text: &mut String, alert: &Alert, naming: Naming, faster: Faster, runbook: &str) {
    let name = alert.name;
    let (expr, lasts) = (alert.expr(naming, faster), faster.duration(alert.lasts()));
    let labels = ["job".to_owned()].into_iter();
    let labels = labels.chain(alert.by.iter().map(|label| label.name().to_owned()));
    let place: Vec<_> = labels
        .map(|label| format!("{label} {{{{ $labels.{label} }}}}"))
        .collect();
    let place = place.join(", ");
    let severity = alert.severity.name();
    let _ = write!(
        text,
        "      - alert: {name}
        expr: |-
          {expr}
        for: {lasts}
        labels:
          severity: {severity}
        annotations:
          summary: {}
          description: {}
          runbook_url: {}
",
        quoted(&format!("{} ({place})", alert.symptom)),
        quoted(&format!(
            "{} Check: {} Fix: {} Value: {{{{ $value | humanize }}}}.",
            alert.cause, alert.check, alert.fix
        )),
        quoted(&format!("{runbook}#{}", name.to_lowercase())),
    );
}

/// A text as YAML's double-quoted strings have it, which are those of JSON.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
