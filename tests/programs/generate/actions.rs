//! What clients do and what goes wrong, out of random numbers.

use proptest::{collection::vec, prelude::*};

use super::{
    Kind,
    steps::{messages, note},
};
use crate::program::{Action, Call, Finish};

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        3 => Just(Call::TaskCompleted),
        1 => Just(Call::TaskFailed),
        1 => Just(Call::QueryCompleted),
        1 => Just(Call::ActivityCompleted),
    ]
}

/// What a client sends.
fn message(kind: Kind) -> impl Strategy<Value = Action> {
    prop_oneof![
        3 => messages(kind).prop_map(Action::Signal),
        3 => (messages(kind), prop::bool::weighted(0.2)).prop_map(|(s, b)| Action::Update(s, b)),
        3 => (vec(note(), 0..3), prop::bool::weighted(0.2)).prop_map(|(n, b)| Action::Query(n, b)),
    ]
}

pub fn action(kind: Kind, faults: bool) -> BoxedStrategy<Action> {
    let plain = prop_oneof![
        8 => message(kind),
        2 => vec(message(kind), 2..5).prop_map(Action::AtOnce),
        1 => vec(note(), 0..3).prop_map(Action::Reject),
        1 => Just(Action::Replace),
        1 => Just(Action::Upgrade),
        1 => vec(messages(kind), 1..3).prop_map(Action::Meanwhile),
        1 => (0..4u32).prop_map(Action::Reset),
        1 => Just(Action::Forget),
        1 => (1..50u32).prop_map(|millis| Action::Delay(Call::History, millis)),
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

pub fn finish() -> impl Strategy<Value = Finish> {
    prop_oneof![
        20 => Just(Finish::Await),
        2 => Just(Finish::Terminate),
        2 => Just(Finish::Cancel),
        1 => Just(Finish::Cut),
        1 => (1..60u32).prop_map(Finish::TimeOut),
    ]
}
