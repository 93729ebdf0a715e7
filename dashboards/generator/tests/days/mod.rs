//! Plays the rules over days of fleets, both healthy ones and ones with a fault.

mod activities;
mod calls;
mod events;
mod faults;
mod features;
mod fleet;
mod gauges;
mod healthy;
mod play;
mod process;
mod random;
mod read;
mod selectors;
mod sent;
mod series;
mod setting;
mod slots;
mod table;
mod tasks;
mod trouble;
mod verdict;
mod work;

use std::{
    fs,
    path::{Path, PathBuf},
};

use chronoscope::schema::Naming;

use self::{
    fleet::{Fleet, Queue},
    process::Via,
    random::Random,
    table::{Plan, Played},
};

/// The days that the rules were fixed with, and then the ones that they are judged by.
const MENDED: Plan = Plan {
    generation: "prometheus",
    seeds: 1..30,
    naming: Naming::Prometheus,
    faults: faults::all,
};
const JUDGED: Plan = Plan {
    generation: "prometheus3",
    seeds: 4001..4030,
    ..MENDED
};
/// One fault per alert, with the core's metric names, by the route that the other days leave out.
const OTHERS: Plan = Plan {
    seeds: 2001..2005,
    naming: Naming::Core,
    faults: faults::one_each,
    ..JUDGED
};

/// The metrics page of a worker that does not poll.
pub fn unpolled_page() -> String {
    let via = Via {
        naming: Naming::Prometheus,
        otlp: false,
        kubernetes: false,
    };
    let mut fleet = Fleet::new(via, Random::new(MENDED.seeds.start));
    fleet.serve(Queue::usual("shop", "orders"));
    fleet.served[0].trouble.unpolled = &["workflow_task", "sticky_workflow_task"];
    fleet.minute(0);
    let values = fleet.served[0]
        .processes
        .iter()
        .flat_map(|process| &process.values);
    values
        .map(|(series, value)| format!("{series} {value}\n"))
        .collect()
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
    println!("seeds {:?} and {:?}", MENDED.seeds, JUDGED.seeds);
    let ours = ours(Naming::Prometheus);
    let played = [
        Played::new("ours, mended by these", &ours, MENDED),
        Played::new("ours, judged by these", &ours, JUDGED),
    ];
    let text = table::of_ours(&played, &Played::unseen(&ours, &JUDGED));
    let path = crate::folder().join("generator/DAYS.md");
    if is_updated() {
        fs::write(&path, &text).unwrap();
    }
    for one in &played {
        right(one);
        assert!(one.healthy.len() >= 20 && one.bad.len() >= 30);
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == text,
        "DAYS.md is stale: run this once with UPDATE_GENERATED=1"
    );
}

/// What other rules make of the same days depends on both alone: it is played when one of them
/// changes.
#[test]
fn days_under_other_rules() {
    let rules = [
        ("as they were at c682616", peer("c682616")),
        ("the official list", peer("official")),
    ];
    let files = rules.each_ref().map(|(_, file)| file);
    let origin = table::origin(&JUDGED, &files);
    let path = crate::folder().join("generator/OTHER_RULES.md");
    let found = fs::read_to_string(&path).unwrap_or_default();
    if found.contains(&origin) {
        return;
    }
    assert!(
        is_updated(),
        "OTHER_RULES.md is of other days or rules: run this once with UPDATE_GENERATED=1"
    );
    let played = rules.map(|(name, file)| Played::new(name, &file, JUDGED));
    fs::write(path, table::of_others(&played, &origin)).unwrap();
}

fn is_updated() -> bool {
    std::env::var_os("UPDATE_GENERATED").is_some()
}

#[test]
fn days_by_the_cores_names() {
    right(&Played::new("", &ours(Naming::Core), OTHERS));
}

fn right(played: &Played) {
    let noisy: Vec<_> = played.noisy().collect();
    assert!(noisy.is_empty(), "{noisy:#?}");
    assert_eq!(played.wrong(), Vec::<String>::new());
    sent::only_causes(played);
}
