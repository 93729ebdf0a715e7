//! The runbook: what each alert means and what to do, and what each board is for.

use std::{fmt::Write as _, time::Duration};

use chronoscope::schema::{Naming, Origin};

use super::{Alert, Board, Faster, alerts, boards};

/// Returns the text of the runbook.
pub fn markdown() -> String {
    let mut text = "# Runbook

Written by `cargo run -p chronoscope-dashboards`. Metric names are those of the default naming. With
`CHRONOSCOPE_METRIC_NAMING=core`, use the boards in `core/` and the rules in `alerts/core.rules.yml`.
Links from boards to traces use the data source and the service chosen at the top of the board.

Some alerts follow from others: when nobody polls, tasks wait. If several alerts fire, start with the one
that the others list under *Follows from*. The Alertmanager rules in `alerts/inhibit.yml` mute the others,
if all labels that both have are the same: job, namespace, task queue, type and kind of work. An alert that
others follow from keeps firing for some minutes after its condition has ended (`keep_firing_for`, which
needs Prometheus 2.42), so that the others clear first.

Route alerts by their labels: `severity`, `service` (always `temporal`) and `component` (the group below).
All but TelemetryLost, whose metrics are a process's own, also have `temporal_namespace`. Those on pollers,
slots, tasks and caches have `kind`: `workflow`, `activity`, `localactivity` or `nexus`. WorkerVanished and
those on calls have none. When Prometheus discovers pods on Kubernetes, it renames a series' own
`namespace` label to `exported_namespace` unless `honorLabels` is true. The rules handle both, and
`temporal_namespace` is always Temporal's. The boards' variable `namespace` needs `honorLabels: true`.

Each alert's `runbook_url` leads to its section below, and its `dashboard_url` to its board. The latter
begins with `/d/` unless the generator was given the URL of your Grafana (`--grafana`), which messages
outside Grafana need.

"
    .to_owned();
    for (group, alerts) in alerts::GROUPS {
        let _ = writeln!(text, "- {group}: {}", links(alerts));
    }
    let boards = boards(Naming::Prometheus);
    let titles: Vec<_> = boards
        .iter()
        .map(|b| format!("[{}](#{})", b.title, b.slug()))
        .collect();
    let _ = writeln!(text, "- boards: {}\n", titles.join(", "));
    for alert in alerts::all() {
        section(&mut text, alert);
    }
    for board in &boards {
        about(&mut text, board);
    }
    text
}

fn links(alerts: &[Alert]) -> String {
    let link = |name: &str| format!("[{name}](#{})", name.to_lowercase());
    let links: Vec<_> = alerts.iter().map(|alert| link(alert.name)).collect();
    links.join(", ")
}

fn section(text: &mut String, alert: &Alert) {
    let faster = Faster::default();
    let Alert {
        name,
        symptom,
        cause,
        check,
        fix,
        ..
    } = alert;
    let keeps = match alert.keeps_firing() {
        Duration::ZERO => String::new(),
        keeps => format!(
            ", and keeps firing for {} after it has ended",
            faster.duration(keeps)
        ),
    };
    let _ = write!(
        text,
        "## {name}

Severity {}. Fires once its condition has held for {}{keeps}.

- **Symptom:** {symptom}.
- **Cause:** {cause}
- **Check:** {check}
- **Fix:** {fix}
",
        alert.severity.name(),
        faster.duration(alert.lasts()),
    );
    let sources: Vec<_> = alert
        .follows
        .iter()
        .filter_map(|name| alerts::named(name))
        .collect();
    if !sources.is_empty() {
        let sources: Vec<_> = sources.into_iter().copied().collect();
        let _ = writeln!(text, "- **Follows from:** {}", links(&sources));
    }
    let _ = write!(
        text,
        "\n```promql\n{}\n```\n\n",
        alert.expr(Naming::Prometheus, faster)
    );
}

fn about(text: &mut String, board: &Board) {
    let _ = write!(text, "## {}\n\n{}.\n\n", board.title, board.about);
    for panel in board.panels() {
        let own = panel
            .metrics
            .iter()
            .any(|metric| metric.origin() != Origin::Core);
        let whose = if own { " (chronoscope metric)" } else { "" };
        let _ = writeln!(
            text,
            "- **{}**{whose}. Watch for: {} What to do: {}",
            panel.title, panel.bad, panel.act
        );
    }
    text.push('\n');
}
