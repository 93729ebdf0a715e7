//! What each thread polls right now, for a watcher on another thread.
//!
//! A poll of workflow code lights the beacon of its thread, and its end puts out the light: two
//! relaxed stores and no clock. A light names its poll, so that a watcher that sees the same one
//! twice knows that the poll lasts.

use std::{
    cell::{Cell, RefCell},
    sync::atomic::{AtomicU64, Ordering},
};

use parking_lot::Mutex;

/// The bits of a light that number the polls of its thread: a light that a watcher sees twice is
/// the same poll, unless exactly 16 million others began between.
const POLLS: u32 = 24;

/// The beacon of a thread, on a cache line of its own.
#[repr(align(64))]
struct Beacon(AtomicU64);

/// Whose code a poll executes: nobody's, or that of a run by its number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Watched(u64);

/// The light of a poll that is executing, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Light(u64);

/// The beacons that some thread has or had, and those that no thread has now. They are never freed,
/// since a watcher may read them at any time.
static BEACONS: Mutex<(Vec<&'static Beacon>, Vec<&'static Beacon>)> =
    Mutex::new((Vec::new(), Vec::new()));

struct Place {
    beacon: Cell<Option<&'static Beacon>>,
    polls: Cell<u64>,
}

thread_local! {
    static PLACE: Place = const {
        Place {
            beacon: Cell::new(None),
            polls: Cell::new(0),
        }
    };
    /// Gives the beacon back when the thread ends.
    static HELD: RefCell<Option<Held>> = const { RefCell::new(None) };
}

struct Held(&'static Beacon);

impl Drop for Held {
    fn drop(&mut self) {
        let _ = PLACE.try_with(|place| place.beacon.set(None));
        BEACONS.lock().1.push(self.0);
    }
}

impl Watched {
    /// Watches the code of a run with this number, from one.
    pub(crate) fn run(number: u64) -> Self {
        Self(number << POLLS)
    }

    /// Lights this thread's beacon until the guard is dropped.
    #[inline]
    pub(super) fn light(self) -> Option<Lit> {
        if self.0 == 0 {
            return None;
        }
        PLACE.with(|place| {
            let beacon = match place.beacon.get() {
                Some(beacon) => beacon,
                None => settle(place)?,
            };
            let polls = place.polls.get().wrapping_add(1);
            place.polls.set(polls);
            let former = beacon.0.load(Ordering::Relaxed);
            let light = self.0 | (polls & ((1 << POLLS) - 1));
            beacon.0.store(light, Ordering::Relaxed);
            Some(Lit { beacon, former })
        })
    }
}

impl Light {
    /// Returns the number of the run whose code is polled, or `None` if there is no light.
    pub(crate) fn run(self) -> Option<u64> {
        (self.0 != 0).then_some(self.0 >> POLLS)
    }
}

/// Restores the former light when dropped.
pub(super) struct Lit {
    beacon: &'static Beacon,
    former: u64,
}

impl Drop for Lit {
    #[inline]
    fn drop(&mut self) {
        self.beacon.0.store(self.former, Ordering::Relaxed);
    }
}

/// Gives this thread a beacon, unless the thread is being torn down.
#[cold]
fn settle(place: &Place) -> Option<&'static Beacon> {
    HELD.try_with(|held| {
        let mut beacons = BEACONS.lock();
        let beacon = beacons.1.pop().unwrap_or_else(|| {
            let made = Box::leak(Box::new(Beacon(AtomicU64::new(0))));
            beacons.0.push(made);
            made
        });
        *held.try_borrow_mut().ok()? = Some(Held(beacon));
        place.beacon.set(Some(beacon));
        Some(beacon)
    })
    .ok()?
}

/// Reads the light of each beacon, always in the same order.
pub(crate) fn lights(mut read: impl FnMut(usize, Light)) {
    let known = BEACONS.lock().0.clone();
    for (place, beacon) in known.iter().enumerate() {
        read(place, Light(beacon.0.load(Ordering::Relaxed)));
    }
}
