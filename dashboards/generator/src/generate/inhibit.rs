//! Which alerts need not be sent while others fire, for Alertmanager.

use std::fmt::Write as _;

use chronoscope::schema::Label;

use super::{
    Alert, alerts,
    rules::{NAMESPACE, quoted},
};

/// Returns the labels by which an alert and one that it follows from are about the same.
///
/// Of calls, the queue is not known; of all else it must be the same one, and the same kind of work.
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
    let mut text = "# Written by `cargo run -p chronoscope-dashboards`: advice for Alertmanager.
# Full slots end polling: one call is enough. Merge this into your
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
