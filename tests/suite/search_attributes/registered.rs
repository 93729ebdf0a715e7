//! Creating attributes, and being told what can't be created.

use std::error::Error as _;

use chronoscope::search_attributes::{self, Declared};
use chronoscope_testserver::{Fault, TestServer};
use temporalio_client::{
    Connection, ConnectionOptions, Url, WorkflowStartOptions,
    tonic::{Code, Status},
};

use super::{workflows::*, *};
use crate::support::{address, connect_to, end, new_namespace, unique, work};

const INTS: [Key<Int>; 5] = [
    Key::new("Int1"),
    Key::new("Int2"),
    Key::new("Int3"),
    Key::new("Int4"),
    Key::new("Int5"),
];

#[tokio::test]
async fn what_is_registered_can_be_used_at_once_and_registering_again_does_nothing() {
    let namespace = new_namespace().await;
    let client = connect_to(address().await, &namespace, "suite", None).await;
    for _ in 0..2 {
        KEYS.register(client.connection(), &namespace)
            .await
            .unwrap();
    }
    let queue = unique("registered");
    work(&client, worker(&queue, 0), async {
        let id = unique("registered");
        let options = WorkflowStartOptions::new(&queue, &id)
            .search_attributes(search_attributes::of(all_set(1)).unwrap())
            .build();
        let run = client
            .start_workflow(Stages::run, (), options)
            .await
            .unwrap();
        end(&run).await;
    })
    .await;
}

#[tokio::test]
#[ignore = "real: the real server's room for attributes"]
async fn without_room_the_error_lists_what_is_missing() {
    let namespace = new_namespace().await;
    let client = connect_to(address().await, &namespace, "suite", None).await;
    let ints = INTS.map(Key::declare);
    let keys: Vec<Declared> = [STATUS.declare()].into_iter().chain(ints).collect();
    let refused = Keys::new(&keys).register(client.connection(), &namespace);
    let error = refused.await.unwrap_err();
    // The development server has room for three.
    assert_eq!(error.missing().collect::<Vec<_>>(), ["Int4", "Int5"]);
    let text = error.to_string();
    for part in [
        namespace.as_str(),
        "Int4 (Int)",
        "Int5 (Int)",
        "search-attribute create",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(error.source().is_some());
    // The rest is there.
    let rest = Keys::new(&keys[..4]);
    rest.register(client.connection(), &namespace)
        .await
        .unwrap();
}

#[tokio::test]
async fn an_attribute_of_another_type_is_missing() {
    let namespace = new_namespace().await;
    let client = connect_to(address().await, &namespace, "suite", None).await;
    KEYS.register(client.connection(), &namespace)
        .await
        .unwrap();
    const OTHER: Key<Int> = Key::new("SuiteStatus");
    let keys = [OTHER.declare(), TOTAL.declare()];
    let error = Keys::new(&keys).register(client.connection(), &namespace);
    let error = error.await.unwrap_err();
    assert_eq!(error.missing().collect::<Vec<_>>(), [OTHER.name()]);
    assert!(error.to_string().contains("Keyword"), "{error}");
}

#[tokio::test]
async fn without_the_right_the_error_lists_what_is_missing() {
    for may_list in [true, false] {
        let server = TestServer::builder().namespace("guarded").start().await;
        let options = ConnectionOptions::new(Url::parse("http://in-process").unwrap())
            .service_override(server.service_override())
            .dns_load_balancing(None)
            .build();
        let connection = Connection::connect(options).await.unwrap();
        let known = [STATUS.declare()];
        Keys::new(&known)
            .register(&connection, "guarded")
            .await
            .unwrap();

        let denied = || Fault::Fail(Status::new(Code::PermissionDenied, "operators only"));
        if !may_list {
            server.inject("ListSearchAttributes", denied());
        }
        server.inject("AddSearchAttributes", denied());
        server.inject("AddSearchAttributes", denied());
        let keys = [STATUS.declare(), TOTAL.declare(), ITEMS.declare()];
        let error = Keys::new(&keys).register(&connection, "guarded").await;
        let error = error.unwrap_err();
        let missing: Vec<_> = error.missing().collect();
        assert_eq!(missing, [TOTAL.name(), ITEMS.name()], "{error}");
        assert!(error.to_string().contains("operators only"), "{error}");
    }
}
