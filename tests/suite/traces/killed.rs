//! Workers killed at random, and started again until all orders are done.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Stdio,
    time::Duration,
};

use chronoscope::{Observability, export, rebuild::Recording};
use temporalio_common::protos::temporal::api::history::v1::{History, HistoryEvent};
use tokio::process::{Child, Command};

use super::{
    collected,
    logical::{Expected, Logical, told},
    orders,
    rebuilt::workflows_of,
    shut_down,
};
use crate::support::{
    Random, address,
    collector::{Collector, Span},
    connect, connect_to, namespace, unique, work,
};

const RUNS: usize = 60;
const KILLS: u64 = 6;

/// What a worker's process is told, in variables of its environment.
const SETTINGS: [&str; 6] = [
    "SUITE_ADDRESS",
    "SUITE_NAMESPACE",
    "SUITE_OTLP",
    "SUITE_QUEUE",
    "SUITE_WORKER",
    "SUITE_CACHE",
];

/// The program of a worker's process: this one, asked for this test alone. It works until its
/// standard input ends.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "the tests below start it"]
async fn worker() {
    let settings = SETTINGS.map(|name| std::env::var(name).unwrap_or_default());
    let [address, namespace, endpoint, queue, name, cache] = settings;
    if name.is_empty() {
        return;
    }
    let observability = Observability::builder()
        .traces(|t| t.otlp(export::Collector::at(endpoint)))
        .build()
        .unwrap();
    let client = connect_to(&address, &namespace, &name, Some(&observability)).await;
    let options = orders::worker(&queue, cache.parse().unwrap());
    let options = observability.wrap(options);
    let end =
        tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    work(&client, options, end).await.unwrap().unwrap();
}

/// Workers' processes at the same orders.
struct Workers {
    queue: String,
    endpoint: String,
    random: Random,
    alive: Vec<(String, Child)>,
    killed: BTreeSet<String>,
}

impl Workers {
    /// Starts another one. Some keep runs in a cache, some don't.
    async fn start(&mut self) {
        let name = format!("worker-{}", self.killed.len() + self.alive.len());
        let cache = ["0", "1000"][usize::from(self.random.below(2) == 1)];
        let values = [
            address().await,
            namespace().await,
            &self.endpoint,
            &self.queue,
            &name,
            cache,
        ];
        let process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--ignored", "traces::killed::worker"])
            .envs(SETTINGS.into_iter().zip(values))
            .env("OTEL_BSP_SCHEDULE_DELAY", "200")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        self.alive.push((name, process));
    }

    /// Kills one at random, moments after so many spans have arrived, and starts another.
    async fn replace(&mut self, collector: &Collector, spans: u64) {
        let spans = usize::try_from(spans).unwrap();
        collector.arrived(spans).await;
        // Spans arrive just after they were sent. A moment that is random has to be another.
        tokio::time::sleep(Duration::from_millis(self.random.below(400))).await;
        let victim = self.random.below(self.alive.len() as u64);
        let (name, mut process) = self.alive.swap_remove(usize::try_from(victim).unwrap());
        // On Unix this is SIGKILL.
        process.kill().await.unwrap();
        self.killed.insert(name);
        self.start().await;
    }

    /// Lets the others end in good order.
    async fn end(&mut self) {
        for (name, process) in &mut self.alive {
            drop(process.stdin.take());
            assert!(process.wait().await.unwrap().success(), "{name}");
        }
    }
}

/// The received spans, compared with the history.
struct Account<'a> {
    came: BTreeMap<Logical, Vec<&'a Span>>,
    told: &'a BTreeMap<Logical, Expected>,
}

impl<'a> Account<'a> {
    fn of(spans: &'a [Span], told: &'a BTreeMap<Logical, Expected>) -> Self {
        let mut came: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for span in spans {
            came.entry(Logical::of_span(span)).or_default().push(span);
        }
        Self { came, told }
    }

    /// Spans in the history that were not received: none after the runs have been rebuilt.
    fn missing(&self) -> BTreeMap<&Logical, &Expected> {
        let told = self.told.iter();
        told.filter(|(logical, _)| !self.came.contains_key(logical))
            .collect()
    }

    /// What came more than once.
    fn doubled(&self) -> BTreeMap<&Logical, &Expected> {
        let doubled = self.came.iter().filter(|(_, copies)| copies.len() > 1);
        doubled
            .map(|(logical, _)| (logical, &self.told[logical]))
            .collect()
    }

    /// No span has two ids, and no id is of two spans.
    fn check_ids(&self) {
        let mut of_ids = BTreeMap::new();
        for (logical, copies) in &self.came {
            let ids: BTreeSet<_> = copies.iter().map(|span| (&span.trace, &span.id)).collect();
            assert_eq!(ids.len(), 1, "{logical:?}");
            let other = of_ids.insert(ids.into_iter().next().unwrap(), logical);
            assert_eq!(other, None, "{logical:?}");
        }
    }

    /// Each hangs from its parent, or from one that is missing.
    fn check_parents(&self) {
        let of_ids: BTreeMap<_, _> = self
            .came
            .iter()
            .flat_map(|(logical, copies)| copies.iter().map(move |span| (&span.id, logical)))
            .collect();
        let mut missing = BTreeMap::new();
        for (logical, told) in self.told {
            let Some(copies) = self.came.get(logical) else {
                continue;
            };
            for span in copies {
                match (of_ids.get(&span.parent), &told.parent) {
                    (None, None) => assert_eq!(span.parent, "", "{logical:?}"),
                    (None, Some(parent)) => {
                        assert!(!self.came.contains_key(parent), "{logical:?}");
                        let known = missing.entry(parent).or_insert(&span.parent);
                        assert_eq!(*known, &span.parent, "{parent:?} has two ids");
                    }
                    (known, parent) => assert_eq!(known.copied(), parent.as_ref(), "{logical:?}"),
                }
            }
        }
    }

    /// Each has the times of history, except those of a task that was retried.
    fn check_times(&self) {
        for (logical, told) in self.told {
            let copies = self.came.get(logical).into_iter().flatten();
            for span in copies {
                let own = Some((span.start, span.end));
                let as_told = told.times.is_none() || told.times == own;
                assert!(as_told || told.tried_before, "{logical:?}: {own:?}");
            }
        }
    }

    /// A span that is not in the history is an earlier attempt of an activity that is.
    fn check_untold(&self) {
        for logical in self.came.keys() {
            if self.told.contains_key(logical) {
                continue;
            }
            let (activity, attempt) = logical.attempt.clone().unwrap();
            let attempt: u32 = attempt.parse().unwrap();
            let later = (attempt + 1..attempt + 10).map(|later| Logical {
                attempt: Some((activity.clone(), later.to_string())),
                ..logical.clone()
            });
            assert!(
                later
                    .into_iter()
                    .any(|later| self.told.contains_key(&later)),
                "{logical:?}"
            );
        }
    }
}

/// Has orders done by workers that are killed, and returns who was.
async fn kill_workers_at(collector: &Collector, workers: &mut Workers) {
    for _ in 0..2 {
        workers.start().await;
    }
    // Each run sends 15 spans, some of which will be lost.
    let step = RUNS as u64 * 15 * 7 / 10 / KILLS;
    for n in 0..KILLS {
        let spans = n * step + 1 + workers.random.below(step);
        workers.replace(collector, spans).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_of_killed_workers_keep_their_ids_and_only_unsent_ones_are_missing() {
    let (collector, endpoint) = Collector::start().await;
    let observability = Observability::builder()
        .traces(|t| t.otlp(export::Collector::at(&*endpoint)))
        .build()
        .unwrap();
    let client = connect(Some(&observability)).await;
    let mut workers = Workers {
        queue: unique("killed"),
        endpoint,
        random: Random::from_env(),
        alive: Vec::new(),
        killed: BTreeSet::new(),
    };
    let queue = workers.queue.clone();
    let (placed, ()) = tokio::join!(
        orders::place(&client, &queue, RUNS),
        kill_workers_at(&collector, &mut workers),
    );
    workers.end().await;
    shut_down(&observability).await;
    let histories = orders::histories(&client, placed).await;
    let told = told(&histories);
    let mut spans = collector.spans();
    let account = Account::of(&spans, &told);
    let (missing, doubled) = (account.missing(), account.doubled());
    println!(
        "{} workers killed: of {} spans {} are missing, {} came more than once",
        workers.killed.len(),
        told.len(),
        missing.len(),
        doubled.len()
    );
    account.check_ids();
    account.check_untold();
    account.check_parents();
    account.check_times();
    for (logical, told) in missing {
        assert!(workers.killed.contains(&told.ended_by), "{logical:?}");
    }
    for (logical, told) in doubled {
        assert!(
            told.tried_before,
            "{logical:?}: {:#?}",
            account.came[logical]
        );
    }
    spans.extend(rebuilt(&queue, histories).await);
    let account = Account::of(&spans, &told);
    assert_eq!(
        account.missing().into_keys().collect::<Vec<_>>(),
        [] as [&Logical; 0]
    );
    account.check_ids();
}

/// The spans of the runs out of their histories.
async fn rebuilt(queue: &str, histories: Vec<Vec<HistoryEvent>>) -> Vec<Span> {
    let (collector, observability) = collected().await;
    for events in histories {
        let recording = Recording::new(namespace().await, History { events }.into());
        let recording = recording.task_queue(queue);
        let workflows = workflows_of(&orders::worker(queue, 0));
        let rebuilt = observability.rebuild(workflows, recording).await;
        rebuilt.unwrap();
    }
    shut_down(&observability).await;
    collector.spans()
}
