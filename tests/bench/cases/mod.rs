//! The paths with budgets, each with the bare call that it is measured against.

mod atomics;
mod nowhere;

use std::{
    collections::HashMap,
    hint::black_box,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use chronoscope::{
    Observability,
    execution::{Carried, Execution, Phase, Scoped, in_current},
    introspect::IntrospectBuilder,
    logs::ReplayFilter,
    metrics::ReplayRecorder,
    schema::{Field, Operation},
    testing::{self, unwired::Records},
};
use metrics::Counter;
use temporalio_common::protos::temporal::api::common::v1::Payload;
use tracing::Dispatch;
use tracing_subscriber::{Layer as _, filter::LevelFilter, fmt, layer::SubscriberExt as _};

use self::{atomics::Atomics, nowhere::Nowhere};

/// One path: what it runs in, and what it does each time.
pub struct Case {
    pub group: &'static str,
    pub name: &'static str,
    pub subscriber: fn() -> Dispatch,
    pub phase: Option<Phase>,
    pub body: fn(&mut State),
}

/// Every path.
pub const CASES: &[Case] = &[
    case("suppressed", "disabled tracing event", level, None, trace),
    case(
        "suppressed",
        "our macro",
        global,
        Some(Phase::Replaying),
        ours,
    ),
    case(
        "suppressed",
        "plain event, global filter",
        global,
        Some(Phase::Replaying),
        plain,
    ),
    case(
        "suppressed",
        "plain event, per-layer filter",
        per_layer,
        Some(Phase::Replaying),
        plain,
    ),
    case("live", "bare tracing event", unfiltered, None, plain),
    case(
        "live",
        "plain event, global filter",
        global,
        Some(Phase::Live),
        plain,
    ),
    case(
        "live",
        "plain event, per-layer filter",
        per_layer,
        Some(Phase::Live),
        plain,
    ),
    case(
        "live",
        "our macro, global filter",
        global,
        Some(Phase::Live),
        ours,
    ),
    case(
        "counter",
        "bare handle",
        none,
        Some(Phase::Live),
        count_bare,
    ),
    case(
        "counter",
        "gated handle",
        none,
        Some(Phase::Live),
        count_gated,
    ),
    case(
        "counter",
        "gated handle, suppressed",
        none,
        Some(Phase::Replaying),
        count_gated,
    ),
    case("attempt", "bare future", none, None, attempt_alone),
    case("attempt", "without metrics", none, None, attempt_bare),
    case("attempt", "with metrics", none, None, attempt_measured),
    case(
        "attempt",
        "with metrics and traces",
        none,
        None,
        attempt_traced,
    ),
    case("poll", "bare future", none, None, poll_bare),
    case("poll", "scoped future", none, None, poll_scoped),
    case("poll", "scoped future, watched", none, None, poll_watched),
    case(
        "activation",
        "a timer's messages alone",
        none,
        None,
        timer_messages,
    ),
    case(
        "activation",
        "a timer's, records of 1 run",
        none,
        None,
        timer_of_one,
    ),
    case(
        "activation",
        "a timer's, records of 10,000 runs",
        none,
        None,
        timer_of_many,
    ),
    case(
        "activation",
        "empty messages alone",
        none,
        None,
        empty_messages,
    ),
    case(
        "activation",
        "empty, records of 10,000 runs",
        none,
        None,
        empty_of_many,
    ),
    case(
        "poll",
        "scoped future, context span",
        registry,
        None,
        poll_spanned,
    ),
];

const fn case(
    group: &'static str,
    name: &'static str,
    subscriber: fn() -> Dispatch,
    phase: Option<Phase>,
    body: fn(&mut State),
) -> Case {
    Case {
        group,
        name,
        subscriber,
        phase,
        body,
    }
}

impl Case {
    /// Runs the measurement inside the case's subscriber and execution.
    pub fn run(&self, measure: impl FnOnce(&mut dyn FnMut())) {
        let mut state = State::default();
        let measured = || measure(&mut || (self.body)(&mut state));
        tracing::dispatcher::with_default(&(self.subscriber)(), || match self.phase {
            Some(phase) => execution(phase).run(measured),
            None => measured(),
        });
    }
}

fn execution(phase: Phase) -> Execution {
    testing::execution(Operation::RunWorkflow)
        .field(Field::WorkflowId, "order-7")
        .phase(phase)
        .build()
}

fn none() -> Dispatch {
    Dispatch::none()
}

fn sink<S>() -> impl tracing_subscriber::Layer<S> + Send + Sync
where
    S: tracing::Subscriber + for<'span> tracing_subscriber::registry::LookupSpan<'span>,
{
    fmt::layer()
        .without_time()
        .with_ansi(false)
        .with_writer(std::io::sink)
}

/// No layer, so that what is counted is not a layer's.
fn registry() -> Dispatch {
    tracing_subscriber::registry().into()
}

fn level() -> Dispatch {
    tracing_subscriber::registry()
        .with(sink())
        .with(LevelFilter::INFO)
        .into()
}

fn unfiltered() -> Dispatch {
    tracing_subscriber::registry().with(sink()).into()
}

fn global() -> Dispatch {
    tracing_subscriber::registry()
        .with(sink())
        .with(ReplayFilter::global())
        .into()
}

fn per_layer() -> Dispatch {
    tracing_subscriber::registry()
        .with(sink().with_filter(ReplayFilter::new()))
        .into()
}

fn trace(_: &mut State) {
    tracing::trace!(n = black_box(7), "never");
}

fn plain(_: &mut State) {
    tracing::info!(n = black_box(7), "plain");
}

fn ours(_: &mut State) {
    chronoscope::info!(n = black_box(7), "ours");
}

/// Never ready, and nothing to do.
#[derive(Default)]
struct Idle;

impl Future for Idle {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        black_box(Poll::Pending)
    }
}

/// What the paths work on: futures that are polled and handles that are counted with, each bare
/// and ours.
pub struct State {
    bare: Idle,
    scoped: Pin<Box<Scoped<Carried<Idle>>>>,
    watched: Pin<Box<Scoped<Carried<Idle>>>>,
    /// Made by the case that needs it.
    records: Option<Records>,
    /// Made in the case's subscriber.
    spanned: Option<Pin<Box<Scoped<Carried<Idle>>>>>,
    unmeasured: Observability,
    measured: Observability,
    traced: Observability,
    charge: Execution,
    handed_on: HashMap<String, Payload>,
    bare_counter: Counter,
    gated_counter: Counter,
}

#[allow(clippy::unwrap_used, reason = "a benchmark")]
impl Default for State {
    fn default() -> Self {
        let activity = testing::execution(Operation::RunActivity).build();
        Self {
            bare: Idle,
            unmeasured: Observability::builder().build().unwrap(),
            measured: Observability::builder()
                .metrics(|m| m.recorder(Atomics))
                .build()
                .unwrap(),
            traced: Observability::builder()
                .metrics(|m| m.recorder(Atomics))
                .traces(|t| t.processor(Nowhere))
                .build()
                .unwrap(),
            watched: Box::pin(testing::unwired::watched(&activity).run(|| in_current(Idle))),
            scoped: Box::pin(activity.run(|| in_current(Idle))),
            records: None,
            spanned: None,
            charge: charge(),
            handed_on: handed_on(),
            bare_counter: metrics::with_local_recorder(&Atomics, || metrics::counter!("c")),
            gated_counter: metrics::with_local_recorder(&ReplayRecorder::new(Atomics), || {
                metrics::counter!("c")
            }),
        }
    }
}

fn count_bare(state: &mut State) {
    state.bare_counter.increment(black_box(1));
}

fn count_gated(state: &mut State) {
    state.gated_counter.increment(black_box(1));
}

/// What an attempt is of, as the SDK tells it.
fn charge() -> Execution {
    testing::execution(Operation::RunActivity)
        .field(Field::Namespace, "default")
        .field(Field::TaskQueue, "orders")
        .field(Field::WorkflowId, "order-7")
        .field(Field::RunId, "01a1fed9-0c6d-78ed-bc22-af6edcfb2f9c")
        .field(Field::WorkflowType, "Order")
        .field(Field::Attempt, 1)
        .field(Field::ActivityId, "1")
        .field(Field::ActivityType, "charge")
        .field(Field::IsLocal, false)
        .build()
}

/// The headers that an observed workflow hands on to its activities.
fn handed_on() -> HashMap<String, Payload> {
    const TRACE: &[u8] =
        br#"{"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}"#;
    let header = Payload {
        metadata: HashMap::from([("encoding".to_owned(), b"json/plain".to_vec())]),
        data: TRACE.to_vec(),
        ..Default::default()
    };
    HashMap::from([("_tracer-data".to_owned(), header)])
}

/// Runs an attempt of an activity that does nothing.
fn attempt(state: &State, observability: &Observability) {
    let (charge, headers) = (state.charge.clone(), &state.handed_on);
    let body = || async { Ok(black_box(1)) };
    let attempt = pin!(testing::unwired::attempt_with(
        observability,
        charge,
        headers,
        body
    ));
    let _ = black_box(attempt.poll(&mut Context::from_waker(Waker::noop())));
}

fn attempt_alone(_: &mut State) {
    let attempt = pin!(async { black_box(1) });
    let _ = black_box(attempt.poll(&mut Context::from_waker(Waker::noop())));
}

fn attempt_traced(state: &mut State) {
    attempt(state, &state.traced);
}

fn attempt_bare(state: &mut State) {
    attempt(state, &state.unmeasured);
}

fn attempt_measured(state: &mut State) {
    attempt(state, &state.measured);
}

fn poll_bare(state: &mut State) {
    let _ = black_box(Pin::new(&mut state.bare).poll(&mut Context::from_waker(Waker::noop())));
}

fn poll_scoped(state: &mut State) {
    let _ = black_box(
        state
            .scoped
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop())),
    );
}

fn poll_watched(state: &mut State) {
    let _ = black_box(
        state
            .watched
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop())),
    );
}

#[allow(clippy::unwrap_used, reason = "a benchmark")]
/// Activates the next of so many runs in a worker's records.
fn activate(state: &mut State, runs: usize, timers: bool, only_messages: bool) {
    let records = state.records.get_or_insert_with(|| {
        let listen = |i: IntrospectBuilder| i.listen(([127, 0, 0, 1], 0));
        let observability = Observability::builder().introspect(listen).build();
        Records::of(&observability.unwrap(), runs, timers).unwrap()
    });
    records.activate(only_messages);
}

fn timer_messages(state: &mut State) {
    activate(state, 10_000, true, true);
}

fn timer_of_one(state: &mut State) {
    activate(state, 1, true, false);
}

fn timer_of_many(state: &mut State) {
    activate(state, 10_000, true, false);
}

fn empty_messages(state: &mut State) {
    activate(state, 10_000, false, true);
}

fn empty_of_many(state: &mut State) {
    activate(state, 10_000, false, false);
}

/// As an activity's attempt is polled while other layers are to see its ids.
#[allow(clippy::unwrap_used, reason = "a benchmark")]
fn poll_spanned(state: &mut State) {
    let charge = &state.charge;
    let spanned = state.spanned.get_or_insert_with(|| {
        let observability = Observability::builder().logs(|logs| logs.context_span());
        let charge = testing::unwired::observed(&observability.build().unwrap(), charge);
        Box::pin(charge.run(|| in_current(Idle)))
    });
    let _ = black_box(
        spanned
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop())),
    );
}
