use std::{
    hash::BuildHasher as _,
    sync::{Arc, PoisonError, RwLock},
};

use rapidhash::fast::{GlobalState, RapidHashMap};

/// How many hashes are kept. What comes later is made anew each time.
const LIMIT: usize = 10_000;

/// A name under which a value is found: some texts, in order.
type Name = Box<[Box<str>]>;

/// Values by the hash of their name.
type ByHash<T> = RapidHashMap<u64, Vec<(Name, Arc<T>)>>;

/// Values that are made once for each name, up to a limit that no worker reaches; further ones are
/// made anew each time. Looking one up does not allocate.
pub(crate) struct Interned<T> {
    values: RwLock<ByHash<T>>,
}

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Self {
            values: RwLock::default(),
        }
    }
}

impl<T> Interned<T> {
    pub(crate) fn get(&self, name: &[&str], make: impl FnOnce() -> T) -> Arc<T> {
        // Those that differ most stand last.
        let hash = GlobalState::new().hash_one(&name[name.len().saturating_sub(2)..]);
        let values = self.values.read().unwrap_or_else(PoisonError::into_inner);
        let found = values
            .get(&hash)
            .and_then(|named| named.iter().find(|(known, _)| is(known, name)));
        if let Some((_, value)) = found {
            return value.clone();
        }
        drop(values);

        let value = Arc::new(make());
        let mut values = self.values.write().unwrap_or_else(PoisonError::into_inner);
        if values.len() < LIMIT {
            let name = name.iter().map(|part| Box::from(*part)).collect();
            values.entry(hash).or_default().push((name, value.clone()));
        }
        value
    }
}

fn is(known: &Name, name: &[&str]) -> bool {
    known.iter().map(|part| &**part).eq(name.iter().copied())
}
