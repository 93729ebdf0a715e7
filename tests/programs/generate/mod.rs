//! Programs out of random numbers.

mod actions;
mod settings;
mod steps;

use proptest::{collection::vec, prelude::*};

use self::{
    actions::{action, finish},
    settings::settings,
    steps::{body, note, start},
};
use crate::program::Program;

/// What a program has.
#[derive(Clone, Copy, Debug)]
struct Kind {
    /// Tasks that fail.
    trips: bool,
    /// Local activities, and no branches.
    local: bool,
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
        (
            settings(),
            body(true, kind),
            (
                prop_oneof![2 => Just(1u32), 1 => 2..=3u32],
                start(kind),
                any::<bool>(),
                prop_oneof![5 => Just(0u32), 1 => Just(1)],
            ),
            vec(action(kind, faults), 0..6),
            finish(),
            vec(vec(note(), 0..2), 0..2),
        )
    });
    program
        .prop_map(
            |(settings, body, (attempts, start, is_eager, left), script, finish, asked_after)| {
                Program {
                    settings,
                    body,
                    attempts,
                    start,
                    is_eager,
                    left,
                    script,
                    finish,
                    asked_after,
                }
            },
        )
        .boxed()
}
