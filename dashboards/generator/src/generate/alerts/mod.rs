//! The alerts: those that Temporal's guide recommends for workers, and what it leaves out.

mod cache;
mod polling;
mod requests;
mod tasks;
mod telemetry;

use super::Alert;

/// Every alert, by group.
pub const GROUPS: &[(&str, &[Alert])] = &[
    ("polling", polling::ALERTS),
    ("tasks", tasks::ALERTS),
    ("requests", requests::ALERTS),
    ("cache", cache::ALERTS),
    ("telemetry", telemetry::ALERTS),
];

/// Returns every alert.
pub fn all() -> impl Iterator<Item = &'static Alert> {
    GROUPS.iter().flat_map(|(_, alerts)| *alerts)
}

/// Returns the alert of a name.
pub fn named(name: &str) -> Option<&'static Alert> {
    all().find(|alert| alert.name == name)
}
