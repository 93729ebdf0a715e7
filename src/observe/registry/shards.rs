//! A map that is locked in parts, so that reading all of it never blocks a worker for long.

use std::{
    borrow::Borrow,
    hash::{BuildHasher as _, Hash},
};

use parking_lot::{Mutex, MutexGuard};
use rapidhash::fast::{GlobalState, RapidHashMap};

/// The number of shards.
const SHARDS: usize = 16;

/// A map that is locked in parts.
pub(super) struct Shards<K, V>([Mutex<RapidHashMap<K, V>>; SHARDS]);

impl<K, V> Default for Shards<K, V> {
    fn default() -> Self {
        Self(Default::default())
    }
}

impl<K: Hash + Eq, V> Shards<K, V> {
    /// Locks the part that a key belongs to.
    pub(super) fn of<Q>(&self, key: &Q) -> MutexGuard<'_, RapidHashMap<K, V>>
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized,
    {
        let hash = GlobalState::new().hash_one(key);
        // The map inside a shard uses the low bits.
        let shard = (hash >> 48) as usize % SHARDS;
        self.0[shard].lock()
    }

    /// Reads every value, one part after the other.
    pub(super) fn each(&self, mut read: impl FnMut(&V)) {
        self.entries(|_, value| read(value));
    }

    /// Reads every entry, one part after the other.
    pub(super) fn entries(&self, mut read: impl FnMut(&K, &V)) {
        for shard in &self.0 {
            let shard = shard.lock();
            shard.iter().for_each(|(key, value)| read(key, value));
        }
    }
}
