//! Compares the emitted signals with the oracle.

mod attributes;
mod closed;
mod commits;
mod hooks;
mod lines;
mod metrics;
mod order;
mod recordings;
mod spans;
mod traces;
mod waits;

use std::collections::BTreeMap;

pub use self::lines::step;
use crate::{
    emitted::Ended,
    journal::{Entry, Key, Kind, Place},
    needles::leaks,
    oracle::{Close, Told},
    play::Played,
    program::{Action, Call, Finish, Program},
    settings::Emission,
};

/// Everything that a check may want to know.
pub struct Case<'a> {
    pub program: &'a Program,
    pub played: &'a Played,
    pub told: &'a [Told],
    /// The spans of each run, out of its history.
    pub rebuilt: &'a [Vec<Ended>],
    /// Whether it has local activities.
    pub has_local: bool,
    /// Whether its workers have several versions of it.
    pub has_versions: bool,
    /// How often something failed that the history does not tell of.
    pub disruptions: usize,
    /// How often a worker's process was killed.
    pub kills: usize,
    /// How many updates were rejected.
    pub rejected: usize,
}

impl<'a> Case<'a> {
    pub fn new(
        program: &'a Program,
        played: &'a Played,
        told: &'a [Told],
        rebuilt: &'a [Vec<Ended>],
    ) -> Self {
        let count = |is: fn(&&Action) -> bool| program.actions().filter(is).count();
        // A page of history that comes late changes nothing.
        let disrupts = |action: &&Action| match action {
            Action::Drop | Action::Expire | Action::Lose(_) | Action::Refuse(_) => true,
            Action::Delay(call, _) => *call != Call::History,
            _ => false,
        };
        Self {
            program,
            played,
            told,
            rebuilt,
            has_local: program.mentions("Local"),
            has_versions: program.mentions("Upgrade"),
            disruptions: count(disrupts),
            kills: played.kills,
            rejected: count(|action| matches!(action, Action::Reject(_))),
        }
    }

    /// How often a step of workflow code may come at most.
    pub fn most(&self, told: &Told, step: &Entry) -> usize {
        let trips = told.trips(&self.played.journal);
        let asked = match told.task(step.at) {
            // Each query of a run that the server closed executes what nobody took up.
            None => self.asked(told),
            Some(_) => 0,
        };
        let around = self.disruptions + self.asked_elsewhere() + self.elsewhere(told, step);
        1 + told.repeats(step, &trips, self.rejected) + around + asked
    }

    /// How often a step was taken in a task that the server did not accept, and which the history has in
    /// another task: by another version of the program, or since its next attempt came less far.
    fn elsewhere(&self, told: &Told, step: &Entry) -> usize {
        let executed = self.executed(step.kind, step.place);
        let is_astray = |entry: &&Entry| {
            let is_its_own = told.task(entry.at) == told.task(step.at) && !self.has_versions;
            let is_refused = !told.accepted.contains(&entry.at) && !is_its_own;
            entry.key() == step.key() && entry.live && is_refused
        };
        executed.filter(is_astray).count()
    }

    /// How often a worker may have been asked while another one executed a task of the run: the core
    /// takes what that task did for live.
    pub fn asked_elsewhere(&self) -> usize {
        self.queries() * usize::from(self.program.settings.workers > 1)
    }

    /// Whether another worker may take up a run whose local activity goes on here: this one then
    /// executes what the other did before it has the result.
    pub fn is_overtaken(&self) -> bool {
        self.has_local && self.program.settings.workers > 1
    }

    fn queries(&self) -> usize {
        let actions = self.program.actions();
        let queries = actions.filter(|action| matches!(action, Action::Query(..)));
        queries.count() + self.program.asked_after.len()
    }

    /// How often a run that the server closed may have been asked.
    fn asked(&self, told: &Told) -> usize {
        self.queries() * usize::from(told.close == Close::Closed)
    }

    /// Whether everything in a run's history was emitted live.
    pub fn is_whole(&self, told: &Told) -> bool {
        self.ended(told)
            && !told.merges(self.rejected)
            && self.kills == 0
            && told.inherited == 0
            && self.asked_elsewhere() == 0
            && !self.skips(told)
    }

    /// Whether the core executed two accepted tasks as one, and the routine of a step took another way
    /// then: what comes at the start of the second one may make a branch needless.
    pub fn diverges(&self, told: &Told, step: &Key) -> bool {
        if !told.merges(self.rejected) {
            return false;
        }
        let routine = step.1.split('/').next();
        let mut ways = vec![Vec::new()];
        for entry in &self.played.journal {
            let is_its_own = entry.run == step.0 && entry.place == Place::Workflow;
            match entry.kind {
                Kind::Loaded if entry.run == step.0 => ways.push(Vec::new()),
                _ if is_its_own && entry.path.split('/').next() == routine => {
                    ways.last_mut().expect("there is one").push(&entry.path);
                }
                _ => {}
            }
        }
        let longest = ways
            .iter()
            .max_by_key(|way| way.len())
            .expect("there is one");
        ways.iter().any(|way| !longest.starts_with(way))
    }

    /// How many runs closed so, where the SDK says of some execution of their end that it is no replay,
    /// and how many did in all.
    pub fn closed(&self, closes: Close) -> (usize, usize) {
        let closed = self.told.iter().filter(|told| told.close == closes);
        let shown = closed.clone().filter(|told| {
            let last = told
                .steps
                .iter()
                .rfind(|step| step.place == Place::Workflow);
            !last.is_some_and(|step| self.is_never_live(step))
        });
        (shown.count(), closed.count())
    }

    /// How often a span comes at least that the step opened. In two tasks that are executed as one,
    /// handlers come before the run: what one branch of it opens, the other may have made needless.
    pub fn least_ends(&self, told: &Told, step: &Entry) -> usize {
        self.least(told, step) * usize::from(self.is_whole(told))
    }

    /// How often a span may come at most that the step opened: it may end in any later task.
    pub fn most_ends(&self, told: &Told, step: &Entry) -> usize {
        let later = told.steps.iter().filter(|later| later.at >= step.at);
        let most = later.map(|later| self.most(told, later)).max();
        let trips = told.trips(&self.played.journal).len();
        let again = self.again(told, trips) + told.late.len() + self.asked(told);
        most.unwrap_or(1).max(self.most(told, step))
            + again
            + usize::from(told.merges(self.rejected))
    }

    /// How often a step that the replayer executed comes at least: what no server accepted need
    /// not.
    pub fn least(&self, told: &Told, step: &Entry) -> usize {
        let is_its_own = told.task(step.at).is_some_and(|task| task > told.inherited);
        usize::from(is_its_own && !self.is_never_live(step))
    }

    /// How often ends come again for tasks that fail so often: their own activation ends nothing,
    /// but one before it may have, if they had several.
    fn again(&self, told: &Told, trips: usize) -> usize {
        // What is called in a cancelled run is cancelled at once, in an activation of its own.
        match self.has_local || told.is_cancelled {
            true => trips,
            false => 0,
        }
    }

    /// Whether the SDK says of every execution of a step that it is a replay: where the task fails
    /// that follows a local activity's marker, or its worker ends, its next attempt is replayed past
    /// the marker.
    fn is_never_live(&self, step: &Entry) -> bool {
        let mut executed = self.executed(step.kind, Place::Workflow);
        let is_live = |entry: &Entry| entry.key() == step.key() && entry.live;
        self.has_local && step.place == Place::Workflow && !executed.any(is_live)
    }

    /// How often ends may come that no history has.
    pub fn refused(&self) -> usize {
        let runs = self.told.iter();
        let refused =
            runs.map(|told| told.late.len() + usize::from(!self.ended(told)) + self.asked(told));
        refused.sum::<usize>() + self.disruptions + self.asked_elsewhere()
    }

    /// How often starts and ends may come again: those of a task that fails are told by none of its
    /// attempts but the last.
    pub fn restarts(&self) -> usize {
        let of_run = |told: &Told| {
            let trips = told.trips(&self.played.journal);
            let trips = &trips[..self.again(told, trips.len())];
            let steps = told.steps.iter();
            let repeats = steps.map(|step| told.repeats(step, trips, self.rejected));
            let merged = usize::from(told.merges(self.rejected));
            repeats.max().unwrap_or_default()
                + told.late.len()
                + self.asked(told)
                + merged
                + usize::from(!self.ended(told))
        };
        let around = self.disruptions + self.asked_elsewhere();
        self.told.iter().map(of_run).sum::<usize>() + around
    }

    /// Whether anything may come again.
    pub fn repeats(&self) -> bool {
        let mut steps = self.told.iter().flat_map(|told| {
            let steps = told.steps.iter();
            steps.map(move |step| self.most(told, step))
        });
        let tasks =
            |told: &Told| !told.late.is_empty() || told.merges(self.rejected) || !self.ended(told);
        let is_disrupted = self.disruptions + self.asked_elsewhere() > 0;
        is_disrupted || steps.any(|most| most > 1) || self.trips() || self.told.iter().any(tasks)
    }

    /// Whether a span is of a task that went astray.
    pub fn is_astray(&self, told: &Told, span: &Ended) -> bool {
        self.astray(told).iter().any(|stray| match &span.step {
            Some(step) => *step == format!("{} {}", stray.run, stray.path),
            None => {
                matches!(stray.kind, Kind::Call(call) if format!("{call:?}") == span.operation())
            }
        })
    }

    /// What a run did in tasks that the server did not accept, and whose next attempt went another way,
    /// since more had happened meanwhile: no history has it, or not in that order, from which the ids
    /// of spans follow. What is held never comes.
    pub fn astray(&self, told: &Told) -> Vec<&'a Entry> {
        if self.program.settings.emission == Emission::OnCommit {
            return Vec::new();
        }
        let mut refused = BTreeMap::<i64, Vec<&Entry>>::new();
        for entry in
            self.played.journal.iter().filter(|entry| {
                entry.run == told.run && entry.live && entry.place == Place::Workflow
            })
        {
            if !told.accepted.contains(&entry.at) && entry.kind != Kind::Trip {
                refused.entry(entry.at).or_default().push(entry);
            }
        }
        refused.retain(|at, entries| {
            let next = told.steps.iter().filter(|step| {
                step.place == Place::Workflow && told.task(step.at) == told.task(*at)
            });
            let mut next = next.map(|step| (step.key(), step.kind));
            let mut way = entries.iter().map(|entry| (entry.key(), entry.kind));
            !way.all(|step| next.next() == Some(step))
        });
        refused.into_values().flatten().collect()
    }

    /// Whether a run has steps that the SDK never says to be live.
    pub fn skips(&self, told: &Told) -> bool {
        told.steps.iter().any(|step| self.is_never_live(step))
    }

    /// Whether a task fails on purpose.
    pub fn trips(&self) -> bool {
        let journal = &self.played.journal;
        journal.iter().any(|entry| entry.kind == Kind::Trip)
    }

    /// What was executed of a kind and in a place.
    pub fn executed(&self, kind: Kind, place: Place) -> impl Iterator<Item = &'a Entry> + Clone {
        let journal = self.played.journal.iter();
        journal.filter(move |entry| entry.kind == kind && entry.place == place)
    }

    /// Whether a run ended where a worker saw it.
    pub fn ended(&self, told: &Told) -> bool {
        !matches!(told.close, Close::Closed | Close::Open)
    }

    pub fn is_cancelled(&self) -> bool {
        let runs = self.told.iter();
        self.program.finish == Finish::Cancel || runs.clone().any(|told| told.is_cancelled)
    }

    /// Whether messages may come that nobody waits for.
    pub fn has_unexpected(&self) -> bool {
        self.program.left > 0 || self.program.mentions("Shout")
    }
}

/// Returns what is not as it should be.
pub fn differences(case: &Case<'_>) -> Vec<String> {
    let mut found = Vec::new();
    // A query may be answered by a task that fails.
    let is_open = !matches!(case.program.finish, Finish::TimeOut(_));
    if case.disruptions == 0 && !case.trips() && case.program.left == 0 && is_open {
        found.extend(case.played.answered.surprises.iter().cloned());
    }
    let emitted = &case.played.emitted;
    if emitted.runs_left > 0 && case.kills == 0 {
        found.push(format!("{} records of runs are left", emitted.runs_left));
    }
    attributes::check(case, &mut found);
    if case.program.settings.bare_first {
        // Of what the first workers did, nobody saw anything.
        spans::loose(case, &mut found);
        return found;
    }
    secrets(case, &mut found);
    lines::check(case, &mut found);
    commits::check(case, &mut found);
    order::check(case, &mut found);
    metrics::check(case, &mut found);
    recordings::check(case, &mut found);
    hooks::check(case, &mut found);
    spans::check(case, &mut found);
    closed::check(case, &mut found);
    traces::check(case, &mut found);
    waits::check(case, &mut found);
    found
}

fn secrets(case: &Case<'_>, found: &mut Vec<String>) {
    let emitted = &case.played.emitted;
    let shown = |what: &str, text: &str, found: &mut Vec<String>| {
        found.extend(
            leaks(text)
                .into_iter()
                .map(|leak| format!("{what} leak: {leak}")),
        );
    };
    shown("lines", &emitted.text, found);
    shown("health", &emitted.health, found);
    shown("metrics", &format!("{:?}", emitted.metrics), found);
    for span in &emitted.spans {
        shown("spans", &span.text, found);
    }
}
