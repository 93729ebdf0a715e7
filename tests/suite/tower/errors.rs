//! What errors become on their way through a stack.

use std::time::Duration;

use chronoscope::activity::Stack;
use tower::ServiceBuilder;

use super::{
    application,
    layers::Refusing,
    play,
    stage::{Act, Do},
};

/// How an activity fails: its type, its message, whether for good, and whether with a delay.
type Fails = (&'static str, &'static str, bool, bool);

#[tokio::test]
async fn errors_keep_their_kind() {
    let refuse = |how: &str| Do::Refuse(how.to_owned());
    let cases: &[(Do, Fails)] = &[
        (
            refuse("timeout"),
            ("Timeout", "request timed out", false, false),
        ),
        (
            refuse("wrapped timeout"),
            ("Timeout", "wrapped", false, false),
        ),
        (
            refuse("wrapped shed"),
            ("Overloaded", "wrapped", false, true),
        ),
        (
            refuse("own"),
            ("QuotaExceeded", "no quota left", false, false),
        ),
        (refuse("text"), ("Error", "just a text", false, false)),
        (
            refuse("failure"),
            ("Spelled", "as the SDK spells it", true, false),
        ),
        // The layer wraps the body's own errors, and they become unchanged failures.
        (
            Do::Fail("Flaky".into(), false),
            ("Flaky", "the body's own", false, false),
        ),
        (
            Do::Fail("Broken".into(), true),
            ("Broken", "the body's own", true, false),
        ),
    ];
    for (what, (error_type, message, non_retryable, has_delay)) in cases {
        let shared = Default::default();
        let stack = Stack::new(ServiceBuilder::new().layer(Refusing));
        let acts = vec![Act::new(what.clone())];
        let played = play(stack, acts, &shared, async {}).await;
        let [failure] = &played.failures()[..] else {
            panic!("{what:?}");
        };
        let info = application(failure);
        let told = (&*info.r#type, &*failure.message, info.non_retryable);
        assert_eq!(told, (*error_type, *message, *non_retryable), "{what:?}");
        assert_eq!(info.next_retry_delay.is_some(), *has_delay, "{what:?}");
        assert_eq!(played.errors(error_type), Some(1.0), "{what:?}");
        assert!(!format!("{failure:?}").contains("s3cret"), "{failure:?}");
    }
}

#[tokio::test]
async fn a_layer_that_cancels_ends_an_activity_as_cancelled() {
    let stack = Stack::new(ServiceBuilder::new().layer(Refusing));
    let act = Act {
        // Nobody asked for it, so the server waits for another end.
        start_to_close: Duration::from_secs(1),
        ..Act::new(Do::Refuse("cancelled".to_owned()))
    };
    let acts = vec![act];
    let played = play(stack, acts, &Default::default(), async {}).await;
    assert_eq!(played.outcomes("cancelled"), Some(1.0));
}
