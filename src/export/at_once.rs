//! Runs the same action on several exporters at once, so that waiting takes as long as the slowest.

use std::thread;

/// Runs the action on each item, on separate threads except for the last, and waits. Returns the
/// results in order.
pub(crate) fn at_once<T: Sync, R: Send>(items: &[T], act: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let Some((last, others)) = items.split_last() else {
        return Vec::new();
    };
    thread::scope(|scope| {
        let act = &act;
        let acting = others.iter().map(|item| {
            let thread = thread::Builder::new().name("chronoscope-end".to_owned());
            // If no thread can be started, one after the other.
            let acts = thread.spawn_scoped(scope, move || act(item));
            acts.map_err(|_| act(item))
        });
        let acting: Vec<_> = acting.collect();
        let last = act(last);
        let done = acting.into_iter().filter_map(|acts| match acts {
            Ok(acts) => acts.join().ok(),
            Err(done) => Some(done),
        });
        done.chain([last]).collect()
    })
}
