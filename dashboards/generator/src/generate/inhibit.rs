//! Which alerts need not be sent while others fire, for Alertmanager.

use std::fmt::Write as _;

use chronoscope::schema::Label;

use super::{Alert, alerts, rules::quoted};

/// Returns the labels by which an alert and one that it follows from are about the same.
pub fn equal(alert: &Alert, source: &Alert) -> Vec<&'static str> {
    let shared = |label: &&Label| {
        let same = [Label::Namespace, Label::TaskQueue];
        same.contains(label) && source.by.contains(label)
    };
    let labels = alert.by.iter().filter(shared).map(|label| label.name());
    std::iter::once("job").chain(labels).collect()
}

/// Returns the text of the rules.
pub fn yaml() -> String {
    let mut text = "# Written by `cargo run -p chronoscope-dashboards`: advice for Alertmanager.
# Full slots end polling, which ends completions: one call is enough. Merge this into your
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
