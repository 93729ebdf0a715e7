//! The results of each set of rules, as a table in Markdown.

use std::{collections::BTreeMap, fmt::Write as _, ops::Range, path::Path};

use chronoscope::schema::Naming;

use super::{
    faults::{self, BEGINS, Fault},
    healthy,
    play::{Fired, play},
    verdict::verdict,
};

/// Which days are played, and with which promtool.
#[derive(Clone)]
pub struct Plan {
    /// The generation of Prometheus.
    pub generation: &'static str,
    pub seeds: Range<u64>,
    pub naming: Naming,
    pub faults: fn() -> Vec<Fault>,
}

/// A fault that was played.
pub struct Bad {
    pub fault: Fault,
    /// The name of the day.
    pub day: String,
    pub fired: Vec<Fired>,
    /// What is wrong with that; empty if all is right.
    pub wrong: String,
}

/// The results of one set of rules.
pub struct Played {
    pub rules: &'static str,
    pub plan: Plan,
    /// The name of each healthy day, with what fired.
    pub healthy: Vec<(String, Vec<Fired>)>,
    pub bad: Vec<Bad>,
}

impl Played {
    /// Plays the rules of a file.
    pub fn new(rules: &'static str, file: &Path, plan: Plan) -> Self {
        let Plan {
            generation, naming, ..
        } = plan;
        let days: Vec<_> = plan
            .seeds
            .clone()
            .map(|seed| healthy::day(seed, naming))
            .collect();
        let fired = play(generation, file, &days);
        let names = days.into_iter().map(|day| day.name);
        let (faults, days) = faults::days((plan.faults)(), plan.seeds.start, naming);
        let fired_on = play(generation, file, &days);
        let bad = faults.into_iter().zip(days).zip(fired_on);
        Self {
            rules,
            plan,
            healthy: names.zip(fired).collect(),
            bad: bad
                .map(|((fault, day), fired)| Bad {
                    wrong: verdict(&fault, &fired),
                    day: day.name,
                    fault,
                    fired,
                })
                .collect(),
        }
    }

    /// The healthy days on which something fired.
    pub fn noisy(&self) -> impl Iterator<Item = &(String, Vec<Fired>)> {
        self.healthy.iter().filter(|(_, fired)| !fired.is_empty())
    }

    /// The faults that were not found.
    fn missed(&self) -> usize {
        self.bad.iter().filter(|bad| bad.wrong == "missed").count()
    }

    /// What is wrong, by day.
    pub fn wrong(&self) -> Vec<String> {
        let wrong = self.bad.iter().filter(|bad| !bad.wrong.is_empty());
        wrong
            .map(|bad| format!("{}: {}", bad.day, bad.wrong))
            .collect()
    }
}

/// Returns the table of all results.
pub fn markdown(played: &[Played]) -> String {
    let mut text = "# Alerts on days of fleets

Written by the test `days` (with `UPDATE_GENERATED=1`). Each day is drawn from a seed, and `promtool
test rules` plays it at one evaluation per minute. Each day begins with a new Prometheus, which meets
counters that are not zero. A healthy day is right if no alert fires. A day with a fault is right if the
fault's alert fires in time, on its labels only, and clears; and if any other alert names that one in
`follows`, and fires only while it does, so that Alertmanager mutes it.

| rules | seeds | promtool of | healthy days | with a false alert | faults | missed | otherwise wrong |
|---|---|---|---|---|---|---|---|
"
    .to_owned();
    for one in played {
        let (missed, wrong) = (one.missed(), one.wrong().len());
        let _ = writeln!(
            text,
            "| {} | {}..{} | {} | {} | {} | {} | {missed} | {} |",
            one.rules,
            one.plan.seeds.start,
            one.plan.seeds.end,
            one.plan.generation,
            one.healthy.len(),
            one.noisy().count(),
            one.bad.len(),
            wrong - missed
        );
    }
    for one in played {
        let _ = write!(
            text,
            "\n## {}, from seed {}\n\n",
            one.rules, one.plan.seeds.start
        );
        of_healthy(&mut text, one);
        of_faults(&mut text, one);
    }
    text
}

/// One line per healthy day, with the alerts that fired and how many of each.
fn of_healthy(text: &mut String, played: &Played) {
    for (day, fired) in &played.healthy {
        let mut names = BTreeMap::<_, usize>::new();
        for fired in fired {
            *names.entry(fired.name()).or_default() += 1;
        }
        let names: Vec<_> = names
            .iter()
            .map(|(name, count)| format!("{name} ({count})"))
            .collect();
        let said = match names.is_empty() {
            true => "nothing".to_owned(),
            false => format!("**{}**", names.join(", ")),
        };
        let _ = writeln!(text, "- healthy day {day}: {said}");
    }
}

fn of_faults(text: &mut String, played: &Played) {
    text.push_str("\n| seed: fault, fleet | alert | after | wrong |\n|---|---|---|---|\n");
    for Bad {
        fault,
        day,
        fired,
        wrong,
    } in &played.bad
    {
        let own = fired.iter().filter(|fired| fired.name() == fault.alert);
        let first = own
            .map(|fired| fired.first)
            .filter(|first| *first >= BEGINS)
            .min();
        let after = first.map_or("never".to_owned(), |first| {
            format!("{} min", first - BEGINS)
        });
        let _ = writeln!(text, "| {day} | {} | {after} | {wrong} |", fault.alert);
    }
}
