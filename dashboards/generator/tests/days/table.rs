//! The results of each set of rules, as a table in Markdown.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs, iter,
    ops::Range,
    path::{Path, PathBuf},
};

use chronoscope::schema::Naming;
use rapidhash::v3::rapidhash_v3;

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

    /// Plays the faults that no alert sees.
    pub fn unseen(file: &Path, plan: &Plan) -> Vec<(String, Vec<Fired>)> {
        let seed = plan.seeds.start;
        let (_, days) = faults::days(faults::unseen(), seed, plan.naming);
        let fired = play(plan.generation, file, &days);
        days.into_iter().map(|day| day.name).zip(fired).collect()
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

/// Returns the results of our rules, and what fires on the days of faults that no alert sees.
pub fn of_ours(played: &[Played], unseen: &[(String, Vec<Fired>)]) -> String {
    let mut text = "# Alerts on days of fleets

Written by the test `days` (with `UPDATE_GENERATED=1`). Each day is drawn from a seed, and `promtool
test rules` plays it at one evaluation per minute. Each day begins with a new Prometheus, which meets
counters that are not zero. A healthy day is right if no alert fires. A day with a fault is right if the
fault's alert fires in time, on its labels only, and clears; and if any other alert names that one in
`follows`, and fires only while it does, so that Alertmanager mutes it. Of two faults at the same time,
both alerts must fire, and Alertmanager must mute neither.

Metrics come by scrape, by scrape on Kubernetes, or by OTLP. What is pushed by OTLP has no `up`, so workers
that died look like workers that were scaled to zero, and **no alert tells**: see the last section. Those
faults are therefore always scraped in the tables.

How other rules fare on the same days is in [OTHER_RULES.md](OTHER_RULES.md).

"
    .to_owned();
    results(&mut text, played);
    text.push_str("\n## What no alert sees\n\n");
    of_healthy(&mut text, unseen);
    text
}

/// Returns the results of other rules.
pub fn of_others(played: &[Played], origin: &str) -> String {
    let mut text = format!(
        "# Other alerts on the same days

Written by the test `days_under_other_rules` (with `UPDATE_GENERATED=1`), as [DAYS.md](DAYS.md) is, and
compared with it: chronoscope's rules before they were fixed, and the list of alerts in Temporal's own
documentation, written as rules.

Days and rules: `{origin}`.

"
    );
    results(&mut text, played);
    text
}

/// Returns what identifies the days of a plan, what is to fire on them, and rules.
pub fn origin(plan: &Plan, rules: &[&PathBuf]) -> String {
    let (faults, bad) = faults::days((plan.faults)(), plan.seeds.start, plan.naming);
    let wanted = faults.iter().map(|fault| {
        let wanted: Vec<_> = fault.wanted().collect();
        format!("{wanted:?} {} {}", fault.within, fault.lasts).into_bytes()
    });
    let healthy = plan.seeds.clone();
    let healthy = healthy.map(|seed| healthy::day(seed, plan.naming));
    let days = healthy.chain(bad).map(|day| {
        let written = day.series.written().to_string();
        format!("{} {} {written}", day.name, day.minutes).into_bytes()
    });
    let rules = rules.iter().map(|file| fs::read(file).unwrap());
    let by = plan.generation.as_bytes().to_vec();
    let all = iter::once(by).chain(rules).chain(wanted).chain(days);
    let hashes: Vec<_> = all
        .flat_map(|one| rapidhash_v3(&one).to_le_bytes())
        .collect();
    format!("{:016x}", rapidhash_v3(&hashes))
}

fn results(text: &mut String, played: &[Played]) {
    text.push_str(
        "| rules | seeds | promtool of | healthy days | with a false alert | faults | missed | otherwise wrong |
|---|---|---|---|---|---|---|---|
",
    );
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
        of_healthy(text, &one.healthy);
        of_faults(text, one);
    }
}

/// One line per day, with the alerts that fired and how many of each.
fn of_healthy(text: &mut String, days: &[(String, Vec<Fired>)]) {
    for (day, fired) in days {
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
        let _ = writeln!(text, "- {day}: {said}");
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
        let names: Vec<_> = fault.wanted().map(|(alert, _)| alert).collect();
        let after: Vec<_> = names.iter().map(|alert| after(alert, fired)).collect();
        let (names, after) = (names.join(", "), after.join(", "));
        let _ = writeln!(text, "| {day} | {names} | {after} | {wrong} |");
    }
}

/// How long after the start of a fault an alert fired.
fn after(alert: &str, fired: &[Fired]) -> String {
    let own = fired.iter().filter(|fired| fired.name() == alert);
    let first = own
        .map(|fired| fired.first)
        .filter(|first| *first >= BEGINS)
        .min();
    first.map_or("never".to_owned(), |first| {
        format!("{} min", first - BEGINS)
    })
}
