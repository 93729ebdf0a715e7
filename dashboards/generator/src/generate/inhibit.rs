//! Which alerts Alertmanager mutes while others fire.

use std::fmt::Write as _;

use chronoscope::schema::Label;

use super::{
    Alert, alerts,
    rules::{NAMESPACE, quoted},
};

/// Returns the labels that an alert and one it follows from must have in common.
///
/// These include the task queue, which only alerts on calls lack, and the kind of work.
pub fn equal(alert: &Alert, source: &Alert) -> Vec<&'static str> {
    let both = |label| alert.by.contains(&label) && source.by.contains(&label);
    let mut labels = vec!["job"];
    labels.extend(both(Label::Namespace).then_some(NAMESPACE));
    labels.extend(both(Label::TaskQueue).then_some(Label::TaskQueue.name()));
    labels.extend((alert.kind().is_some() && source.kind().is_some()).then_some("kind"));
    labels
}

/// Returns the text of the rules.
pub fn yaml() -> String {
    let mut text =
        "# Written by `cargo run -p chronoscope-dashboards`: inhibition rules for Alertmanager.
# When all slots are in use, polling stops and tasks wait: one page is enough. Merge these into your
# configuration.
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
