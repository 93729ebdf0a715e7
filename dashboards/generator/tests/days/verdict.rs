//! Whether the right alerts fired on the day of a fault.

use std::collections::BTreeSet;

use super::{
    faults::{BEGINS, Fault},
    play::Fired,
};
use crate::generate::alerts;

/// The labels that an alert of a fault must have.
type Labels = &'static [(&'static str, &'static str)];

/// Returns what is wrong with what fired on the day of a fault; empty if all is right.
pub fn verdict(fault: &Fault, fired: &[Fired]) -> String {
    let mut wrong = BTreeSet::new();
    let mut own = Vec::new();
    for (alert, labels) in fault.wanted() {
        let named = || fired.iter().filter(|fired| fired.name() == alert);
        let Some(first) = named()
            .filter(|fired| is_on(labels, fired))
            .map(|fired| fired.first)
            .min()
        else {
            return "missed".to_owned();
        };
        if first < BEGINS || first > BEGINS + fault.within {
            wrong.insert(format!("after {} minutes", first as i64 - BEGINS as i64));
        }
        if named().any(|fired| !is_on(labels, fired) && follower(fault, fired).is_none()) {
            wrong.insert(format!("{alert} elsewhere, too"));
        }
        own.extend(named().filter(|fired| is_on(labels, fired)));
    }
    wrong.extend(silent(fault, &own).map(|operation| format!("none of {operation}")));
    let others = fired.iter().filter(|fired| !is_own(fault, fired));
    wrong.extend(others.filter_map(|other| stray(fault, &own, other)));
    for late in fired {
        if late.last > BEGINS + fault.lasts + fault.clears - 5 {
            wrong.insert(format!("{} did not clear", late.name()));
        }
    }
    let wrong: Vec<_> = wrong.into_iter().collect();
    wrong.join(", ")
}

/// Whether an alert is one that must fire, and at its place.
pub fn is_own(fault: &Fault, fired: &Fired) -> bool {
    let mut wanted = fault.wanted();
    wanted.any(|(alert, labels)| fired.name() == alert && is_on(labels, fired))
}

/// Whether an alert is about the place of a fault.
fn is_on(labels: Labels, fired: &Fired) -> bool {
    labels.iter().all(|(label, value)| {
        let label = match *label {
            "namespace" if fired.labels.contains_key("exported_namespace") => "exported_namespace",
            label => label,
        };
        fired
            .labels
            .get(label)
            .is_some_and(|found| value.split('|').any(|value| found == value))
    })
}

/// The alert of a fault that another one names in `follows`.
fn follower(fault: &Fault, other: &Fired) -> Option<&'static str> {
    let alert = alerts::named(other.name())?;
    let mut wanted = fault.wanted().map(|(alert, _)| alert);
    wanted.find(|source| alert.follows.contains(source))
}

/// What is wrong with an alert that is not the fault's own.
fn stray(fault: &Fault, own: &[&Fired], other: &Fired) -> Option<String> {
    let name = other.name();
    let Some(source) = follower(fault, other) else {
        return Some(format!("also {name}"));
    };
    let own = || own.iter().filter(|own| own.name() == source);
    let first = own().map(|own| own.first).min()?;
    let last = own().map(|own| own.last).max()?;
    let before =
        (other.first < first).then(|| format!("{name} {} min before", first - other.first));
    let after = (other.last > last).then(|| format!("{name} {} min longer", other.last - last));
    before.or(after)
}

/// The operations of a fault that have no alert.
fn silent(fault: &Fault, own: &[&Fired]) -> impl Iterator<Item = &'static str> {
    let loud: BTreeSet<_> = own
        .iter()
        .filter_map(|fired| fired.labels.get("operation"))
        .collect();
    let all = fault.trouble.operations();
    all.filter(move |operation| !loud.iter().any(|loud| loud == operation))
}
