//! The inhibition rules on a real Alertmanager: alerts that follow from a firing one are muted, and
//! alerts about another queue, namespace or kind of work are not.

use std::collections::BTreeMap;

use crate::{
    alertmanager::{Alertmanager, Labels},
    generate::{Alert, alerts, inhibit},
};

/// An alert of one case, which is a job.
fn labels(alert: &Alert, job: &str) -> Labels {
    let mut labels = Labels::from([
        ("alertname".to_owned(), alert.name.to_owned()),
        ("job".to_owned(), job.to_owned()),
    ]);
    for label in alert.by {
        let label = match label.name() {
            "namespace" => "temporal_namespace",
            name => name,
        };
        labels.insert(label.to_owned(), "some".to_owned());
    }
    if alert.kind().is_some() {
        labels.insert("kind".to_owned(), "some".to_owned());
    }
    labels
}

#[test]
fn what_follows_from_a_firing_alert_is_not_sent_and_nothing_else() {
    let alertmanager = Alertmanager::start();
    let mut expected = BTreeMap::new();
    let mut unlike = 0;
    for alert in alerts::all() {
        for source in alert
            .follows
            .iter()
            .map(|name| alerts::named(name).unwrap())
        {
            let job = format!("{}-{}", source.name, alert.name);
            for (alert, inhibited) in [(source, false), (alert, true)] {
                let labels = labels(alert, &job);
                expected.insert(labels, inhibited);
            }
            // Of another queue, namespace or kind it is another case.
            for label in inhibit::equal(alert, source) {
                let mut labels = labels(alert, &job);
                labels.insert(label.to_owned(), format!("{job}-other"));
                expected.insert(labels, false);
                unlike += 1;
            }
            let both = |label: &str| {
                let has = |alert| labels(alert, "").contains_key(label);
                has(alert) && has(source)
            };
            let equal = inhibit::equal(alert, source);
            for label in ["temporal_namespace", "task_queue", "kind"] {
                assert_eq!(equal.contains(&label), both(label), "{job}: {label}");
            }
        }
    }
    assert!(unlike > 60);
    let all: Vec<_> = expected.keys().cloned().collect();
    alertmanager.fire(&all);
    let alerts: BTreeMap<_, _> = alertmanager.alerts().into_iter().collect();
    let wrong: Vec<_> = expected
        .iter()
        .filter(|(labels, inhibited)| alerts.get(*labels) != Some(*inhibited))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(alerts.len(), expected.len());
}
