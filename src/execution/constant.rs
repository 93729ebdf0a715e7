//! Texts that are kept for the life of the process, such as workflow types.

use parking_lot::Mutex;
use rapidhash::fast::RapidHashSet;

use super::Value;

/// The most texts that are kept. Later ones are shared by reference count, like any other text.
const LIMIT: usize = 10_000;

static KNOWN: Mutex<Option<RapidHashSet<&'static str>>> = Mutex::new(None);

/// Returns a text that many executions have in common, such as the name of a type.
///
/// It is leaked on purpose, so that nothing counts references to it: each span with a shared text
/// counts twice. Not for hot paths, since it takes a lock.
pub(crate) fn constant(text: &str) -> Value {
    let mut known = KNOWN.lock();
    let known = known.get_or_insert_default();
    match known.get(text) {
        Some(known) => Value::Constant(known),
        None if known.len() < LIMIT => {
            let kept = Box::leak(Box::from(text));
            known.insert(kept);
            Value::Constant(kept)
        }
        None => Value::from(text),
    }
}
