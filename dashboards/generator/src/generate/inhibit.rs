//! Which alerts Alertmanager mutes while others fire.

use std::fmt::Write as _;

use chronoscope::schema::Label;

use super::{
    Alert, alerts,
    rules::{NAMESPACE, quoted},
};

/// Returns the labels that an alert and one it follows from must have in common: all that both
/// have. What polls and what holds slots is compared as the kind of work.
pub fn equal(alert: &Alert, source: &Alert) -> Vec<&'static str> {
    let mut labels = vec!["job"];
    for label in alert.by.iter().filter(|label| source.by.contains(label)) {
        match label {
            Label::Namespace => labels.push(NAMESPACE),
            Label::PollerType | Label::WorkerType => {}
            label => labels.push(label.name()),
        }
    }
    labels.extend((alert.kind().is_some() && source.kind().is_some()).then_some("kind"));
    labels
}

/// Returns the text of the rules.
pub fn yaml() -> String {
    let mut text =
        "# Written by `cargo run -p chronoscope-dashboards`: inhibition rules for Alertmanager.
# When nobody polls, tasks wait: one page is enough. What mutes another alert is its cause, is at least
# as severe, and has the same values of all labels that both have. Merge these into your configuration.
inhibit_rules:
"
        .to_owned();
    for alert in alerts::all() {
        for source in alert.follows.iter().filter_map(|name| alerts::named(name)) {
            let _ = write!(
                text,
                "  - source_matchers: [{}]\n    target_matchers: [{}]\n    equal: [{}]\n",
                quoted(&format!("alertname=\"{}\"", source.name)),
                quoted(&format!("alertname=\"{}\"", alert.name)),
                equal(alert, source).join(", ")
            );
        }
    }
    text
}
