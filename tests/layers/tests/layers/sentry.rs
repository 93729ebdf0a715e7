//! Sentry's layers, whose transport keeps what it is given. No trace is sampled.

use std::sync::Arc;

use sentry_core::{ClientOptions, Hub, protocol::Context, test::TestTransport};
use sentry_tracing::{ErrorLayer, SpanLayer};
use tracing::Subscriber;
use tracing_subscriber::{Layer, registry::LookupSpan};

use super::{Seen, text};

pub(crate) struct Sentry(Arc<TestTransport>);

impl Sentry {
    pub(crate) fn new() -> Self {
        let transport = TestTransport::new();
        let options = ClientOptions::new()
            .dsn("https://public@sentry.invalid/1")
            .transport(transport.clone());
        Hub::main().bind_client(Some(Arc::new(options.into())));
        Self(transport)
    }

    pub(crate) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        SpanLayer::new().and_then(ErrorLayer::new().enable_span_attributes())
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        let mut all = Vec::new();
        for envelope in self.0.fetch_and_clear_envelopes() {
            // A transaction would be a span that was exported.
            let event = envelope.event().unwrap();
            let Context::Other(location) = &event.contexts["Rust Tracing Location"] else {
                continue;
            };
            if text(&location["module_path"]) != super::TARGET {
                continue;
            }
            let Some(Context::Other(fields)) = event.contexts.get("Rust Tracing Fields") else {
                continue;
            };
            // A field of a span is named for both.
            let named = fields.iter().map(|(name, value)| {
                let name = name.split_once(':').map_or(&**name, |(_, field)| field);
                (name.to_owned(), text(value))
            });
            all.push(Seen {
                message: event.message.clone().unwrap_or_default(),
                fields: named.collect(),
            });
        }
        all
    }
}
