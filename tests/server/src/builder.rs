//! How a server is started.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    server::{DEFAULT_NAMESPACE, IndexedValueType, TestServer},
    store::{Namespace, Settings, SkipMode, Store},
};

/// How the one clock of [`Builder::global_skip`] starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GlobalClock {
    /// At the pace of real time until somebody unlocks it.
    Locked,
    /// Skipping whenever nothing is under way.
    Unlocked,
}

/// How a [`TestServer`] is started.
#[derive(Clone, Debug)]
pub struct Builder {
    mode: SkipMode,
    clock: GlobalClock,
    retention: Duration,
    least_life: Duration,
    namespaces: Vec<String>,
    attributes: Vec<(String, IndexedValueType)>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            mode: SkipMode::PerRun,
            clock: GlobalClock::Unlocked,
            retention: Duration::from_secs(24 * 3600),
            least_life: Duration::ZERO,
            namespaces: vec![DEFAULT_NAMESPACE.to_owned()],
            attributes: Vec::new(),
        }
    }
}

impl Builder {
    /// Lets every run skip time on its own, whatever its options say.
    #[must_use]
    pub fn auto_skip(mut self) -> Self {
        self.mode = SkipMode::EveryRun;
        self
    }

    /// Gives the whole server one clock that the calls of Temporal's test service drive: lock,
    /// unlock, sleep and current time. Runs that ask for their own time skipping are refused.
    #[must_use]
    pub fn global_skip(mut self, clock: GlobalClock) -> Self {
        self.mode = SkipMode::Global;
        self.clock = clock;
        self
    }

    /// How long closed runs are kept. Default: a day.
    #[must_use]
    pub fn retention(mut self, retention: Duration) -> Self {
        self.retention = retention;
        self
    }

    /// How long a run lives before it continues as new: if it does so earlier, the next run waits for
    /// the rest. Default: 0; a real server's default is a second, its setting
    /// `history.workflowIdReuseMinimalInterval`.
    #[must_use]
    pub fn least_life(mut self, life: Duration) -> Self {
        self.least_life = life;
        self
    }

    /// Adds a namespace to `default`.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespaces.push(namespace.into());
        self
    }

    /// Registers a search attribute in every namespace.
    #[must_use]
    pub fn search_attribute(mut self, name: impl Into<String>, kind: IndexedValueType) -> Self {
        self.attributes.push((name.into(), kind));
        self
    }

    /// Starts the server on the current tokio runtime.
    pub async fn start(self) -> TestServer {
        let settings = Settings {
            mode: self.mode,
            retention: self.retention,
            least_life: self.least_life,
            long_poll: Duration::from_secs(60),
        };
        let named = |name: String| {
            let mut namespace = Namespace::new();
            namespace.attributes.extend(self.attributes.iter().cloned());
            (name, namespace)
        };
        let namespaces: BTreeMap<_, _> = self.namespaces.into_iter().map(named).collect();
        let mut store = Store::new(settings, namespaces);
        if self.clock == GlobalClock::Locked {
            store.lock_time();
        }
        TestServer::with(store)
    }
}
