//! The inhibition rules on a real Alertmanager: alerts that follow from a firing one are muted, and
//! alerts about another queue, namespace, type or kind of work are not.

use std::collections::BTreeMap;

use chronoscope::schema::Label;

use crate::{
    alertmanager::{Alertmanager, Labels},
    generate::{Alert, alerts, inhibit, slots::KINDS},
};

/// The labels of an alert's rule, as they are for each kind of work that it can be about.
fn labels(alert: &Alert) -> Vec<Labels> {
    let label = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let mut common = Labels::from([label(("alertname", alert.name))]);
    for by in alert.by {
        match by {
            Label::Namespace => common.extend([label(("temporal_namespace", "some"))]),
            Label::PollerType | Label::WorkerType => {}
            by => common.extend([label((by.name(), "some"))]),
        }
    }
    let with = |more: [(&str, &str); 2]| {
        let mut labels = common.clone();
        labels.extend(more.map(label));
        labels
    };
    if alert.by.contains(&Label::PollerType) {
        let pollers = KINDS.iter().flat_map(|kind| {
            let pollers = kind.pollers.iter();
            pollers.map(|poller| [("poller_type", *poller), ("kind", kind.name)])
        });
        return pollers.map(with).collect();
    }
    if alert.by.contains(&Label::WorkerType) {
        let slots = KINDS.iter();
        let slots = slots.map(|kind| [("worker_type", kind.slots), ("kind", kind.name)]);
        return slots.map(with).collect();
    }
    if !alert.kind.is_empty() {
        common.extend([label(("kind", alert.kind))]);
    }
    vec![common]
}

/// The kind of work that an alert's own labels name, whatever its label `kind` says.
pub fn kind(labels: &Labels) -> Option<&'static str> {
    let known = |name| labels.get(name).map(String::as_str);
    let mut kinds = KINDS.iter();
    let found = match (known("poller_type"), known("worker_type")) {
        (Some(poller), _) => kinds.find(|kind| kind.pollers.contains(&poller)),
        (_, Some(slots)) => kinds.find(|kind| kind.slots == slots),
        _ => None,
    };
    found.map(|kind| kind.name)
}

/// The labels that are compared by the kind of work, or not at all.
const UNLIKE: [&str; 4] = ["alertname", "kind", "poller_type", "worker_type"];

#[test]
fn what_follows_from_a_firing_alert_is_not_sent_and_nothing_else() {
    let alertmanager = Alertmanager::start();
    let mut expected = BTreeMap::new();
    let mut unlike = 0;
    let mut jobs = 0;
    let mut fire = |mut source: Labels, mut alert: Labels, inhibited: bool| {
        jobs += 1;
        for labels in [&mut source, &mut alert] {
            labels.insert("job".to_owned(), format!("job {jobs}"));
        }
        unlike += usize::from(!inhibited);
        expected.extend([(source, false), (alert, inhibited)]);
    };
    for alert in alerts::all() {
        let sources = alert.follows.iter();
        for source in sources.map(|name| alerts::named(name).unwrap()) {
            for of_source in labels(source) {
                for of_alert in labels(alert) {
                    let kinds = [&of_source, &of_alert].map(|labels| labels.get("kind"));
                    let same = kinds.contains(&None) || kinds[0] == kinds[1];
                    fire(of_source.clone(), of_alert.clone(), same);
                    // Of another queue, namespace or type it is another case.
                    let both = of_alert.keys().filter(|name| of_source.contains_key(*name));
                    for name in both.filter(|name| !UNLIKE.contains(&&***name)) {
                        let mut other = of_alert.clone();
                        other.insert(name.clone(), "other".to_owned());
                        fire(of_source.clone(), other, false);
                    }
                }
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

#[test]
fn only_a_cause_mutes_an_alert() {
    for alert in alerts::all() {
        let sources = alert.follows.iter();
        for source in sources.map(|name| alerts::named(name).unwrap()) {
            let pair = format!("{} by {}", alert.name, source.name);
            assert!(
                source.severity.is_as_severe_as(alert.severity),
                "{pair}: a page is muted by what is none"
            );
            // What is about one type does not explain what a whole queue has.
            let [of_alert, of_source] = [alert, source].map(|alert| labels(alert).remove(0));
            for name in of_source.keys() {
                let is_known = of_alert.contains_key(name);
                let is_of_kind = ["poller_type", "worker_type"].contains(&name.as_str());
                assert!(is_known || is_of_kind, "{pair}: {name}");
            }
            let equal = inhibit::equal(alert, source);
            for name in of_source.keys().filter(|name| of_alert.contains_key(*name)) {
                let is_equal = equal.contains(&name.as_str());
                assert!(
                    is_equal
                        || ["alertname", "poller_type", "worker_type"].contains(&name.as_str()),
                    "{pair}: {name}"
                );
            }
        }
    }
}
