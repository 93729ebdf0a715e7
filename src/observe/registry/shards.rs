//! A map that is locked in parts, so that a reader of all of it never stands in a worker's way.

use std::{
    borrow::Borrow,
    hash::{BuildHasher as _, Hash},
    sync::{Mutex, MutexGuard, PoisonError},
};

use rapidhash::fast::{GlobalState, RapidHashMap};

/// How many shards there are.
const SHARDS: usize = 16;

/// A map that is locked in parts.
pub(super) struct Shards<K, V>([Mutex<RapidHashMap<K, V>>; SHARDS]);

impl<K, V> Default for Shards<K, V> {
    fn default() -> Self {
        Self(Default::default())
    }
}

impl<K: Hash + Eq, V> Shards<K, V> {
    /// Locks the part in which a key belongs.
    pub(super) fn of<Q>(&self, key: &Q) -> MutexGuard<'_, RapidHashMap<K, V>>
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized,
    {
        let hash = GlobalState::new().hash_one(key);
        // A map of its own uses the low bits.
        let shard = (hash >> 48) as usize % SHARDS;
        self.0[shard].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads every value, one part after the other.
    pub(super) fn each(&self, mut read: impl FnMut(&V)) {
        for shard in &self.0 {
            let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.values().for_each(&mut read);
        }
    }
}
