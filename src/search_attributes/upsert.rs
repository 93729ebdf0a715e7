//! Changing search attributes in workflow code.

use temporalio_common::search_attributes::{SearchAttributeUpdate, SearchAttributes};
use temporalio_sdk::{SyncWorkflowContext, WorkflowContext};

use super::{Change, InvalidSearchAttribute, change::Effective, run::with_run};

/// A context of workflow code that may change its run: `WorkflowContext` or `SyncWorkflowContext`.
/// Queries and validators have neither.
pub trait Upsert: sealed::Sealed {
    #[doc(hidden)]
    fn recorded(&self) -> SearchAttributes;

    #[doc(hidden)]
    fn command(&self, updates: Vec<SearchAttributeUpdate>);

    #[doc(hidden)]
    fn show(&self, details: String);
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! contexts {
    ($($context:ident)*) => {
        $(
            impl<W> sealed::Sealed for $context<W> {}

            impl<W> Upsert for $context<W> {
                fn recorded(&self) -> SearchAttributes {
                    self.search_attributes()
                }

                fn command(&self, updates: Vec<SearchAttributeUpdate>) {
                    self.upsert_search_attributes(updates);
                }

                fn show(&self, details: String) {
                    self.set_current_details(details);
                }
            }
        )*
    };
}

contexts! { WorkflowContext SyncWorkflowContext }

/// Changes search attributes of the calling run, unless they already have these values.
///
/// All effective changes are one command. Changes without an effect are skipped and counted
/// ([`UpsertCounts`](super::UpsertCounts)).
///
/// ```
/// # use temporalio_macros::{workflow, workflow_methods};
/// # use temporalio_sdk::{SyncWorkflowContext, WorkflowContext, WorkflowResult};
/// use chronoscope::search_attributes::{Int, Key, Keyword, upsert};
///
/// const ORDER_STATUS: Key<Keyword> = Key::new("OrderStatus");
/// const ORDER_ITEMS: Key<Int> = Key::new("OrderItems");
///
/// #[workflow]
/// #[derive(Default)]
/// struct Order;
///
/// #[workflow_methods]
/// impl Order {
///     #[run]
///     async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
///         upsert(ctx, [ORDER_STATUS.set("new"), ORDER_ITEMS.set(3)])?;
///         upsert(ctx, [ORDER_STATUS.set("new")])?; // no command
///         Ok(())
///     }
/// }
/// ```
///
/// # Replay
///
/// Whether there is a command follows from the run's history alone: from the attributes that it
/// started with and the upserts since, as the SDK's context shows them. A replay gives the same
/// commands, so nothing is gated.
///
/// **In code with open runs**, the SDK's `upsert_search_attributes` has recorded an event for each
/// call. Replacing it with this function removes some of them, and open runs would no longer
/// replay: guard the change with [`patched`](temporalio_sdk::WorkflowContext::patched).
///
/// ```
/// # use chronoscope::search_attributes::{Key, Keyword, upsert};
/// # use temporalio_common::search_attributes::SearchAttributeKey;
/// # use temporalio_sdk::{WorkflowContext, WorkflowResult};
/// # const ORDER_STATUS: Key<Keyword> = Key::new("OrderStatus");
/// # const OLD_STATUS: SearchAttributeKey<String> = SearchAttributeKey::keyword("OrderStatus");
/// # fn code<W>(ctx: &WorkflowContext<W>) -> WorkflowResult<()> {
/// if ctx.patched("upsert-only-changes") {
///     upsert(ctx, [ORDER_STATUS.set("new")])?;
/// } else {
///     ctx.upsert_search_attributes([OLD_STATUS.value_set("new".to_owned())]);
/// }
/// # Ok(())
/// # }
/// ```
///
/// The same holds for the reverse change.
///
/// # Errors
///
/// [`InvalidSearchAttribute`] names the attribute that the server would refuse by its default
/// limits: 2 kB per value and 40 kB in total. In that case no change is applied. The server itself
/// would fail the task again and again for the former, and terminate the run for the latter. No
/// worker sees the attributes that the server itself adds to a run, such as the names of patches:
/// stay some kB below the total.
///
/// # Queries and validators
///
/// These may change nothing, and have a context for which this does not compile:
///
/// ```compile_fail,E0277
/// # use chronoscope::search_attributes::{Key, Keyword, upsert};
/// # use temporalio_macros::{workflow, workflow_methods};
/// # use temporalio_sdk::{WorkflowContext, WorkflowContextView, WorkflowResult};
/// # const ORDER_STATUS: Key<Keyword> = Key::new("OrderStatus");
/// # #[workflow]
/// # #[derive(Default)]
/// # struct Order;
/// # #[workflow_methods]
/// # impl Order {
/// #   #[run]
/// #   async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> { Ok(()) }
/// #[query]
/// fn status(&self, ctx: &WorkflowContextView) -> bool {
///     upsert(ctx, [ORDER_STATUS.set("asked")]).is_ok()
/// }
/// # }
/// ```
///
/// ```compile_fail,E0277
/// # use chronoscope::search_attributes::{Key, Keyword, upsert};
/// # use temporalio_macros::{workflow, workflow_methods};
/// # use temporalio_sdk::{SyncWorkflowContext, WorkflowContext, WorkflowContextView, WorkflowResult};
/// # const ORDER_STATUS: Key<Keyword> = Key::new("OrderStatus");
/// # #[workflow]
/// # #[derive(Default)]
/// # struct Order;
/// # #[workflow_methods]
/// # impl Order {
/// #   #[run]
/// #   async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> { Ok(()) }
/// #   #[update]
/// #   fn add(&mut self, ctx: &mut SyncWorkflowContext<Self>, n: i32) {}
/// #[update_validator(add)]
/// fn validate_add(
///     &self,
///     ctx: &WorkflowContextView,
///     n: &i32,
/// ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
///     Ok(upsert(ctx, [ORDER_STATUS.set("validated")])?)
/// }
/// # }
/// ```
pub fn upsert(
    ctx: &impl Upsert,
    changes: impl IntoIterator<Item = Change>,
) -> Result<(), InvalidSearchAttribute> {
    let effective = Effective::of(changes, &ctx.recorded())?;
    with_run(|run| run.upserted(&effective));
    if !effective.updates.is_empty() {
        ctx.command(effective.updates);
    }
    Ok(())
}
