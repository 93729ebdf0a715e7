//! A warning about filters, which filters can't hide.

use tracing::{
    Event, Level, Metadata,
    callsite::{DefaultCallsite, Identifier},
    dispatcher,
    field::{FieldSet, Value},
    metadata::Kind,
    subscriber::NoSubscriber,
};

use super::span::TARGET;

static CALLSITE: DefaultCallsite = DefaultCallsite::new(&METADATA);

static METADATA: Metadata<'static> = Metadata::new(
    "advice",
    module_path!(),
    Level::WARN,
    Some(file!()),
    Some(line!()),
    Some(module_path!()),
    FieldSet::new(&["message"], Identifier(&CALLSITE)),
    Kind::EVENT,
);

/// Says that the context span is disabled, and returns whether there was a subscriber to receive it.
///
/// The filter that disables the span, such as `RUST_LOG=my_crate=info`, would mostly disable a
/// plain warning, too: this one goes to the layers without asking.
pub(super) fn context_span_is_disabled() -> bool {
    let is_heard = dispatcher::get_default(|now| !now.is::<NoSubscriber>());
    if is_heard {
        let text = format_args!(
            "other layers get no workflow ids, since a filter disables the span that holds them: \
             add the directive `{TARGET}=error` to that filter"
        );
        let message = METADATA.fields().iter().next();
        if let Some(message) = message {
            let values = [(&message, Some(&text as &dyn Value))];
            Event::dispatch(&METADATA, &METADATA.fields().value_set(&values));
        }
    }
    is_heard
}
