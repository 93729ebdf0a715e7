//! Names: unique on each signal, and no id among the labels.

use std::collections::BTreeSet;

use chronoscope::schema::{Failure, Field, Operation, Outcome, Retry};

#[test]
fn an_id_is_never_a_label() {
    let is_id = |name: &str| name.ends_with("_id") || name == "attempt";
    let mut ids = Field::ALL.iter().filter(|field| is_id(field.log_name()));
    assert!(ids.clone().count() >= 6);
    assert!(ids.all(|field| field.label().is_none()));
}

#[test]
fn names_are_unique_on_each_signal() {
    let unique = |names: Vec<&str>| {
        let different: BTreeSet<_> = names.iter().collect();
        assert_eq!(different.len(), names.len(), "{names:?}");
    };
    unique(Field::ALL.iter().map(|field| field.log_name()).collect());
    unique(Field::ALL.iter().map(|field| field.span_name()).collect());
    unique(
        Field::ALL
            .iter()
            .filter_map(|field| field.label())
            .map(|label| label.name())
            .collect(),
    );
    unique(
        Operation::ALL
            .iter()
            .map(|operation| operation.name())
            .collect(),
    );
}

#[test]
fn only_failures_timeouts_and_panics_are_errors() {
    let failure = || Failure::new("E", Retry::Final);
    for (outcome, class, is_error) in [
        (Outcome::Completed, "completed", false),
        (Outcome::ContinuedAsNew, "continued_as_new", false),
        (Outcome::Cancelled, "cancelled", false),
        (Outcome::WillCompleteAsync, "will_complete_async", false),
        (Outcome::Benign(failure()), "benign", false),
        (Outcome::Failed(failure()), "failed", true),
        (Outcome::TimedOut, "timed_out", true),
        (Outcome::Panicked, "panicked", true),
        (Outcome::Dropped, "dropped", false),
    ] {
        assert_eq!((outcome.class(), outcome.is_error()), (class, is_error));
    }
}
