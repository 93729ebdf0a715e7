use std::{
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::SystemTime,
};

use super::{Insight, runs::KnownRuns};
use crate::clock;

/// The workers that run.
#[derive(Default)]
pub(crate) struct Workers(Mutex<Vec<Arc<Seat>>>);

/// What is known of a worker from its options.
#[derive(Clone, Debug, Default)]
pub(crate) struct About {
    pub(crate) task_queue: Box<str>,
    pub(crate) deployment_name: Box<str>,
    pub(crate) build_id: Box<str>,
    pub(crate) identity: Option<Box<str>>,
}

/// A worker's place among those that run.
pub(crate) struct Seat {
    pub(crate) instance: Box<str>,
    pub(crate) about: About,
    pub(crate) started: SystemTime,
    namespace: OnceLock<Box<str>>,
    pub(super) runs: KnownRuns,
}

/// A worker as its adapters hold it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Seated {
    pub(super) insight: Arc<Insight>,
    pub(super) seat: Arc<Seat>,
}

/// Ends a worker's seat when it is dropped.
pub(crate) struct Leaves(Seated);

impl Workers {
    /// Returns those that run, in the order in which they started.
    pub(crate) fn list(&self) -> Vec<Arc<Seat>> {
        self.seats().clone()
    }

    fn seats(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Seat>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Insight {
    /// Gives a worker its seat, unless another registration of ours has done so.
    pub(crate) fn seat(
        self: &Arc<Self>,
        instance: &str,
        about: About,
        namespace: Option<String>,
    ) -> Option<Seated> {
        let mut seats = self.workers.seats();
        if seats.iter().any(|seat| &*seat.instance == instance) {
            return None;
        }
        let seat = Arc::new(Seat {
            instance: instance.into(),
            about,
            started: clock::wall(),
            namespace: OnceLock::new(),
            runs: KnownRuns::default(),
        });
        seats.push(seat.clone());
        drop(seats);
        let seated = Seated {
            insight: self.clone(),
            seat,
        };
        if let Some(namespace) = namespace {
            seated.works_in(&namespace);
        }
        Some(seated)
    }
}

impl Seat {
    /// Returns the namespace, as far as it is known.
    pub(crate) fn namespace(&self) -> &str {
        self.namespace.get().map_or("", |namespace| namespace)
    }
}

impl Seated {
    /// Notes the worker's namespace.
    pub(crate) fn works_in(&self, namespace: &str) {
        self.seat.namespace.get_or_init(|| namespace.into());
    }

    /// Returns whether the messages of failures are shown.
    pub(crate) fn shows_messages(&self) -> bool {
        self.insight.shows_messages()
    }

    pub(crate) fn namespace(&self) -> &str {
        self.seat.namespace()
    }

    /// Returns the key by which the worker is known.
    pub(crate) fn instance(&self) -> &str {
        &self.seat.instance
    }

    pub(crate) fn task_queue(&self) -> &str {
        &self.seat.about.task_queue
    }

    /// Returns what ends the seat when it is dropped.
    pub(crate) fn until_dropped(&self) -> Leaves {
        Leaves(self.clone())
    }
}

impl Drop for Leaves {
    fn drop(&mut self) {
        let Seated { insight, seat } = &self.0;
        insight
            .workers
            .seats()
            .retain(|known| !Arc::ptr_eq(known, seat));
    }
}
