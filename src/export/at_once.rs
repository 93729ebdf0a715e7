//! Waiting for several exporters takes as long as the slowest of them.

use std::thread;

/// Does the same with each item, with all but the last on a thread of its own, and waits. Returns what
/// came of each, in order.
pub(crate) fn at_once<T: Sync, R: Send>(items: &[T], act: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let Some((last, others)) = items.split_last() else {
        return Vec::new();
    };
    thread::scope(|scope| {
        let act = &act;
        let acting = others.iter().map(|item| {
            let thread = thread::Builder::new().name("chronoscope-end".to_owned());
            // Without a thread to be had, one after the other.
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
