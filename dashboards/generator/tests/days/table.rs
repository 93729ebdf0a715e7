//! The table of what each set of rules did, as Markdown.

use std::{collections::BTreeMap, fmt::Write as _, ops::Range, path::Path};

use chronoscope::schema::Naming;

use super::{
    faults::{BEGINS, Fault},
    healthy,
    play::{Fired, play},
    verdict,
};

/// What a set of rules did on days of some seeds.
pub struct Played {
    pub rules: &'static str,
    pub seeds: Range<u64>,
    /// The name of each healthy day, with what fired.
    pub healthy: Vec<(String, Vec<Fired>)>,
    /// Each fault, with what fired, and what is wrong with it.
    pub bad: Vec<(Fault, Vec<Fired>, String)>,
}

impl Played {
    /// Plays the rules of a file, and of the faults each so many.
    pub fn new(
        rules: &'static str,
        file: &Path,
        seeds: Range<u64>,
        naming: Naming,
        each: usize,
    ) -> Self {
        let days: Vec<_> = seeds
            .clone()
            .map(|seed| healthy::day(seed, naming))
            .collect();
        let fired = play(file, &days);
        let names = days.into_iter().map(|day| day.name);
        let (faults, days) = super::bad_days(seeds.start, naming, each);
        let bad = faults
            .into_iter()
            .zip(play(file, &days))
            .map(|(fault, fired)| {
                let wrong = verdict(&fault, &fired);
                (fault, fired, wrong)
            });
        Self {
            rules,
            seeds,
            healthy: names.zip(fired).collect(),
            bad: bad.collect(),
        }
    }

    /// The healthy days on which something fired.
    pub fn noisy(&self) -> impl Iterator<Item = &(String, Vec<Fired>)> {
        self.healthy.iter().filter(|(_, fired)| !fired.is_empty())
    }

    /// The faults that were not found.
    fn missed(&self) -> usize {
        self.bad
            .iter()
            .filter(|(.., wrong)| wrong == "missed")
            .count()
    }

    /// What is wrong, by fault.
    pub fn wrong(&self) -> Vec<String> {
        let wrong = self.bad.iter().filter(|(.., wrong)| !wrong.is_empty());
        wrong
            .map(|(fault, _, wrong)| format!("{}: {wrong}", fault.name))
            .collect()
    }
}

/// The table of all.
pub fn markdown(played: &[Played]) -> String {
    let mut text = "# Alerts on days of fleets

Written by the test `days` (with `UPDATE_GENERATED=1`). Each day is drawn from the seed before its
name, and `promtool test rules` plays it, an evaluation a minute. A healthy day is right if nothing
fires; a fault, if its alert fires in time with its labels and clears, and nothing else fires but what
follows from it.

| rules | seeds | healthy days | with a false alert | faults | missed | otherwise wrong |
|---|---|---|---|---|---|---|
"
    .to_owned();
    for one in played {
        let (missed, wrong) = (one.missed(), one.wrong().len());
        let _ = writeln!(
            text,
            "| {} | {}..{} | {} | {} | {} | {missed} | {} |",
            one.rules,
            one.seeds.start,
            one.seeds.end,
            one.healthy.len(),
            one.noisy().count(),
            one.bad.len(),
            wrong - missed
        );
    }
    for one in played {
        details(&mut text, one);
    }
    text
}

fn details(text: &mut String, played: &Played) {
    let _ = write!(
        text,
        "\n## {}, from seed {}\n\n",
        played.rules, played.seeds.start
    );
    for (day, fired) in played.noisy() {
        let mut names = BTreeMap::<_, usize>::new();
        for fired in fired {
            *names.entry(fired.name()).or_default() += 1;
        }
        let names: Vec<_> = names
            .iter()
            .map(|(name, count)| format!("{name} ({count})"))
            .collect();
        let _ = writeln!(text, "- healthy day {day}: {}", names.join(", "));
    }
    text.push_str("\n| fault | alert | after | wrong |\n|---|---|---|---|\n");
    for (fault, fired, wrong) in &played.bad {
        let own = fired.iter().filter(|fired| fired.name() == fault.alert);
        let first = own
            .map(|fired| fired.first)
            .filter(|first| *first >= BEGINS)
            .min();
        let after = first.map_or("never".to_owned(), |first| {
            format!("{} min", first - BEGINS)
        });
        let _ = writeln!(
            text,
            "| {} | {} | {after} | {wrong} |",
            fault.name, fault.alert
        );
    }
}
