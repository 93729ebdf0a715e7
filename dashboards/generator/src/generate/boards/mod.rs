//! The panels of each board: what each shows, what bad looks like, and what to do about it.

mod activities;
mod first;
mod grpc;
mod health;
mod outcomes;
mod replay;
mod resources;
mod worker;
mod workflows;

use chronoscope::schema::{Label, Naming};

use super::{board::Board, draw::Draw};

/// The types by which panels tell their series apart.
const WORKFLOW: &[Label] = &[Label::WorkflowType];
const ACTIVITY: &[Label] = &[Label::ActivityType];
const QUEUE: &[Label] = &[Label::TaskQueue];

/// Returns every board.
pub fn all(naming: Naming) -> Vec<Board> {
    let draw = Draw::new(naming);
    vec![
        first::board(&draw),
        worker::board(&draw),
        workflows::board(&draw),
        activities::board(&draw),
        replay::board(&draw),
        grpc::board(&draw),
        health::board(&draw),
    ]
}
