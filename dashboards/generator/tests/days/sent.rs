//! Which alerts a real Alertmanager sends on the day of a fault, or of two.

use std::collections::BTreeSet;

use super::{
    play::Fired,
    table::{Bad, Played},
    verdict::is_own,
};
use crate::{alertmanager::Alertmanager, inhibited::kind};

/// Checks that at each moment of each day only the fault's own alerts are sent.
pub fn only_causes(played: &Played) {
    let alertmanager = Alertmanager::start();
    let mut alerts = Vec::new();
    for (at, bad) in played.bad.iter().enumerate() {
        for moment in moments(bad) {
            // Each moment has a job of its own, so that moments do not mute each other's alerts.
            let firing = bad.fired.iter().filter(|fired| fired.is_firing(moment));
            alerts.extend(firing.map(|fired| {
                let mut labels = fired.labels.clone();
                labels.insert("job".to_owned(), format!("{at} {moment}"));
                labels
            }));
        }
    }
    alertmanager.fire(&alerts);
    let found = alertmanager.alerts();
    assert_eq!(found.len(), alerts.len());
    for (labels, _) in &found {
        // The templates of the label `kind` name the kind that the other labels have.
        if let Some(kind) = kind(labels) {
            assert_eq!(labels["kind"], kind, "{labels:?}");
        }
    }
    for (mut labels, inhibited) in found {
        let (at, _) = labels["job"].split_once(' ').unwrap();
        let bad = &played.bad[at.parse::<usize>().unwrap()];
        labels.insert("job".to_owned(), bad.fired[0].labels["job"].clone());
        let fired = Fired {
            labels,
            ..Fired::default()
        };
        let own = is_own(&bad.fault, &fired);
        assert_eq!(inhibited, !own, "{}: {:?}", bad.day, fired.labels);
    }
}

/// The minutes at which the set of firing alerts changes.
fn moments(bad: &Bad) -> BTreeSet<usize> {
    let edges = bad
        .fired
        .iter()
        .flat_map(|fired| [fired.first, fired.last + 1]);
    edges.collect()
}
