//! Whether the right alerts fired on the day of a fault.

use std::collections::BTreeSet;

use super::{
    faults::{BEGINS, CLEARS, Fault},
    play::Fired,
};
use crate::generate::alerts;

/// Returns what is wrong with what fired on the day of a fault; empty if all is right.
pub fn verdict(fault: &Fault, fired: &[Fired]) -> String {
    let (own, others): (Vec<_>, Vec<_>) =
        fired.iter().partition(|fired| fired.name() == fault.alert);
    let first = own.iter().filter(|fired| is_on(fault, fired));
    let Some(first) = first.map(|fired| fired.first).min() else {
        return "missed".to_owned();
    };
    let mut wrong = BTreeSet::new();
    wrong.extend(silent(fault, &own).map(|operation| format!("none of {operation}")));
    if first < BEGINS || first > BEGINS + fault.within {
        wrong.insert(format!("after {} minutes", first as i64 - BEGINS as i64));
    }
    if !own.iter().all(|fired| is_on(fault, fired)) {
        wrong.insert(format!("{} elsewhere, too", fault.alert));
    }
    wrong.extend(others.iter().filter_map(|other| stray(fault, &own, other)));
    for late in fired {
        if late.last > BEGINS + fault.lasts + CLEARS - 5 {
            wrong.insert(format!("{} did not clear", late.name()));
        }
    }
    let wrong: Vec<_> = wrong.into_iter().collect();
    wrong.join(", ")
}

/// Whether an alert is about the place of a fault.
fn is_on(fault: &Fault, fired: &Fired) -> bool {
    fault.labels.iter().all(|(label, value)| {
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

/// What is wrong with an alert that is not the fault's own.
fn stray(fault: &Fault, own: &[&Fired], other: &Fired) -> Option<String> {
    let name = other.name();
    let follows = alerts::named(name).is_some_and(|alert| alert.follows.contains(&fault.alert));
    if !follows {
        return Some(format!("also {name}"));
    }
    let first = own.iter().map(|own| own.first).min()?;
    let last = own.iter().map(|own| own.last).max()?;
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
