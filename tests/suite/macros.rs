//! Our macros take what `tracing`'s take, and say the same.

use serde_json::Value;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::support::Lines;

/// What the body logs, without its time.
fn logged(body: impl FnOnce()) -> Vec<Value> {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::registry().with(lines.layer());
    tracing::subscriber::with_default(subscriber, body);
    let mut lines: Vec<Value> = lines
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for line in &mut lines {
        line.as_object_mut().unwrap().remove("timestamp");
    }
    lines
}

macro_rules! in_every_form {
    ($root:ident) => {
        || {
            let (item, count, user) = ("socks", 2, Some("ada"));
            let span = tracing::info_span!("shop", open = true);
            $root::info!("text");
            $root::info!("formatted {} {count}", item);
            $root::info!(item, count, ?user, "shorthand");
            $root::info!(item = %item, price.net = 3.5, "named fields");
            $root::info!(count);
            $root::info!(message = "as a field", count = count + 1);
            $root::info!(target: "elsewhere", "with a target");
            $root::info!(target: "elsewhere", item, "with a target and a field");
            $root::info!(parent: &span, item, "with a parent");
            $root::info!(name: "purchase", "with a name");
            $root::info!(name: "purchase", target: "elsewhere", parent: &span, item, "all");
            $root::info!({ item, count = 1 }, "in braces {}", 7);
            $root::info!(empty = tracing::field::Empty, "trailing comma",);
            $root::trace!(item);
            $root::debug!("debug");
            $root::warn!("warn");
            $root::error!(error = ?std::fmt::Error, "error");
            let value: () = $root::info!("an expression");
            match count {
                2 => $root::info!("an arm"),
                _ => value,
            }
        }
    };
}

#[test]
fn every_form_says_the_same_as_tracings() {
    let ours = logged(in_every_form!(chronoscope));
    let theirs = logged(in_every_form!(tracing));
    assert_eq!(ours.len(), 19);
    assert_eq!(ours, theirs);
}
