//! Listing the workflows of a trace.

use temporalio_client::{Client, ListWorkflowsStream, WorkflowListOptions};

use super::{Key, Keyword};

/// Lists the workflows with a trace id, by the search attribute of the [trace
/// link](super::SearchAttributesBuilder::link): it leads from the trace back to Temporal.
///
/// ```
/// use chronoscope::search_attributes::{self, Key, Keys, Keyword};
/// use futures::TryStreamExt as _;
///
/// const TRACE_ID: Key<Keyword> = Key::new("TraceId");
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = chronoscope_testserver::TestServer::builder().start().await;
/// # let client = server.client("default").await?;
/// # Keys::new(&[TRACE_ID.declare()]).register(client.connection(), "default").await?;
/// let mut found = search_attributes::list(&client, TRACE_ID, "1963e6f610de643ec46fd0b8ac9e532d");
/// while let Some(workflow) = found.try_next().await? {
///     println!("{} {}", workflow.id(), workflow.run_id());
/// }
/// # Ok(())
/// # }
/// ```
///
/// Temporal indexes runs a moment after it starts them.
///
/// # Errors
///
/// The stream ends with the client's error, for example if the namespace lacks the attribute.
pub fn list(client: &Client, key: Key<Keyword>, trace_id: &str) -> ListWorkflowsStream {
    let id = trace_id.to_lowercase().replace(['\'', '\\'], "");
    let query = format!("`{}` = '{id}'", key.name());
    client.list_workflows(query, WorkflowListOptions::default())
}
