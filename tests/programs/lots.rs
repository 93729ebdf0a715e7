//! Plays lots of programs, several at a time.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use proptest::strategy::BoxedStrategy;

use crate::{
    number,
    program::Program,
    run, seen,
    shrink::{self, Failed},
    tell,
};

/// The seed of the first program where nobody names one: a test that draws lots tells nobody
/// whether the last change broke it.
const SEED: u64 = 9_000_000;

/// How many programs are played at a time: they wait more than they work.
const LANES: u64 = 8;

/// How often a soak says how far it is.
const EVERY: u64 = 500;

/// What is to be played.
struct Lot {
    seed: u64,
    count: u64,
    /// How many may fail before it ends.
    most: usize,
    ends: Option<Instant>,
    begun: Instant,
    is_survey: bool,
    next: AtomicU64,
    by_chance: AtomicU64,
    failed: Mutex<Vec<Failed>>,
    /// How many programs show each kind of difference.
    kinds: Mutex<BTreeMap<String, u64>>,
}

impl Lot {
    fn of(variable: &str, default: u64) -> Self {
        let is_set = |variable| std::env::var_os(variable).is_some();
        let seed = match std::env::var("PROGRAMS_SEED").as_deref() {
            Ok("random") => uuid::Uuid::new_v4().as_u64_pair().0 >> 16,
            _ => number("PROGRAMS_SEED").unwrap_or(SEED),
        };
        let minutes = number("PROGRAMS_MINUTES").map(|minutes| Duration::from_secs(60 * minutes));
        let is_endless = is_set("PROGRAMS_SOAK") || minutes.is_some();
        let is_survey = is_set("PROGRAMS_SURVEY");
        let most = match is_survey {
            true => u64::MAX,
            false => number("PROGRAMS_AS_THEY_ARE").unwrap_or(3),
        };
        Self {
            seed,
            count: match is_endless {
                true => u64::MAX,
                false => number(variable).unwrap_or(default),
            },
            most: usize::try_from(most).unwrap_or(usize::MAX),
            ends: minutes.map(|minutes| Instant::now() + minutes),
            begun: Instant::now(),
            is_survey,
            next: AtomicU64::new(0),
            by_chance: AtomicU64::new(0),
            failed: Mutex::default(),
            kinds: Mutex::default(),
        }
    }

    /// The next program's number.
    fn next(&self) -> Option<u64> {
        let is_late = self.ends.is_some_and(|ends| Instant::now() > ends);
        let failed = self.failed.lock().expect("lanes end well").len();
        if is_late || failed >= self.most {
            return None;
        }
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        if n > 0 && n.is_multiple_of(EVERY) && self.count == u64::MAX {
            tell(&self.summary(n));
        }
        (n < self.count).then_some(n)
    }

    /// Plays programs until there are no more.
    fn lane(&self, programs: &BoxedStrategy<Program>, run: fn(&Program) -> Vec<String>) {
        // What a busy machine makes of timers and polls once is no finding.
        let twice = |program: &Program| {
            let found = run::found(program, run);
            if found.is_empty() || !run::found(program, run).is_empty() {
                return found;
            }
            self.by_chance.fetch_add(1, Ordering::Relaxed);
            Vec::new()
        };
        while let Some(n) = self.next() {
            let seed = self.seed.wrapping_add(n);
            let is_new = |kind: &str| self.is_new(kind);
            if let Some(failed) = shrink::play(seed, programs, twice, run, is_new) {
                if self.is_survey {
                    tell(&failed.text);
                }
                self.failed.lock().expect("lanes end well").push(failed);
            }
        }
    }

    /// Counts a kind of difference, and says whether it is one to be looked at.
    fn is_new(&self, kind: &str) -> bool {
        let mut kinds = self.kinds.lock().expect("lanes end well");
        let count = kinds.entry(kind.to_owned()).or_default();
        *count += 1;
        *count == 1 || !self.is_survey
    }

    fn summary(&self, played: u64) -> String {
        let (seed, took) = (self.seed, self.begun.elapsed());
        let lost = run::LOST.load(Ordering::Relaxed);
        let kills = run::KILLS.load(Ordering::Relaxed);
        let by_chance = self.by_chance.load(Ordering::Relaxed);
        let kinds = self.kinds.lock().expect("lanes end well");
        let is_asked_for = std::env::var_os("PROGRAMS_SEEN").is_some();
        let seen = is_asked_for.then(seen::tell).unwrap_or_default();
        let kinds = kinds
            .iter()
            .map(|(kind, count)| format!("\n{count:6} {kind}"));
        format!(
            "PROGRAMS_SEED={seed}: {played} programs with {kills} SIGKILLs in {took:.1?}, of which \
             {lost} do not end or replay without anything around them, and {by_chance} differed \
             once and not again{}",
            kinds.collect::<String>()
        ) + &seen
    }
}

pub fn play(
    programs: &(dyn Fn() -> BoxedStrategy<Program> + Sync),
    run: fn(&Program) -> Vec<String>,
    variable: &str,
    default: u64,
) {
    let lot = Lot::of(variable, default);
    std::thread::scope(|scope| {
        for _ in 0..number("PROGRAMS_LANES").unwrap_or(LANES) {
            scope.spawn(|| lot.lane(&programs(), run));
        }
    });
    let played = lot.next.load(Ordering::Relaxed).min(lot.count);
    let summary = lot.summary(played);
    let failed = lot.failed.into_inner().expect("lanes end well");
    let failed: Vec<_> = failed.into_iter().map(|failed| failed.text).collect();
    assert!(failed.is_empty(), "{summary}\n{}", failed.join("\n"));
    tell(&summary);
}
