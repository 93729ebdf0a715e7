//! Values that are made once per name and then shared.

use std::{hash::BuildHasher as _, sync::Arc};

use parking_lot::RwLock;
use rapidhash::fast::{GlobalState, RapidHashMap};

/// The most values that are kept. Later ones are made anew each time.
const LIMIT: usize = 10_000;

/// The name of a value: some texts, in order.
type Name = Box<[Box<str>]>;

/// Values by the hash of their name.
type ByHash<T> = RapidHashMap<u64, Vec<(Name, Arc<T>)>>;

/// Values that are made once per name, up to a limit that no worker reaches; further ones are made
/// anew each time. A look-up does not allocate.
pub(crate) struct Interned<T>(RwLock<Known<T>>);

struct Known<T> {
    values: ByHash<T>,
    count: usize,
}

impl<T> Known<T> {
    fn find(&self, hash: u64, name: &[&str]) -> Option<Arc<T>> {
        let mut named = self.values.get(&hash)?.iter();
        let (_, value) = named.find(|(known, _)| is(known, name))?;
        Some(value.clone())
    }
}

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Self(RwLock::new(Known {
            values: ByHash::default(),
            count: 0,
        }))
    }
}

impl<T> Interned<T> {
    pub(crate) fn get(&self, name: &[&str], make: impl FnOnce() -> T) -> Arc<T> {
        let hash = GlobalState::new().hash_one(name);
        let found = self.0.read().find(hash, name);
        if let Some(value) = found {
            return value;
        }
        let value = Arc::new(make());
        let mut known = self.0.write();
        // Another thread may have made it meanwhile.
        if let Some(value) = known.find(hash, name) {
            return value;
        }
        if known.count < LIMIT {
            let name = name.iter().map(|part| Box::from(*part)).collect();
            known.count += 1;
            let named = known.values.entry(hash).or_default();
            named.push((name, value.clone()));
        }
        value
    }
}

fn is(known: &Name, name: &[&str]) -> bool {
    known.iter().map(|part| &**part).eq(name.iter().copied())
}
