//! What is the past, over every small history.

use chronoscope::testing::unwired::is_past;

#[test]
fn nothing_is_known_of_a_run_without_a_task() {
    assert!((0..20).all(|reached| !is_past(reached, &[])));
}

#[test]
fn what_was_completed_is_past_and_what_is_out_is_not() {
    for previous in 0..12 {
        for started in previous + 1..16 {
            for reached in 1..20 {
                let said = is_past(reached, &[(previous, started, false)]);
                assert_eq!(said, reached <= previous, "{previous} {started} {reached}");
            }
        }
    }
}

#[test]
fn whatever_a_query_of_a_closed_run_executes_is_past_except_the_task_that_is_out() {
    for previous in 0..8 {
        for started in previous + 1..12 {
            for reached in 1..16 {
                assert!(is_past(reached, &[(previous, 0, true)]));
                let tasks = [(previous, 0, true), (previous, started, false)];
                assert_eq!(is_past(reached, &tasks), reached != started);
            }
        }
    }
}

#[test]
fn what_a_query_of_an_open_run_executes_ahead_is_not_past() {
    for previous in 0..8 {
        for reached in 1..16 {
            let said = is_past(reached, &[(previous, 0, false)]);
            assert_eq!(said, reached <= previous, "{previous} {reached}");
        }
    }
}
