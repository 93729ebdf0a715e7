//! A view of the registry in the service's messages.

mod activities;
mod events;
mod health;
mod pending;
mod runs;
mod workers;

use std::time::{Duration, Instant};

use tonic::Status;

pub(super) use self::{activities::ActivityFilter, events::EventFilter, runs::RunFilter};
use super::{asked::Asked, ticks::Readers};
use crate::{
    clock,
    execution::{Fields, Value},
    observability::Process,
    schema::Field,
};

/// Reads the registry. Cheap to clone.
#[derive(Clone)]
pub(super) struct View {
    pub(super) process: Process,
    pub(super) readers: Readers,
    pub(super) server: Asked,
}

fn text(about: &Fields, field: Field) -> String {
    about.text(field).unwrap_or_default().to_owned()
}

fn number(about: &Fields, field: Field) -> u32 {
    match about.get(field) {
        Some(Value::Number(number)) => u32::try_from(*number).unwrap_or(u32::MAX),
        _ => 0,
    }
}

/// Returns whether a text equals the requested one. An empty request matches everything.
fn is(asked: &str, text: Option<&str>) -> bool {
    asked.is_empty() || Some(asked) == text
}

/// Returns whether a text has the requested prefix. An empty request matches everything.
fn begins(asked: &str, text: Option<&str>) -> bool {
    asked.is_empty() || text.is_some_and(|text| text.starts_with(asked))
}

/// Reads the requested kinds.
fn kinds<K: TryFrom<i32> + Default + PartialEq>(
    asked: &[i32],
    what: &str,
) -> Result<Vec<K>, Status> {
    let kind = |number: &i32| {
        let known = K::try_from(*number)
            .ok()
            .filter(|kind| *kind != K::default());
        known.ok_or_else(|| Status::invalid_argument(format!("unknown {what} {number}")))
    };
    asked.iter().map(kind).collect()
}

fn duration(duration: Duration) -> prost_types::Duration {
    duration.try_into().unwrap_or(prost_types::Duration {
        seconds: i64::MAX,
        nanos: 0,
    })
}

fn since(moment: Instant) -> Option<prost_types::Duration> {
    Some(duration(moment.elapsed()))
}

/// Returns the time of day at a moment of this process's monotonic clock.
fn time_of(moment: Instant) -> Option<prost_types::Timestamp> {
    clock::wall()
        .checked_sub(moment.elapsed())
        .map(prost_types::Timestamp::from)
}
