//! The thread that watches polls of workflow code while they last, and forgets stuck runs.

use std::{
    sync::{
        Arc, Weak,
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread,
    time::Duration,
};

use tracing::{Dispatch, dispatcher, subscriber::NoSubscriber};

use super::Settings;
use crate::{
    execution::{Light, lights},
    observe::registry::{Blocking, Registry},
};

/// How many ticks a poll must last to count as blocked.
const TICKS: u32 = 8;

/// The interval of ticks if no poll is watched.
const IDLE: Duration = Duration::from_secs(1);

/// The shortest interval of ticks.
const SHORTEST: Duration = Duration::from_millis(1);

/// The watching thread, which ends when this is dropped.
pub(crate) struct Watcher {
    _ends_when_dropped: Sender<()>,
}

/// What the watcher saw at one beacon.
#[derive(Default)]
struct Seen {
    light: Option<Light>,
    /// The number of ticks since the light was first seen.
    ticks: u32,
    blocking: Option<Blocking>,
}

/// The watch over all beacons.
struct Watch {
    tick: Duration,
    watches_polls: bool,
    seen: Vec<Seen>,
}

impl Watcher {
    /// Starts the thread. Without one, nothing is seen, and the worker works.
    pub(crate) fn start(registry: &Arc<Registry>, settings: &Settings) -> Option<Self> {
        let (sender, ended) = mpsc::channel();
        let registry = Arc::downgrade(registry);
        let mut watch = Watch::new(settings.blocked_after());
        // The thread's lines go where those of the worker's thread go.
        let lines = dispatcher::get_default(Dispatch::clone);
        let started = thread::Builder::new()
            .name("chronoscope-watch".to_owned())
            .spawn(move || {
                let mut watched = || {
                    while ended.recv_timeout(watch.tick) == Err(RecvTimeoutError::Timeout) {
                        if !watch.tick(&registry) {
                            break;
                        }
                    }
                };
                match lines.is::<NoSubscriber>() {
                    true => watched(),
                    false => dispatcher::with_default(&lines, watched),
                }
            });
        if let Err(error) = started {
            tracing::warn!(
                %error,
                "workflow code that blocks will not be reported: the thread that watches it did not start"
            );
            return None;
        }
        Some(Self {
            _ends_when_dropped: sender,
        })
    }
}

impl Watch {
    fn new(blocked_after: Duration) -> Self {
        let watches_polls = !blocked_after.is_zero();
        Self {
            tick: match watches_polls {
                true => (blocked_after / TICKS).max(SHORTEST),
                false => IDLE,
            },
            watches_polls,
            seen: Vec::new(),
        }
    }

    /// Looks once, and returns whether there is still something to watch.
    ///
    /// Ticks are counted and clocks are not read: a process that was stopped or starved for a while
    /// missed ticks, and blames nobody.
    fn tick(&mut self, registry: &Weak<Registry>) -> bool {
        let Some(registry) = registry.upgrade() else {
            return false;
        };
        if self.watches_polls {
            lights(|place, light| self.look(place, light, &registry));
        }
        registry.forget_stuck();
        true
    }

    fn look(&mut self, place: usize, light: Light, registry: &Registry) {
        if self.seen.len() <= place {
            self.seen.resize_with(place + 1, Seen::default);
        }
        let seen = &mut self.seen[place];
        if seen.light == Some(light) {
            seen.ticks = seen.ticks.saturating_add(1);
        } else {
            if let Some(blocking) = seen.blocking.take() {
                blocking.ended(self.tick * seen.ticks);
            }
            *seen = Seen {
                light: Some(light),
                ..Seen::default()
            };
        }
        if seen.ticks == TICKS
            && let Some(number) = light.run()
        {
            seen.blocking = registry.blocking(number, self.tick * TICKS);
        }
    }
}
