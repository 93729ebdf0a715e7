//! What a run waits for, as its own code sees it, is the same whenever a step is executed again: by
//! a replay after an eviction, on another worker, after a crash. But not since when: workflow time is
//! another one where the core executes two tasks as one.

use std::collections::BTreeMap;

use super::Case;
use crate::{
    journal::{Entry, Key, Kind, Place},
    settings::Wiring,
};

/// A step at one place of its history.
type Seen = (Key, Kind, i64);

/// The words of a step's waits without the times.
fn waits(entry: &Entry) -> impl Iterator<Item = &str> {
    let mut words = entry.waits.split(' ');
    std::iter::from_fn(move || {
        loop {
            match words.next()? {
                "since" | "until" => words.next(),
                word => return Some(word),
            };
        }
    })
}

pub fn check(case: &Case<'_>, found: &mut Vec<String>) {
    if case.program.settings.wiring == Wiring::Bare || case.is_overtaken() {
        return;
    }
    let mut first: BTreeMap<Seen, &Entry> = BTreeMap::new();
    // Results of local activities come one by one to live code, and those of a task at once to a replay.
    let is_alike =
        |entry: &&Entry| entry.place == Place::Workflow && !(case.has_local && entry.live);
    for entry in case.played.journal.iter().filter(is_alike) {
        let seen = (entry.key(), entry.kind, entry.at);
        let before = first.entry(seen).or_insert(entry);
        if !waits(before).eq(waits(entry)) {
            found.push(format!(
                "step {} waits for {:?}, and then for {:?}",
                entry.path, before.waits, entry.waits
            ));
        }
    }
}
