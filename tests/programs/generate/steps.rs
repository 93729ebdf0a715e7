//! Steps, bodies and messages out of random numbers.

use proptest::{collection::vec, prelude::*};

use super::Kind;
use crate::program::{Body, End, Given, Note, Policy, Spanner, Start, Step, Task, Trip, Way};

pub fn note() -> impl Strategy<Value = Note> {
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
        1 => Just(Task::Panics),
        1 => Just(Task::Pooled),
    ]
}

/// Few of them outlive their task: that takes more than a second each.
fn local_task() -> impl Strategy<Value = Task> {
    prop_oneof![12 => task(), 1 => Just(Task::Outlives)]
}

fn given(is_local: bool) -> impl Strategy<Value = Step> {
    let others = prop_oneof![Just(Given::Activity), Just(Given::Child)];
    match is_local {
        true => Just(Given::Local).boxed(),
        false => others.boxed(),
    }
    .prop_map(Step::Unsendable)
}

/// The SDK loses its way where a local activity is one branch of several, or where a patch follows
/// one in its task: both without anything around it.
fn leaf(is_local: bool) -> BoxedStrategy<Step> {
    let either = match is_local {
        true => local_task().prop_map(Step::Local).boxed(),
        false => Just(Step::Patch).boxed(),
    };
    prop_oneof![
        16 => note().prop_map(Step::Note),
        6 => (1..60_000u32).prop_map(Step::Timer),
        4 => task().prop_map(Step::Activity),
        3 => Just(Step::Hold),
        2 => either,
        2 => (0..3u32).prop_map(Step::Upsert),
        1 => given(is_local),
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

fn policy() -> impl Strategy<Value = Policy> {
    prop_oneof![
        Just(Policy::Terminate),
        Just(Policy::Abandon),
        Just(Policy::RequestCancel),
    ]
}

fn inner(element: BoxedStrategy<Step>) -> impl Strategy<Value = Vec<Step>> {
    vec(element, 1..4)
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
                1 => (body(false, kind), policy()).prop_map(|(body, policy)| Step::Left(body, policy)),
            ];
            let waits = (1..=3u32).prop_map(Step::Await);
            prop_oneof![24 => leaf, 2 => child, 3 => waits].boxed()
        }
        // The steps of a shout are a message of the parent's.
        false => {
            let said = vec(note().prop_map(Step::Note), 0..3);
            prop_oneof![24 => leaf, 1 => said.prop_map(Step::Shout)].boxed()
        }
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
            1 => (inner(element.clone()), inner(element.clone()))
                .prop_map(|(one, other)| Step::Select(one, other)),
            1 => (inner(element.clone()), inner(element))
                .prop_map(|(old, new)| Step::Versioned(old, new)),
        ]
        .boxed()
    })
    .boxed()
}

fn end(again: bool, kind: Kind) -> BoxedStrategy<End> {
    let way = prop_oneof![Just(Way::Failure), Just(Way::Context), Just(Way::Formatted)];
    let plain = prop_oneof![
        8 => Just(End::Return),
        2 => Just(End::Fail),
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
            prop_oneof![3 => plain, 1 => next].boxed()
        }
        false => plain,
    }
}

pub fn body(root: bool, kind: Kind) -> BoxedStrategy<Body> {
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

pub fn messages(kind: Kind) -> BoxedStrategy<Vec<Step>> {
    vec(step(false, kind), 0..3).boxed()
}

pub fn start(kind: Kind) -> BoxedStrategy<Start> {
    prop_oneof![
        6 => Just(Start::Alone),
        1 => messages(kind).prop_map(Start::Signal),
        1 => messages(kind).prop_map(Start::Update),
    ]
    .boxed()
}
