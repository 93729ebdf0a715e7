//! Programs out of random numbers.

use proptest::{collection::vec, prelude::*};

use crate::{
    program::{
        Action, Body, Call, End, Finish, Note, Program, Spanner, Start, Step, Task, Trip, Way,
    },
    settings::{Edges, Grain, Settings, Wiring},
};

fn note() -> impl Strategy<Value = Note> {
    prop_oneof![
        3 => Just(Note::Ours),
        3 => Just(Note::Tracing),
        1 => Just(Note::Log),
        2 => Just(Note::Count),
        1 => Just(Note::Gauge),
        1 => Just(Note::Sample),
        2 => Just(Note::Instrumented),
        2 => Just(Note::ByHand),
    ]
}

fn task() -> impl Strategy<Value = Task> {
    prop_oneof![
        4 => Just(Task::Ends),
        2 => (1..=3u32).prop_map(Task::Fails),
        1 => Just(Task::Final),
        1 => Just(Task::Benign),
        1 => (1..=2u32).prop_map(Task::Moody),
        1 => Just(Task::Beats),
        1 => Just(Task::Mistaken),
        1 => Just(Task::Hangs),
    ]
}

/// The SDK loses its way where a local activity is one branch of several, or where a patch follows
/// one in its task: both without anything around it.
fn leaf(is_local: bool) -> BoxedStrategy<Step> {
    let either = match is_local {
        true => task().prop_map(Step::Local).boxed(),
        false => Just(Step::Patch).boxed(),
    };
    prop_oneof![
        8 => note().prop_map(Step::Note),
        3 => (1..60_000u32).prop_map(Step::Timer),
        2 => task().prop_map(Step::Activity),
        1 => Just(Step::Hold),
        1 => either,
        1 => (0..3u32).prop_map(Step::Upsert),
    ]
    .boxed()
}

fn spanner() -> impl Strategy<Value = Spanner> {
    prop_oneof![Just(Spanner::Tracing), Just(Spanner::ByHand)]
}

fn trip() -> impl Strategy<Value = Step> {
    let kind = prop_oneof![Just(Trip::Panic), Just(Trip::Forced)];
    (kind, Just(1u32)).prop_map(|(trip, times)| Step::Trip(trip, times))
}

fn inner(element: BoxedStrategy<Step>) -> impl Strategy<Value = Vec<Step>> {
    vec(element, 1..4)
}

/// What a program has.
#[derive(Clone, Copy, Debug)]
struct Kind {
    /// Tasks that fail.
    trips: bool,
    /// Local activities, and no branches.
    local: bool,
}

/// Steps of a program's first run may have children and wait for messages.
fn step(root: bool, kind: Kind) -> BoxedStrategy<Step> {
    let leaf = match kind.trips {
        true => prop_oneof![12 => leaf(kind.local), 1 => trip()].boxed(),
        false => leaf(kind.local),
    };
    let leaf = match root {
        true => {
            let told = (body(false, kind), messages(kind));
            let child = prop_oneof![
                2 => body(false, kind).prop_map(Step::Child),
                1 => body(false, kind).prop_map(Step::Retried),
                1 => told.prop_map(|(body, message)| Step::Told(body, message)),
            ];
            let waits = (1..=3u32).prop_map(Step::Await);
            prop_oneof![24 => leaf, 2 => child, 3 => waits].boxed()
        }
        false => leaf,
    };
    leaf.prop_recursive(2, 8, 3, move |element| {
        let element = element.boxed();
        if kind.local {
            let inner = (spanner(), inner(element));
            return inner.prop_map(|(s, steps)| Step::Spanned(s, steps)).boxed();
        }
        prop_oneof![
            2 => (spanner(), inner(element.clone())).prop_map(|(s, steps)| Step::Spanned(s, steps)),
            1 => (inner(element.clone()), inner(element.clone()))
                .prop_map(|(one, other)| Step::Join(one, other)),
            1 => (inner(element.clone()), inner(element))
                .prop_map(|(one, other)| Step::Select(one, other)),
        ]
        .boxed()
    })
    .boxed()
}

fn end(again: bool, kind: Kind) -> BoxedStrategy<End> {
    let way = prop_oneof![Just(Way::Failure), Just(Way::Context), Just(Way::Formatted)];
    let plain = prop_oneof![
        8 => Just(End::Return),
        1 => Just(End::Fail),
        1 => Just(End::FailForGood),
        1 => Just(End::Benign),
        1 => way.prop_map(End::Mistaken),
    ];
    let plain = match kind.trips {
        true => prop_oneof![8 => plain, 2 => Just(End::Moody(1))].boxed(),
        false => plain.boxed(),
    };
    match again {
        true => {
            let next = body(false, kind).prop_map(|next| End::Again(Box::new(next)));
            prop_oneof![4 => plain, 1 => next].boxed()
        }
        false => plain,
    }
}

fn body(root: bool, kind: Kind) -> BoxedStrategy<Body> {
    let steps = vec(step(root, kind), 0..5);
    let clean_up = match root {
        true => vec(step(false, kind), 0..3).boxed(),
        false => Just(Vec::new()).boxed(),
    };
    (vec(note(), 0..3), steps, end(root, kind), clean_up)
        .prop_map(|(init, steps, end, clean_up)| Body {
            init,
            steps,
            end,
            clean_up,
        })
        .boxed()
}

fn messages(kind: Kind) -> BoxedStrategy<Vec<Step>> {
    vec(step(false, kind), 0..3).boxed()
}

fn start(kind: Kind) -> BoxedStrategy<Start> {
    prop_oneof![
        6 => Just(Start::Alone),
        1 => messages(kind).prop_map(Start::Signal),
        1 => messages(kind).prop_map(Start::Update),
    ]
    .boxed()
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        3 => Just(Call::TaskCompleted),
        1 => Just(Call::TaskFailed),
        1 => Just(Call::QueryCompleted),
        1 => Just(Call::ActivityCompleted),
    ]
}

fn action(kind: Kind, faults: bool) -> BoxedStrategy<Action> {
    let plain = prop_oneof![
        3 => messages(kind).prop_map(Action::Signal),
        2 => (messages(kind), prop::bool::weighted(0.2)).prop_map(|(s, b)| Action::Update(s, b)),
        1 => vec(messages(kind), 2..4).prop_map(Action::Updates),
        1 => vec(note(), 0..3).prop_map(Action::Reject),
        3 => (vec(note(), 0..3), prop::bool::weighted(0.2)).prop_map(|(n, b)| Action::Query(n, b)),
        1 => Just(Action::Replace),
        1 => Just(Action::Forget),
    ];
    match faults {
        true => prop_oneof![
            3 => plain,
            1 => Just(Action::Expire),
            1 => call().prop_map(Action::Lose),
            1 => call().prop_map(Action::Refuse),
            1 => (call(), 1..50u32).prop_map(|(call, millis)| Action::Delay(call, millis)),
        ]
        .boxed(),
        false => plain.boxed(),
    }
}

fn settings() -> impl Strategy<Value = Settings> {
    let cache = prop_oneof![3 => Just(0), 1 => Just(3), 1 => Just(1000)];
    let wiring = prop_oneof![4 => Just(Wiring::Wrap), 1 => Just(Wiring::Plugin)];
    let grain =
        prop_oneof![6 => Just(Grain::Full), 1 => Just(Grain::Marker), 1 => Just(Grain::Off)];
    let edges = prop_oneof![
        4 => Just(Edges::Default),
        1 => Just(Edges::Parent),
        1 => Just(Edges::Link),
        1 => Just(Edges::Root),
    ];
    let on = || prop::bool::weighted(0.85);
    let off = || prop::bool::weighted(0.2);
    let workers = prop_oneof![6 => Just(1usize), 1 => Just(2)];
    (
        cache,
        (on(), on()),
        wiring,
        grain,
        edges,
        (off(), off(), off(), off()),
        workers,
    )
        .prop_map(
            |(
                cache,
                (traces, metrics),
                wiring,
                grain,
                edges,
                (hide, per_layer, slow, stack),
                workers,
            )| {
                Settings {
                    cache,
                    traces,
                    metrics,
                    wiring,
                    grain,
                    edges,
                    hide,
                    per_layer,
                    workers,
                    slow,
                    stack,
                }
            },
        )
}

/// Every program.
pub fn programs() -> BoxedStrategy<Program> {
    let kinds = (
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.25),
    );
    let program = kinds.prop_flat_map(|(trips, local, faults)| {
        let kind = Kind { trips, local };
        let finish = prop_oneof![
            10 => Just(Finish::Await),
            1 => Just(Finish::Terminate),
            1 => Just(Finish::Cancel),
        ];
        (
            settings(),
            body(true, kind),
            (
                prop_oneof![3 => Just(1u32), 1 => 2..=3u32],
                start(kind),
                prop_oneof![5 => Just(0u32), 1 => Just(1)],
            ),
            vec(action(kind, faults), 0..6),
            finish,
            vec(vec(note(), 0..2), 0..2),
        )
    });
    program
        .prop_map(
            |(settings, body, (attempts, start, left), mut script, finish, asked_after)| {
                // Open: see `open/a-query-of-two-workers.json`.
                if settings.workers > 1 {
                    script.retain(|action| !matches!(action, Action::Query(..)));
                }
                Program {
                    settings,
                    body,
                    attempts,
                    start,
                    left,
                    script,
                    finish,
                    asked_after,
                }
            },
        )
        .boxed()
}
