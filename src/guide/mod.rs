//! The manual: one page per topic, for people who run workers.
//!
//! | page | what it answers |
//! |---|---|
//! | [`logs`] | How do I write a line once? What does a line look like, and which can repeat? |
//! | [`emission`] | What happens to the telemetry of a workflow task that fails? When is it emitted, and what can repeat? |
//! | [`other_layers`] | How do Sentry, Loki, the journal and others get a workflow's ids? |
//! | [`metrics`] | What is measured, under which names, and where does it go? |
//! | [`traces`] | How do I follow a workflow across services, and get back spans that were lost? |
//! | [`search_attributes`] | How do I find a workflow by what it is about, and get from it to its trace? |
//! | [`tower`] | How do I put limits, timeouts and retries around activities and gRPC calls? |
//! | [`introspection`] | What is this worker doing right now? |
//! | [`stuck`] | Why does this run not move? |
//! | [`alerts`] | Which boards and alerts come with the crate, and how do I load them? |
//! | [`runbook`] | What does an alert mean, and what do I do about it? |
//! | [`variables`] | Which environment variables are honoured, and what stands above them? |
//! | [`production`] | Collectors, probes, shutdown, what can be lost |
//! | [`troubleshooting`] | Why are lines, ids, metrics or spans missing, or there twice? |
//! | [`testing`] | How do I test workflow code that emits telemetry? |
//! | [`determinism`] | How do I keep workflow code deterministic, and notice when it is not? |
//! | [`costs`] | What does all of this cost? |
//! | [`sdk_gaps`] | What does the Rust SDK lack, compared with Temporal's SDK for Python? |
//!
//! Begin with the program on the [crate's front page](crate). Commands such as `cargo run --bin tracing`, and
//! paths such as `examples/support`, are those of a clone of the repository.

macro_rules! pages {
    ($($page:ident)*) => {
        $(
            #[doc = include_str!(concat!(stringify!($page), ".md"))]
            pub mod $page {}
        )*
    };
}

pages! {
    logs emission other_layers metrics traces search_attributes tower introspection stuck alerts variables
    production troubleshooting determinism costs sdk_gaps
}

#[doc = include_str!("testing.md")]
#[doc = include_str!("../testing/example.md")]
pub mod testing {}

// The generator of the rules writes it.
#[doc = include_str!("../../dashboards/RUNBOOK.md")]
pub mod runbook {}
