//! Every type: set at start, upserted, unset, read back, listed and counted.

use std::time::Duration;

use chronoscope::search_attributes;
use futures::TryStreamExt as _;
use temporalio_client::{
    Client, WorkflowCountOptions, WorkflowExecuteUpdateOptions, WorkflowListOptions,
    WorkflowSignalOptions, WorkflowStartOptions,
};
use temporalio_common::search_attributes::Timestamp;

use super::{workflows::*, *};
use crate::support::{connect, end, unique, work};

async fn reads(client: &Client, id: &str, version: Option<i64>) {
    let known = attributes(client, id).await;
    let word = version.map(|n| format!("version{n}"));
    assert_eq!(
        WORDS.get(&known).unwrap(),
        word.as_ref().map(|word| format!("some {word}"))
    );
    assert_eq!(STATUS.get(&known).unwrap(), word);
    assert_eq!(ITEMS.get(&known).unwrap(), version);
    assert_eq!(TOTAL.get(&known).unwrap(), version.map(|n| n as f64 + 0.1));
    assert_eq!(URGENT.get(&known).unwrap(), version.map(|n| n % 2 == 0));
    let due = version.map(|n| Timestamp::from(due() + Duration::from_secs(n as u64)));
    assert_eq!(DUE.get(&known).unwrap(), due);
    assert_eq!(
        TAGS.get(&known).unwrap(),
        word.map(|word| vec!["all".to_owned(), word])
    );
}

/// Waits until so many runs match; the server indexes them a moment later.
async fn finds(client: &Client, query: &str, expected: usize) {
    loop {
        let counted = client.count_workflows(query, WorkflowCountOptions::default());
        let listed = client.list_workflows(query, WorkflowListOptions::default());
        let listed: Vec<_> = listed.try_collect().await.unwrap();
        if counted.await.unwrap().count() == expected && listed.len() == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn queries_find(client: &Client, id: &str, version: i64, expected: usize) {
    let (words, status, items, total) = (WORDS.name(), STATUS.name(), ITEMS.name(), TOTAL.name());
    let (urgent, due_name, tags) = (URGENT.name(), DUE.name(), TAGS.name());
    let due = Timestamp::from(due() + Duration::from_secs(version as u64));
    for condition in [
        format!("{words} = 'version{version}'"),
        format!("{status} = 'version{version}'"),
        format!("{items} = {version}"),
        format!("{total} = {}", version as f64 + 0.1),
        format!("{urgent} = {}", version % 2 == 0),
        format!("{due_name} = '{due}'"),
        format!("{tags} = 'version{version}'"),
    ] {
        let query = format!("WorkflowId = '{id}' AND {condition}");
        finds(client, &query, expected).await;
    }
}

#[tokio::test]
async fn every_type_is_set_upserted_unset_read_listed_and_counted() {
    registered().await;
    let client = connect(None).await;
    let queue = unique("typed");
    work(&client, worker(&queue, 1000), async {
        let id = unique("typed");
        let options = WorkflowStartOptions::new(&queue, &id)
            .search_attributes(search_attributes::of(all_set(1)).unwrap())
            .build();
        let run = client
            .start_workflow(Typed::run, (), options)
            .await
            .unwrap();
        reads(&client, &id, Some(1)).await;
        queries_find(&client, &id, 1, 1).await;

        for version in [Some(2), None] {
            let options = WorkflowExecuteUpdateOptions::default();
            let shown = run.execute_update(Typed::change, version, options).await;
            assert!(shown.unwrap());
            reads(&client, &id, version).await;
            queries_find(&client, &id, 1, 0).await;
            queries_find(&client, &id, 2, usize::from(version.is_some())).await;
        }

        run.signal(Typed::finish, (), WorkflowSignalOptions::default())
            .await
            .unwrap();
        end(&run).await;
        let all: Vec<_> = KEYS_OF_TYPES.to_vec();
        assert_eq!(upserts(&client, &id).await, [all.clone(), all]);
    })
    .await;
}

/// In the order of their names.
const KEYS_OF_TYPES: [&str; 7] = [
    "SuiteDue",
    "SuiteItems",
    "SuiteStatus",
    "SuiteTags",
    "SuiteTotal",
    "SuiteUrgent",
    "SuiteWords",
];

#[test]
fn every_type_is_among_them() {
    let named = [
        DUE.name(),
        ITEMS.name(),
        STATUS.name(),
        TAGS.name(),
        TOTAL.name(),
        URGENT.name(),
        WORDS.name(),
    ];
    assert_eq!(named, KEYS_OF_TYPES);
}
