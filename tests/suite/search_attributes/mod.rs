//! Search attributes on a real server: their types, upserts, limits, and the link to the trace.

mod limits;
mod linked;
mod mirrored;
mod registered;
mod replayed;
mod skipped;
mod types;
mod workflows;

use chronoscope::search_attributes::{
    Bool, Datetime, Double, Int, Key, Keys, Keyword, KeywordList, Text,
};
use temporalio_client::{
    Client, NamespacedClient as _, UntypedWorkflowHandle, WorkflowDescribeOptions,
    WorkflowExecutionDescription, WorkflowExecutionInfo,
};
use temporalio_common::{
    protos::temporal::api::history::v1::{HistoryEvent, history_event::Attributes},
    search_attributes::SearchAttributes,
};
use tokio::sync::OnceCell;

use crate::{
    scenarios,
    support::{connect, namespace},
};

const WORDS: Key<Text> = Key::new("SuiteWords");
const STATUS: Key<Keyword> = Key::new("SuiteStatus");
const ITEMS: Key<Int> = Key::new("SuiteItems");
const TOTAL: Key<Double> = Key::new("SuiteTotal");
const URGENT: Key<Bool> = Key::new("SuiteUrgent");
const DUE: Key<Datetime> = Key::new("SuiteDue");
const TAGS: Key<KeywordList> = Key::new("SuiteTags");
const TRACE_ID: Key<Keyword> = Key::new("SuiteTraceId");

const KEYS: Keys<'_> = Keys::new(&[
    WORDS.declare(),
    STATUS.declare(),
    ITEMS.declare(),
    TOTAL.declare(),
    URGENT.declare(),
    DUE.declare(),
    TAGS.declare(),
    TRACE_ID.declare(),
]);

/// Registers the keys of these tests, once.
async fn registered() {
    static REGISTERED: OnceCell<()> = OnceCell::const_new();
    REGISTERED
        .get_or_init(|| async {
            let client = connect(None).await;
            KEYS.register(client.connection(), namespace().await)
                .await
                .unwrap();
        })
        .await;
}

/// Describes a run on the server; without a run id the latest.
async fn described(
    client: &Client,
    workflow_id: &str,
    run_id: Option<&str>,
) -> WorkflowExecutionDescription {
    let info = WorkflowExecutionInfo::builder()
        .namespace(client.namespace())
        .workflow_id(workflow_id)
        .maybe_run_id(run_id.map(str::to_owned))
        .build();
    UntypedWorkflowHandle::<Client>::new(client.clone(), info)
        .describe(WorkflowDescribeOptions::default())
        .await
        .unwrap()
}

/// The latest run's attributes, as the server has them.
async fn attributes(client: &Client, workflow_id: &str) -> SearchAttributes {
    described(client, workflow_id, None)
        .await
        .search_attributes()
}

/// The names in each upsert of the latest run's history, leaving out the SDK's own for patches.
async fn upserts(client: &Client, workflow_id: &str) -> Vec<Vec<String>> {
    let history = scenarios::history(client, &(workflow_id.to_owned(), None));
    let events = history.into_events().await.unwrap();
    events.iter().filter_map(upserted).collect()
}

fn upserted(event: &HistoryEvent) -> Option<Vec<String>> {
    let Some(Attributes::UpsertWorkflowSearchAttributesEventAttributes(upsert)) = &event.attributes
    else {
        return None;
    };
    let fields = &upsert.search_attributes.as_ref()?.indexed_fields;
    let mut names: Vec<_> = fields.keys().cloned().collect();
    names.sort();
    (names != ["TemporalChangeVersion"]).then_some(names)
}
