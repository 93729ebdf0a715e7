//! The runbook: what each alert means and what to do, and what each board is for.

use std::fmt::Write as _;

use chronoscope::schema::{Naming, Origin};

use super::{Alert, Board, Faster, alerts, boards};

/// Returns the text of the runbook.
pub fn markdown() -> String {
    let mut text = "# Runbook

Written by `cargo run -p chronoscope-dashboards`. Names are those of the default naming; under
`CHRONOSCOPE_METRIC_NAMING=core` use the boards and rules of the folder and file `core`. The boards'
links to traces use the data source and the service that are chosen at the top of a board.

Alerts follow from each other: full slots end polling, and tasks wait. Where several fire, begin with
the one that the others name under *Follows from*; `alerts/inhibit.yml` keeps Alertmanager from
sending the rest, where job, namespace, task queue and kind of work are the same.

Each alert carries `severity`, `service` (`temporal`), `component` (the group below),
`temporal_namespace` and, where it is about one, `kind` (`workflow`, `activity`, `localactivity` or
`nexus`): route by these. Where Prometheus finds pods by Kubernetes, it renames a series' own
`namespace` to `exported_namespace` unless `honorLabels` is true. The rules know both;
`temporal_namespace` is always Temporal's. The boards' variable `namespace` needs `honorLabels: true`.

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
    let _ = write!(
        text,
        "## {name}

{}, for {}.

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
        let whose = if own { " (ours)" } else { "" };
        let _ = writeln!(
            text,
            "- **{}**{whose}: bad is {} Then: {}",
            panel.title, panel.bad, panel.act
        );
    }
    text.push('\n');
}
