//! The ids of spans, as functions of the history.

use opentelemetry::trace::{SpanId, TraceId};
use siphasher::sip128::SipHasher24;

use super::routine::RoutineName;
use crate::schema::Operation;

/// Hashes parts of a history to an id.
///
/// A change of this function would give every open run's spans new ids, so it is fixed forever:
/// SipHash-2-4 with 128 bits of output and a key of zeros, over the parts, each followed by a byte
/// that no UTF-8 text contains.
fn hash(parts: &[&[u8]]) -> u128 {
    const END: u8 = 0xff;
    let length = parts.iter().map(|part| part.len() + 1).sum();
    // One pass over one slice costs a third of many short passes.
    let (mut short, mut long) = ([0; 192], Vec::new());
    let bytes: &mut [u8] = match short.get_mut(..length) {
        Some(short) => short,
        None => {
            long.resize(length, 0);
            &mut long
        }
    };
    let mut rest = &mut *bytes;
    for part in parts {
        let (room, after) = rest.split_at_mut(part.len() + 1);
        room[..part.len()].copy_from_slice(part);
        room[part.len()] = END;
        rest = after;
    }
    SipHasher24::new().hash(bytes).as_u128()
}

#[expect(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
fn span_id(parts: &[&[u8]]) -> SpanId {
    // Zero means "no span".
    SpanId::from((hash(parts) as u64).max(1))
}

/// Returns the id of the trace whose root is the run.
pub(crate) fn trace(run_id: &str) -> TraceId {
    TraceId::from(hash(&[b"trace", run_id.as_bytes()]).max(1))
}

/// Returns the id of a span that a run has only once.
pub(super) fn of_run(run_id: &str, operation: Operation) -> SpanId {
    span_id(&[run_id.as_bytes(), operation.name().as_bytes()])
}

/// Returns the id of a handler: the n-th of its kind and name, from zero.
pub(super) fn of_handler(run_id: &str, operation: Operation, name: &str, n: u32) -> SpanId {
    span_id(&[
        run_id.as_bytes(),
        operation.name().as_bytes(),
        name.as_bytes(),
        &n.to_le_bytes(),
    ])
}

/// Returns the id of a routine's n-th span of an operation, from zero.
pub(super) fn of_operation(
    run_id: &str,
    routine: &RoutineName,
    operation: Operation,
    n: u32,
) -> SpanId {
    in_routine(
        run_id,
        routine,
        &[operation.name().as_bytes(), &n.to_le_bytes()],
    )
}

/// Returns the id of a routine's n-th span that an application itself opens by this name, from
/// zero.
pub(super) fn of_user(
    run_id: &str,
    routine: &RoutineName,
    name: &str,
    n: u32,
    parent: SpanId,
) -> SpanId {
    let parts = [
        b"user",
        name.as_bytes(),
        &n.to_le_bytes(),
        &parent.to_bytes(),
    ];
    in_routine(run_id, routine, &parts)
}

fn in_routine(run_id: &str, routine: &RoutineName, own: &[&[u8]]) -> SpanId {
    match routine {
        RoutineName::Run => span_id(&[&[run_id.as_bytes(), b"run"], own].concat()),
        RoutineName::Handler { operation, name, n } => {
            let (operation, name) = (operation.name().as_bytes(), name.as_bytes());
            let routine = &[run_id.as_bytes(), operation, name, &n.to_le_bytes()];
            span_id(&[routine, own].concat())
        }
    }
}

/// Returns the key by which a routine counts its spans of an operation.
pub(super) fn count_of_operation(operation: Operation) -> u64 {
    // No user's span has the same key, whatever its name.
    count(b"operation", operation.name())
}

/// Returns the key by which a routine counts an application's own spans.
pub(super) fn count_of_user(name: &str) -> u64 {
    count(b"user", name)
}

#[expect(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
fn count(of: &[u8], name: &str) -> u64 {
    hash(&[of, name.as_bytes()]) as u64
}

/// Returns the id of the validation of an update. A rejected update leaves no event in the history,
/// so validations can't be counted.
pub(super) fn of_validation(run_id: &str, update_id: &str) -> SpanId {
    let operation = Operation::ValidateUpdate.name().as_bytes();
    span_id(&[run_id.as_bytes(), operation, update_id.as_bytes()])
}

/// Returns the id of an attempt of an activity.
pub(crate) fn of_attempt(run_id: &str, activity_id: &str, is_local: bool, attempt: u32) -> SpanId {
    // By default both kinds take their ids from the same sequence; given names may repeat.
    let operation: &[u8] = if is_local {
        b"RunLocalActivity"
    } else {
        b"RunActivity"
    };
    span_id(&[
        run_id.as_bytes(),
        operation,
        activity_id.as_bytes(),
        &attempt.to_le_bytes(),
    ])
}

/// Returns a number from 0 to 1 for an id, so that a decision by it is the same on every worker.
pub(super) fn share(id: &str) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "52 bits of a hash are plenty"
    )]
    let share = (hash(&[b"sample", id.as_bytes()]) as u64 >> 12) as f64;
    share / (1_u64 << 52) as f64
}
