//! The server's limits, reported before the server does.

use std::{error::Error as _, net::Ipv4Addr};

use chronoscope::search_attributes::{self, Change};
use chronoscope_testserver::TestServer;
use temporalio_client::{WorkflowGetResultOptions, WorkflowStartOptions};

use super::{workflows::*, *};
use crate::support::{connect_to, end, start, unique, work};

const VALUE: usize = 2 * 1024;

#[tokio::test]
async fn an_error_names_the_key_before_the_server_does_and_nothing_is_half_applied() {
    registered().await;
    let client = connect(None).await;
    let queue = unique("large");
    work(&client, worker(&queue, 0), async {
        let run = start(&client, &queue, Large::run, VALUE).await;
        let id = run.info().workflow_id.clone();
        let ended = run.get_result(WorkflowGetResultOptions::default()).await;
        // The last one is an infinite total, which `?` turns into a failure of the run.
        let error = format!("{:?}", ended.unwrap_err());
        assert!(error.contains("InvalidSearchAttribute"), "{error}");
        assert!(error.contains("SuiteTotal"), "{error}");
        // What is just small enough the server takes.
        assert_eq!(upserts(&client, &id).await, [[WORDS.name()]]);
        let known = attributes(&client, &id).await;
        assert_eq!(WORDS.get(&known).unwrap().unwrap().len() + 2, VALUE);
        let history = scenarios::history(&client, &(id, None));
        let failed = history
            .into_events()
            .await
            .unwrap()
            .into_iter()
            .any(|event| {
                matches!(
                    event.attributes,
                    Some(Attributes::WorkflowTaskFailedEventAttributes(_))
                )
            });
        assert!(!failed, "the server refused something");
    })
    .await;
}

/// What the server would say to the same, so that our limit is known to be its.
#[tokio::test]
#[ignore = "real: the real server's limit of a value"]
async fn the_server_refuses_what_the_error_refuses() {
    registered().await;
    let client = connect(None).await;
    let raw = temporalio_common::search_attributes::SearchAttributeKey::text(WORDS.name());
    for (bytes, accepted) in [(VALUE, true), (VALUE + 1, false)] {
        let text = "x".repeat(bytes - 2);
        assert_eq!(
            search_attributes::of([WORDS.set(text.as_str())]).is_ok(),
            accepted
        );
        let options = WorkflowStartOptions::new(unique("nobody"), unique("large"))
            .search_attributes(SearchAttributes::new([raw.value_set(text)]))
            .build();
        let started = client.start_workflow(Leaf::run, (), options).await;
        assert_eq!(started.is_ok(), accepted, "{bytes}: {:?}", started.err());
    }
}

/// Names for more attributes than a namespace takes of one type.
pub const MANY: [Key<Text>; 24] = [
    Key::new("M01"),
    Key::new("M02"),
    Key::new("M03"),
    Key::new("M04"),
    Key::new("M05"),
    Key::new("M06"),
    Key::new("M07"),
    Key::new("M08"),
    Key::new("M09"),
    Key::new("M10"),
    Key::new("M11"),
    Key::new("M12"),
    Key::new("M13"),
    Key::new("M14"),
    Key::new("M15"),
    Key::new("M16"),
    Key::new("M17"),
    Key::new("M18"),
    Key::new("M19"),
    Key::new("M20"),
    Key::new("M21"),
    Key::new("M22"),
    Key::new("M23"),
    Key::new("M24"),
];

#[test]
fn all_values_together_have_a_limit_and_the_largest_is_named() {
    let changes = |count: usize, bytes| -> Vec<Change> {
        let mut changes: Vec<_> = MANY[..count]
            .iter()
            .map(|key| key.set("x".repeat(bytes)))
            .collect();
        changes.push(STATUS.set("x".repeat(bytes + 1)));
        changes
    };
    // Each takes some 60 bytes in addition to its value.
    assert!(search_attributes::of(changes(18, 2000)).is_ok());
    let error = search_attributes::of(changes(24, 2000)).unwrap_err();
    assert_eq!(error.name(), STATUS.name());
    assert!(error.to_string().contains("40960"), "{error}");
    assert!(error.source().is_none());
}

/// A development server has no room for so many; the one in this process does.
#[tokio::test]
async fn an_upsert_that_would_be_too_much_with_what_there_is_applies_nothing() {
    let server = TestServer::builder().namespace("many").start().await;
    let address = server
        .listen((Ipv4Addr::LOCALHOST, 0).into())
        .await
        .unwrap();
    let client = connect_to(&address.to_string(), "many", "suite", None).await;
    let keys = MANY.map(Key::declare);
    let keys = Keys::new(&keys);
    keys.register(client.connection(), "many").await.unwrap();
    let queue = unique("many");
    work(&client, worker(&queue, 0), async {
        let run = start(&client, &queue, Many::run, ()).await;
        end(&run).await;
        let upserts = upserts(&client, &run.info().workflow_id).await;
        assert_eq!(upserts.iter().map(Vec::len).collect::<Vec<_>>(), [12, 12]);
    })
    .await;
}

#[test]
fn what_cannot_be_encoded_is_an_error_and_no_panic() {
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let error = search_attributes::of([STATUS.set("half"), TOTAL.set(number)]).unwrap_err();
        assert_eq!(error.name(), TOTAL.name());
        assert!(error.to_string().contains("\"SuiteTotal\""), "{error}");
        assert!(error.source().is_some());
    }
    let far = temporalio_common::search_attributes::Timestamp::new(i64::MAX, 0);
    let error = search_attributes::of([DUE.set(far)]).unwrap_err();
    assert_eq!(error.name(), DUE.name());
}
