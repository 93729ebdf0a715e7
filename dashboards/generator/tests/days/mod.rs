//! Days of fleets, healthy ones and those with a fault, played over the rules.

mod activities;
mod calls;
mod faults;
mod fleet;
mod gauges;
mod healthy;
mod play;
mod process;
mod random;
mod read;
mod series;
mod table;
mod tasks;
mod trouble;
mod work;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use chronoscope::schema::Naming;

use self::{
    faults::{BEGINS, Fault},
    healthy::Day,
    play::Fired,
    table::Played,
};
use crate::{alertmanager::Alertmanager, generate::alerts};

/// The seeds by which the rules were mended, and those by which they are judged.
const MENDED: std::ops::Range<u64> = 1..23;
const JUDGED: std::ops::Range<u64> = 1001..1023;

/// Each fault, and a day with it.
fn bad_days(seed: u64, naming: Naming, each: usize) -> (Vec<Fault>, Vec<Day>) {
    let faults: Vec<_> = faults::all().into_iter().step_by(each).collect();
    let seeds = (seed..).zip(&faults);
    let days = seeds.map(|(seed, fault)| fault.day(seed, naming)).collect();
    (faults, days)
}

fn ours(naming: Naming) -> PathBuf {
    let name = match naming {
        Naming::Core => "core",
        _ => "prometheus",
    };
    crate::folder().join(format!("alerts/{name}.rules.yml"))
}

/// Rules that are compared with ours.
fn peer(name: &str) -> PathBuf {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    data.join(format!("{name}.rules.yml"))
}

#[test]
fn days() {
    println!("seeds {MENDED:?} and {JUDGED:?}");
    let play = |name, file: &Path, seeds| Played::new(name, file, seeds, Naming::Prometheus, 1);
    let ours = ours(Naming::Prometheus);
    let played = [
        play("ours, mended by these", &ours, MENDED),
        play("ours, judged by these", &ours, JUDGED),
        play("as they were at c682616", &peer("c682616"), JUDGED),
        play("the official list", &peer("official"), JUDGED),
    ];
    let text = table::markdown(&played);
    let path = crate::folder().join("generator/DAYS.md");
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        fs::write(&path, &text).unwrap();
    }
    for one in &played[..2] {
        let noisy: Vec<_> = one.noisy().collect();
        assert!(noisy.is_empty(), "{noisy:#?}");
        assert_eq!(one.wrong(), Vec::<String>::new());
        assert!(one.healthy.len() >= 20 && one.bad.len() >= 30);
        sent(one);
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == text,
        "DAYS.md is stale: run this once with UPDATE_GENERATED=1"
    );
}

/// After Alertmanager's inhibitions a fault's own alert is all that is sent.
fn sent(played: &Played) {
    let alertmanager = Alertmanager::start();
    for (at, (_, fired, _)) in played.bad.iter().enumerate() {
        for fired in fired {
            let mut labels = fired.labels.clone();
            labels.insert("job".to_owned(), format!("fault-{at}"));
            alertmanager.fire(&labels);
        }
    }
    for (labels, inhibited) in alertmanager.alerts() {
        let at: usize = labels["job"].trim_start_matches("fault-").parse().unwrap();
        let (fault, ..) = &played.bad[at];
        let own = labels["alertname"] == fault.alert;
        assert_eq!(inhibited, !own, "{}: {labels:?}", fault.name);
    }
}

#[test]
fn days_by_the_cores_names() {
    let played = Played::new("", &ours(Naming::Core), 501..504, Naming::Core, 6);
    assert_eq!(played.noisy().count(), 0);
    assert_eq!(played.wrong(), Vec::<String>::new());
}

/// What is wrong with what fired on the day of a fault; nothing, if all is right.
fn verdict(fault: &Fault, fired: &[Fired]) -> String {
    let is_on = |fired: &&Fired| {
        fault.labels.iter().all(|(label, value)| {
            let label = match *label {
                "namespace" if fired.labels.contains_key("exported_namespace") => {
                    "exported_namespace"
                }
                label => label,
            };
            fired.labels.get(label).is_some_and(|found| found == value)
        })
    };
    let own = fired.iter().filter(|fired| fired.name() == fault.alert);
    let Some(own) = own.filter(is_on).min_by_key(|fired| fired.first) else {
        return "missed".to_owned();
    };
    let mut wrong = Vec::new();
    wrong.extend(silent(fault, fired).map(|operation| format!("none of {operation}")));
    if own.first < BEGINS || own.first > BEGINS + fault.within {
        wrong.push(format!(
            "after {} minutes",
            own.first as i64 - BEGINS as i64
        ));
    }
    for other in fired.iter().filter(|fired| fired.name() != fault.alert) {
        let follows =
            alerts::named(other.name()).is_some_and(|alert| alert.follows.contains(&fault.alert));
        if !follows {
            wrong.push(format!("also {}", other.name()));
        }
    }
    for late in fired {
        if late.last > BEGINS + fault.lasts + faults::CLEARS - 5 {
            wrong.push(format!("{} did not clear", late.name()));
        }
    }
    wrong.join(", ")
}

/// The operations of a fault without an alert of their own.
fn silent(fault: &Fault, fired: &[Fired]) -> impl Iterator<Item = &'static str> {
    let own = fired.iter().filter(|fired| fired.name() == fault.alert);
    let loud: BTreeSet<_> = own
        .filter_map(|fired| fired.labels.get("operation"))
        .collect();
    let all = fault.trouble.operations();
    all.filter(move |operation| !loud.iter().any(|loud| loud == operation))
}
