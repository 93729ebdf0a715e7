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
        let known = self.0.read();
        let found = known
            .values
            .get(&hash)
            .and_then(|named| named.iter().find(|(known, _)| is(known, name)));
        if let Some((_, value)) = found {
            return value.clone();
        }
        drop(known);

        let value = Arc::new(make());
        let mut known = self.0.write();
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
