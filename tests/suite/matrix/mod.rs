//! Every example on every server, evicted at every task or never, and behind a codec: what it logs,
//! measures and traces is what its histories and its journal tell, each once.
//!
//! An example's program is run with `--log-file`, `--otlp` and `--journal`. The histories of its
//! runs are fetched when it has ended, and from these and the journal follow
//!
//! | what | by | and is compared with |
//! |---|---|---|
//! | each span, from its root | [`expected`] | what a collector got |
//! | each counter, and how often a histogram was recorded | [`measured`] | what a collector got |
//! | each log line | the example's row | the log file |
//!
//! # A new example
//!
//! Give it a row in the table that it belongs to ([`first`] and its neighbours), and one in the
//! README's. A row says which message each kind of event leads to, never how often: `("approved",
//! Each("HandleSignal:approve"))`. What a history can't tell stands there too: spans of the
//! example's own, what is called from a handler, and which updates have a validator. Then record its histories (see [`recorded`]).

mod activities;
mod calls;
mod copied;
mod expected;
mod first;
mod journal;
mod lines;
mod measured;
mod messages;
mod nodes;
mod open;
mod play;
pub mod recorded;
mod rows;
mod running;
mod sealed;
mod ties;
mod tree;

use std::{collections::BTreeSet, fmt::Debug, fs};

use futures::{StreamExt as _, stream};

use self::{
    expected::Expected,
    play::{Play, Played, Stage, play},
    rows::Row,
};

/// So many programs run at once.
const AT_ONCE: usize = 4;

/// All examples.
fn rows() -> Vec<Row> {
    [first::ROWS, activities::ROWS, messages::ROWS, running::ROWS].concat()
}

/// Examples that are no part of the matrix, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    (
        "demo",
        "it breaks things on purpose, for as long as it is let",
    ),
    (
        "rebuild_trace",
        "it traces nothing live, and its own test compares what it rebuilds",
    ),
    (
        "top",
        "it reads what another program does, and runs nothing",
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_this_process() {
    compare(rows().into_iter(), cached(Stage::InProcess)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_codec() {
    let encrypted = Play {
        stage: Stage::Home,
        cache: 0,
        encrypted: true,
    };
    compare(rows().into_iter(), [encrypted]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "real: the real server"]
async fn on_the_real_server() {
    compare(rows().into_iter(), cached(Stage::Home)).await;
}

/// A worker that keeps no run, and one that keeps all.
fn cached(stage: Stage) -> [Play; 2] {
    [0, 1000].map(|cache| Play {
        stage,
        cache,
        encrypted: false,
    })
}

/// The rows that `MATRIX_ONLY` names, with commas between them, or all.
fn chosen(rows: impl Iterator<Item = Row>) -> impl Iterator<Item = Row> {
    let only = std::env::var("MATRIX_ONLY").ok();
    for name in only.iter().flat_map(|only| only.split(',')) {
        let is_row = self::rows().iter().any(|row| row.name == name);
        assert!(is_row, "MATRIX_ONLY names {name:?}, which is no row");
    }
    rows.filter(move |row| {
        let is_named = |only: &str| only.split(',').any(|name| name == row.name);
        only.as_deref().is_none_or(is_named)
    })
}

#[test]
fn every_example_is_here_or_left_out_for_a_reason() {
    let folders = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/examples")).unwrap();
    let programs: BTreeSet<_> = folders
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let is_source = path.extension().is_some_and(|ending| ending == "rs");
            path.join("main.rs").exists() || is_source
        })
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let rows = rows();
    let left_out = LEFT_OUT.iter().map(|(name, why)| {
        assert!(!why.is_empty(), "{name}");
        *name
    });
    let named = rows.iter().map(|row| row.name);
    let named: Vec<_> = named.chain(left_out).map(str::to_owned).collect();
    let once: BTreeSet<_> = named.iter().cloned().collect();
    assert_eq!(once, programs);
    assert_eq!(once.len(), named.len(), "twice: {named:?}");
}

async fn compare<const N: usize>(rows: impl Iterator<Item = Row>, plays: [Play; N]) {
    let plays = chosen(rows).flat_map(|row| plays.map(|how| (row, how)));
    let plays = plays.filter(|(row, how)| how.suits(row));
    let plays = stream::iter(plays).map(|(row, how)| async move {
        let wrong = match play(&row, how).await {
            Ok(played) => check(&row, played),
            Err(error) => error,
        };
        match &*wrong {
            "" => String::new(),
            wrong => format!("{} played as {how:?}:\n{wrong}\n", row.name),
        }
    });
    let wrong: String = plays.buffer_unordered(AT_ONCE).collect().await;
    assert!(wrong.is_empty(), "{wrong}");
}

/// Says where an example's telemetry differs from what is told.
fn check(row: &Row, played: Played) -> String {
    let told = Expected::new(row, played.histories, played.journal);
    assert!(
        !told.runs.is_empty() && !told.nodes.is_empty(),
        "{}",
        row.name
    );
    let [must, is] = lines::compared(row, &told, &played.lines);
    [
        differences("spans", tree::told(&told), tree::sent(&played.spans)),
        differences(
            "metrics",
            measured::told(&told, &played.namespace)
                .into_iter()
                .collect(),
            measured::sent(&played.series).into_iter().collect(),
        ),
        differences("lines", must, is),
    ]
    .concat()
}

#[test]
fn what_is_missing_or_comes_twice_is_told() {
    let told = || vec!["a", "b", "b", "c"];
    assert_eq!(differences("x", told(), told()), "");
    for (sent, only) in [
        (vec!["a", "b", "c"], "  x: only told \"b\"\n"),
        (vec!["a", "b", "b"], "  x: only told \"c\"\n"),
        (vec!["a", "b", "b", "b", "c"], "  x: only sent \"b\"\n"),
        (vec!["a", "b", "b", "c", "d"], "  x: only sent \"d\"\n"),
    ] {
        assert_eq!(differences("x", told(), sent), only);
    }
}

/// Says what only one of two sorted lists has.
fn differences<T: Debug + Ord>(of: &str, told: Vec<T>, sent: Vec<T>) -> String {
    let (mut told, mut sent) = (told.into_iter().peekable(), sent.into_iter().peekable());
    let mut text = String::new();
    loop {
        match (told.peek(), sent.peek()) {
            (None, None) => return text,
            (Some(a), Some(b)) if a == b => {
                told.next();
                sent.next();
            }
            (Some(a), b) if b.is_none_or(|b| a < b) => {
                text += &format!("  {of}: only told {a:?}\n");
                told.next();
            }
            (_, b) => {
                text += &format!("  {of}: only sent {:?}\n", b.unwrap());
                sent.next();
            }
        }
    }
}
