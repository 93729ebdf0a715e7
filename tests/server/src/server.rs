//! The server as its user holds it.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use temporalio_client::callback_based::{CallbackBasedGrpcService, GrpcSuccessResponse};
use tokio::{sync::watch, task::JoinHandle};
use tonic::Status;

use crate::{
    clock::Time,
    error,
    fault::{Fault, Faults},
    listen::{self, ListenError},
    proto::{WorkflowExecution, enums},
    store::{Namespace, Settings, SkipMode, Store},
};

/// The value types of search attributes, as [`Builder::search_attribute`] takes them.
pub use temporalio_common::protos::temporal::api::enums::v1::IndexedValueType;

/// The namespace that every server has.
pub const DEFAULT_NAMESPACE: &str = "default";

/// What the handle, the calls and the loop share.
#[derive(Debug)]
pub(crate) struct Shared {
    store: Mutex<Store>,
    pub(crate) faults: Faults,
    /// True once the server shuts down.
    pub(crate) closing: watch::Sender<bool>,
}

impl Shared {
    /// The store, for one transaction.
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

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
    namespaces: Vec<String>,
    attributes: Vec<(String, IndexedValueType)>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            mode: SkipMode::PerRun,
            clock: GlobalClock::Unlocked,
            retention: Duration::from_secs(24 * 3600),
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

    /// How long closed runs are kept; a day unless told otherwise.
    #[must_use]
    pub fn retention(mut self, retention: Duration) -> Self {
        self.retention = retention;
        self
    }

    /// One more namespace, beside `default`.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespaces.push(namespace.into());
        self
    }

    /// Registers a search attribute in each of the server's namespaces.
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
        let shared = Arc::new(Shared {
            store: Mutex::new(store),
            faults: Faults::default(),
            closing: watch::Sender::new(false),
        });
        let clock = tokio::spawn(keep_time(Arc::clone(&shared)));
        TestServer { shared, clock }
    }
}

/// Does what is due when it is due.
async fn keep_time(shared: Arc<Shared>) {
    let alarm = shared.store().alarm();
    loop {
        let wait = {
            let mut store = shared.store();
            store.tick();
            let now = store.clock.now();
            store.next_deadline().map(|next| next.since(now))
        };
        let changed = alarm.notified();
        match wait {
            // A timer may wake a little early; a millisecond spares a second look.
            Some(wait) => {
                let wait = wait.saturating_add(Duration::from_millis(1));
                tokio::select! {
                    () = changed => {}
                    () = tokio::time::sleep(wait) => {}
                }
            }
            None => changed.await,
        }
    }
}

/// A Temporal server in this process, for tests and local runs.
///
/// It ends when the handle is dropped or [`shutdown`](Self::shutdown) is called.
#[derive(Debug)]
pub struct TestServer {
    shared: Arc<Shared>,
    clock: JoinHandle<()>,
}

impl TestServer {
    /// Starts a server with the namespace `default` that skips time for runs that ask for it.
    pub async fn start() -> Self {
        Builder::default().start().await
    }

    /// Starts a server with other options.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// What a client of this process calls instead of a socket: put it into
    /// `ConnectionOptions::service_override`, with `dns_load_balancing(None)`.
    #[must_use]
    pub fn service_override(&self) -> CallbackBasedGrpcService {
        let shared = Arc::clone(&self.shared);
        CallbackBasedGrpcService {
            callback: Arc::new(move |request| {
                let shared = Arc::clone(&shared);
                Box::pin(async move {
                    let proto = shared
                        .handle(&request.service, &request.rpc, &request.proto)
                        .await?;
                    let headers = http::HeaderMap::new();
                    Ok(GrpcSuccessResponse { headers, proto })
                })
            }),
        }
    }

    /// Serves other processes too, until the server ends; port 0 takes a free one.
    ///
    /// # Errors
    /// If the address can't be had.
    pub async fn listen(&self, address: SocketAddr) -> Result<SocketAddr, ListenError> {
        listen::listen(Arc::clone(&self.shared), address).await
    }

    /// Ends the server: open calls fail with UNAVAILABLE, sockets close.
    pub async fn shutdown(self) {
        self.shared.closing.send_replace(true);
        self.clock.abort();
    }

    /// Moves the server's clock forward, and with it the time of every run; what is due on the way
    /// happens in order.
    pub fn skip(&self, span: Duration) {
        self.shared.store().skip(span);
    }

    /// What the server's clock shows.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        let now: Time = self.shared.store().clock.now();
        let since = now.since_epoch();
        let time = SystemTime::UNIX_EPOCH.checked_add(since);
        time.unwrap_or(SystemTime::UNIX_EPOCH)
    }

    /// How many runs the server holds, open and closed.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.shared.store().runs().count()
    }

    /// Makes the next calls of an RPC misbehave, for example `("RespondWorkflowTaskCompleted",
    /// Fault::DropResponse)`. Each fault is used up by one call, in the order they were given.
    pub fn inject(&self, rpc: impl Into<String>, fault: Fault) {
        self.shared.faults.push(rpc.into(), fault);
    }

    /// Times out the workflow task that a worker has of the newest run of this id; says whether a
    /// worker had one.
    ///
    /// # Errors
    /// NOT_FOUND if there is no such run.
    pub fn expire_workflow_task(&self, namespace: &str, workflow_id: &str) -> Result<bool, Status> {
        let mut store = self.shared.store();
        let at = store.find(namespace, &named(workflow_id))?;
        Ok(store.expire_task(at))
    }

    /// Forgets which worker has the newest run of this id in its cache: the next task goes to the
    /// normal queue, with the whole history.
    ///
    /// # Errors
    /// NOT_FOUND if there is no such run.
    pub fn forget_sticky(&self, namespace: &str, workflow_id: &str) -> Result<(), Status> {
        let mut store = self.shared.store();
        let at = store.find(namespace, &named(workflow_id))?;
        store.transact(at, crate::run::Run::forget_sticky);
        Ok(())
    }

    /// Registers a search attribute in a namespace.
    ///
    /// # Errors
    /// NOT_FOUND if there is no such namespace.
    pub fn add_search_attribute(
        &self,
        namespace: &str,
        name: impl Into<String>,
        kind: enums::IndexedValueType,
    ) -> Result<(), Status> {
        let mut store = self.shared.store();
        let found = store.namespaces.get_mut(namespace);
        let found = found.ok_or_else(|| error::no_such_namespace(namespace))?;
        found.attributes.insert(name.into(), kind);
        Ok(())
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.shared.closing.send_replace(true);
        self.clock.abort();
    }
}

fn named(workflow_id: &str) -> WorkflowExecution {
    WorkflowExecution {
        workflow_id: workflow_id.to_owned(),
        run_id: String::new(),
    }
}
