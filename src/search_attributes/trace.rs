//! The trace link from inside a run: its trace id as an attribute, its URL in the details.

use super::{Key, Keyword, Upsert, change::Effective, run::with_run};

/// Sets a search attribute to the id of the run's own trace: for runs that a schedule started, that
/// continued as new, or that were open before there was a [trace
/// link](super::SearchAttributesBuilder::link).
///
/// ```
/// use chronoscope::search_attributes::{Key, Keyword, show_trace, upsert_trace};
/// # use temporalio_macros::{workflow, workflow_methods};
/// # use temporalio_sdk::{WorkflowContext, WorkflowResult};
///
/// const TRACE_ID: Key<Keyword> = Key::new("TraceId");
///
/// # #[workflow]
/// # #[derive(Default)]
/// # struct Nightly;
/// # #[workflow_methods]
/// # impl Nightly {
/// #[run]
/// async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
///     upsert_trace(ctx, TRACE_ID);
///     show_trace(ctx);
///     Ok(())
/// }
/// # }
/// ```
///
/// # Replay
///
/// Every call is one command, whatever the options are: whether a run is traced is its worker's
/// choice and may change between two tasks, but commands must follow from history alone. So it
/// never skips, and removes the attribute if the run is not traced. In code with open runs it
/// belongs behind [`patched`](temporalio_sdk::WorkflowContext::patched).
pub fn upsert_trace(ctx: &impl Upsert, key: Key<Keyword>) {
    let trace = with_run(|run| run.trace()).flatten();
    let change = match trace {
        Some(trace) => key.set(trace.to_string()),
        None => key.unset(),
    };
    // The id is 32 bytes of text, so this can't fail.
    if let Ok(effective) = Effective::always(change) {
        with_run(|run| run.upserted(&effective));
        ctx.command(effective.updates);
    }
}

/// Shows the URL of the run's own trace in the run's current details, which Temporal's user
/// interface displays.
///
/// [`SearchAttributesBuilder::link`](super::SearchAttributesBuilder::link) sets the URL's template;
/// without one, and for a run that is not traced, this does nothing. It replaces the previous
/// details.
///
/// # Replay
///
/// Details are not a command. A query returns them, so they are shown only while a worker runs.
pub fn show_trace(ctx: &impl Upsert) {
    let line = with_run(|run| run.link()?.line(run.trace()?)).flatten();
    if let Some(line) = line {
        ctx.show(line);
    }
}
