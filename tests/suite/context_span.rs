//! The span that shows an execution's ids to other layers.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    pin::pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};

use chronoscope::{
    Observability,
    execution::{Execution, Phase, in_current},
    logs::{LogsBuilder, ReplayFilter, without_context},
    schema::{Field, Operation},
    testing::{execution, unwired::observed},
};
use tracing::{
    Event, Subscriber,
    field::{Field as Named, Visit},
    span,
};
use tracing_subscriber::{
    EnvFilter, Layer, layer, layer::SubscriberExt as _, registry::LookupSpan,
};

use crate::support::Lines;

/// The fields of a span.
#[derive(Clone, Debug, Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Named, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Named, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

/// What a layer sees of the spans that each event is in, the innermost first.
type Scope = Vec<(&'static str, BTreeMap<&'static str, String>)>;

/// A layer that only reads spans.
#[derive(Clone, Default)]
struct Reader {
    events: Arc<Mutex<Vec<Scope>>>,
    entered: Arc<Mutex<u32>>,
}

impl Reader {
    fn take(&self) -> Vec<Scope> {
        std::mem::take(&mut self.events.lock().unwrap())
    }

    /// The names of the spans that each event is in.
    fn names(&self) -> Vec<Vec<&'static str>> {
        let names = |scope: Scope| scope.into_iter().map(|(name, _)| name).collect();
        self.take().into_iter().map(names).collect()
    }
}

impl<S: Subscriber + for<'span> LookupSpan<'span>> Layer<S> for Reader {
    fn on_new_span(
        &self,
        attributes: &span::Attributes<'_>,
        id: &span::Id,
        context: layer::Context<'_, S>,
    ) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        context.span(id).unwrap().extensions_mut().replace(fields);
    }

    fn on_enter(&self, _: &span::Id, _: layer::Context<'_, S>) {
        *self.entered.lock().unwrap() += 1;
    }

    fn on_event(&self, event: &Event<'_>, context: layer::Context<'_, S>) {
        let scope = context.event_scope(event).into_iter().flatten();
        let seen = scope.map(|span| {
            let fields = span.extensions().get::<Fields>().cloned();
            (span.name(), fields.unwrap_or_default().0)
        });
        self.events.lock().unwrap().push(seen.collect());
    }
}

fn observability(set: impl FnOnce(LogsBuilder) -> LogsBuilder) -> Observability {
    Observability::builder().logs(set).build().unwrap()
}

/// A run's code, or that of a handler, in a phase.
fn run(observability: &Observability, phase: Phase) -> Execution {
    let run = execution(Operation::RunWorkflow)
        .field(Field::WorkflowId, "order-7")
        .phase(phase)
        .build();
    observed(observability, &run)
}

#[test]
fn it_has_the_fields_that_lines_have() {
    // The others are those of client calls, whose code is nobody's.
    const CODE: usize = 13;
    let observability = observability(LogsBuilder::context_span);
    let fields = &Field::ALL[..CODE];
    let mut all = execution(Operation::RunActivity);
    for field in fields {
        all = match field {
            Field::Attempt => all.field(*field, 2),
            Field::IsLocal => all.field(*field, true),
            _ => all.field(*field, field.log_name()),
        };
    }
    let (reader, lines) = (Reader::default(), Lines::default());
    let subscriber = tracing_subscriber::registry()
        .with(reader.clone())
        .with(lines.layer().with_filter(without_context()));
    tracing::subscriber::with_default(subscriber, || {
        observed(&observability, &all.build()).run(|| tracing::info!("inside"));
    });
    let scopes = reader.take();
    let [(name, seen)] = &scopes[0][..] else {
        panic!("{scopes:?}");
    };
    assert_eq!(*name, "temporal");
    let line = &lines.of("suite")[0];
    assert_eq!(line.get("spans"), None, "{line}");
    for field in fields {
        let name = field.log_name();
        let text = match &line[name] {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        assert_eq!(seen.get(name), Some(&text), "{name} in {seen:?}");
    }
    assert_eq!(seen.len(), CODE, "{seen:?}");
}

#[test]
fn it_is_there_if_it_is_asked_for_and_for_code_alone() {
    let check = |set: fn(LogsBuilder) -> LogsBuilder, operation, expect: &[&str]| {
        let (observability, reader) = (observability(set), Reader::default());
        let subscriber = tracing_subscriber::registry().with(reader.clone());
        tracing::subscriber::with_default(subscriber, || {
            observed(&observability, &execution(operation).build())
                .run(|| tracing::info!("inside"));
        });
        assert_eq!(reader.names(), [expect], "{operation:?}");
        assert_eq!(*reader.entered.lock().unwrap() as usize, expect.len());
    };
    for code in [
        Operation::RunWorkflow,
        Operation::HandleQuery,
        Operation::RunActivity,
    ] {
        check(|logs| logs, code, &[]);
        check(LogsBuilder::context_span, code, &["temporal"]);
    }
    check(LogsBuilder::context_span, Operation::StartWorkflow, &[]);
    check(LogsBuilder::context_span, Operation::CallRpc, &[]);
}

#[test]
fn it_passes_each_replay_filter_and_is_entered_at_each_poll() {
    let (observability, reader) = (observability(LogsBuilder::context_span), Reader::default());
    let subscribers: [tracing::Dispatch; 3] = [
        tracing_subscriber::registry()
            .with(reader.clone())
            .with(ReplayFilter::global())
            .into(),
        tracing_subscriber::registry()
            .with(reader.clone())
            .with(ReplayFilter::global().with_spans())
            .into(),
        tracing_subscriber::registry()
            .with(reader.clone().with_filter(ReplayFilter::new()))
            .into(),
    ];
    for subscriber in subscribers {
        tracing::dispatcher::with_default(&subscriber, || {
            // A run that is loaded while another replays, and is polled live.
            let replaying = execution(Operation::RunWorkflow).phase(Phase::Replaying);
            let run = replaying.build().run(|| run(&observability, Phase::Live));
            let mut polls = pin!(run.run(|| in_current(async {
                tracing::info!("first");
                let mut is_second = false;
                std::future::poll_fn(|_| match std::mem::replace(&mut is_second, true) {
                    true => Poll::Ready(()),
                    false => Poll::Pending,
                })
                .await;
                tracing::info_span!("mine").in_scope(|| tracing::info!("second"));
            })));
            let mut context = Context::from_waker(Waker::noop());
            assert!(polls.as_mut().poll(&mut context).is_pending());
            tracing::info!("outside");
            assert!(polls.as_mut().poll(&mut context).is_ready());
        });
        let expect = [vec!["temporal"], vec![], vec!["mine", "temporal"]];
        assert_eq!(reader.names(), expect);
        // Once when it was carried, at each of two polls, and the span in it.
        assert_eq!(std::mem::take(&mut *reader.entered.lock().unwrap()), 4);
    }
}

#[test]
fn a_span_opened_in_replay_is_for_those_who_read_and_not_for_those_who_export() {
    let in_a_span = || {
        let run = |phase| execution(Operation::RunWorkflow).phase(phase).build();
        let span = run(Phase::Replaying).run(|| tracing::info_span!("mine", item = "socks"));
        run(Phase::Live).run(|| span.in_scope(|| tracing::info!("inside")));
    };
    let (reads, exports, reads_alone) = (Reader::default(), Reader::default(), Reader::default());
    let subscriber = tracing_subscriber::registry()
        .with(reads.clone())
        .with(exports.clone().with_filter(ReplayFilter::new()))
        .with(
            reads_alone
                .clone()
                .with_filter(ReplayFilter::new().with_spans()),
        )
        .with(ReplayFilter::global().with_spans());
    tracing::subscriber::with_default(subscriber, in_a_span);
    let mine = ("mine", BTreeMap::from([("item", "socks".to_owned())]));
    assert_eq!(reads.take(), [[mine.clone()]]);
    assert_eq!(reads_alone.take(), [[mine]]);
    assert_eq!(exports.names(), [Vec::<&str>::new()]);
    assert_eq!(*exports.entered.lock().unwrap(), 0);
}

#[test]
fn our_own_lines_do_not_print_it_and_keep_the_fields_of_spans_opened_in_replay() {
    let lines = Lines::default();
    let observability = observability(|logs| {
        logs.writer(lines.clone())
            .filter("off,suite=info")
            .format(chronoscope::logs::LogFormat::Json)
            .context_span()
    });
    let reader = Reader::default();
    let subscriber = tracing_subscriber::registry()
        .with(observability.log_layer())
        .with(reader.clone());
    tracing::subscriber::with_default(subscriber, || {
        let run = run(&observability, Phase::Live);
        let replaying = execution(Operation::RunWorkflow)
            .phase(Phase::Replaying)
            .build();
        let span = replaying.run(|| tracing::info_span!("mine", item = "socks"));
        run.run(|| span.in_scope(|| tracing::info!("inside")));
        run_again(&observability);
    });
    observability.shutdown();
    let seen = lines.of("suite");
    assert_eq!(
        seen[0]["spans"],
        serde_json::json!([{"name": "mine", "item": "socks"}])
    );
    assert_eq!(seen[0]["workflow_id"], "order-7");
    assert_eq!(seen[1].get("spans"), None, "{}", seen[1]);
    assert_eq!(seen[1]["workflow_id"], "order-7");
    assert_eq!(reader.names(), [vec!["mine"], vec!["temporal"]]);
}

fn run_again(observability: &Observability) {
    run(observability, Phase::Live).run(|| tracing::info!("inside"));
}

#[test]
fn a_filter_that_disables_it_is_warned_of_even_if_it_disables_the_warning() {
    let check = |filter: &str, expect: usize| {
        let (observability, lines) = (observability(LogsBuilder::context_span), Lines::default());
        let subscriber = tracing_subscriber::registry()
            .with(lines.layer())
            .with(EnvFilter::new(filter));
        tracing::subscriber::with_default(subscriber, || {
            run_again(&observability);
            run_again(&observability);
        });
        let text = lines.text();
        let warnings = text
            .matches("the directive `chronoscope::context=error`")
            .count();
        assert_eq!(warnings, expect, "{filter}: {text}");
    };
    check("info", 0);
    check("suite=info,chronoscope::context=error", 0);
    check("suite=info", 1);
    check("info,chronoscope::context=off", 1);
    check("off", 1);
}
