use temporalio_client::{Client, ListWorkflowsStream, WorkflowListOptions};

use super::{Key, Keyword};

/// Lists the workflows that a trace id leads to, by the search attribute of the
/// [trace link](super::SearchAttributesBuilder::link): from the trace back to Temporal.
///
/// ```no_run
/// use chronoscope::search_attributes::{self, Key, Keyword};
/// use futures::TryStreamExt as _;
///
/// const TRACE_ID: Key<Keyword> = Key::new("TraceId");
///
/// # async fn find(client: &temporalio_client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let mut found = search_attributes::list(client, TRACE_ID, "1963e6f610de643ec46fd0b8ac9e532d");
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
/// The stream ends with that of the client, such as for an attribute that the namespace does not have.
pub fn list(client: &Client, key: Key<Keyword>, trace_id: &str) -> ListWorkflowsStream {
    let id = trace_id.to_lowercase().replace(['\'', '\\'], "");
    let query = format!("`{}` = '{id}'", key.name());
    client.list_workflows(query, WorkflowListOptions::default())
}
