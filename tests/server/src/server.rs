//! The server as its user holds it.

use std::{
    io::{self, Write as _},
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use futures_util::future::BoxFuture;
use temporalio_client::{
    Client, ClientOptions, ConnectionOptions, Url,
    callback_based::{CallbackBasedGrpcService, GrpcSuccessResponse},
    errors::ClientConnectError,
};
use tokio::{sync::watch, task::JoinHandle};
use tonic::Status;

use crate::{
    builder::Builder,
    clock::Time,
    error,
    fault::{Fault, Faults},
    listen::{self, ListenError},
    proto::{WorkflowExecution, enums},
    rpc::{Call, Patience},
    store::{Holder, Store},
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

    /// Waits for the end of the server.
    pub(crate) async fn closed(&self) {
        let mut closing = self.closing.subscribe();
        // An error means that the server is gone, which is the same.
        let closed = closing.wait_for(|closing| *closing).await;
        closed.map(|_| ()).unwrap_or_default();
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

/// A run that holds the clock for so long, with nobody who works on it, is told of.
const HELD: Duration = Duration::from_secs(10);

/// Says on standard error, once for each run, who holds the global clock though nobody works on it.
async fn tell_of_holders(shared: Arc<Shared>) {
    let mut before = Vec::<Holder>::new();
    let mut told = Vec::new();
    loop {
        tokio::time::sleep(HELD).await;
        let now = shared.store().holders();
        for holder in now.iter().filter(|holder| before.contains(holder)) {
            if !told.contains(holder) {
                // Where nobody reads it, there is nobody to tell.
                writeln!(io::stderr(), "{holder}").unwrap_or_default();
                told.push(holder.clone());
            }
        }
        told.retain(|holder| now.contains(holder));
        before = now;
    }
}

/// A Temporal server in this process, for tests and local runs.
///
/// It ends when the handle is dropped or [`shutdown`](Self::shutdown) is called.
#[derive(Debug)]
pub struct TestServer {
    shared: Arc<Shared>,
    clock: JoinHandle<()>,
    holders: JoinHandle<()>,
}

impl TestServer {
    pub(crate) fn with(store: Store) -> Self {
        let shared = Arc::new(Shared {
            store: Mutex::new(store),
            faults: Faults::default(),
            closing: watch::Sender::new(false),
        });
        let clock = tokio::spawn(keep_time(Arc::clone(&shared)));
        let holders = tokio::spawn(tell_of_holders(Arc::clone(&shared)));
        Self {
            shared,
            clock,
            holders,
        }
    }

    /// Starts a server with the namespace `default` that skips time for runs that ask for it.
    pub async fn start() -> Self {
        Builder::default().start().await
    }

    /// Starts a server with other options.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Connects a client of a namespace, without a socket.
    ///
    /// # Errors
    /// If the server has shut down.
    pub async fn client(&self, namespace: impl Into<String>) -> Result<Client, ClientConnectError> {
        let target = Url::parse("http://in-process");
        let target = target.map_err(|e| ClientConnectError::InvalidConfig(e.to_string()))?;
        let options = self.wrap(ConnectionOptions::new(target).build());
        connect(options, ClientOptions::new(namespace).build()).await
    }

    /// Has a connection call this server without a socket, whatever target its options name.
    #[must_use]
    pub fn wrap(&self, mut options: ConnectionOptions) -> ConnectionOptions {
        options.service_override = Some(self.service_override());
        options.dns_load_balancing = None;
        options
    }

    /// What a client of this process calls instead of a socket; [`wrap`](Self::wrap) puts it into a
    /// connection's options.
    #[must_use]
    pub fn service_override(&self) -> CallbackBasedGrpcService {
        let shared = Arc::clone(&self.shared);
        CallbackBasedGrpcService {
            callback: Arc::new(move |request| {
                let shared = Arc::clone(&shared);
                Box::pin(async move {
                    let call = Call {
                        service: &request.service,
                        rpc: &request.rpc,
                        bytes: &request.proto,
                        patience: Patience::read(&request.headers),
                    };
                    let proto = shared.handle(call).await?;
                    let headers = http::HeaderMap::new();
                    Ok(GrpcSuccessResponse { headers, proto })
                })
            }),
        }
    }

    /// Serves other processes too, until the server ends; port 0 takes a free one.
    ///
    /// # Errors
    /// If the address can't be bound.
    pub async fn listen(&self, address: SocketAddr) -> Result<SocketAddr, ListenError> {
        listen::listen(Arc::clone(&self.shared), address).await
    }

    /// Ends the server: open calls fail with UNAVAILABLE, sockets close.
    pub async fn shutdown(self) {
        drop(self);
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

    /// The runs that hold the clock of [`Builder::global_skip`] while nobody works on them: each
    /// has a task that no worker polls for. After ten seconds the server says so on standard error,
    /// too.
    #[must_use]
    pub fn held_by(&self) -> Vec<String> {
        let holders = self.shared.store().holders();
        holders.iter().map(ToString::to_string).collect()
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
        self.holders.abort();
    }
}

/// Connects a client. Boxed, its hundreds of calls are compiled here, once, and not in each program
/// that connects.
fn connect(
    connection: ConnectionOptions,
    client: ClientOptions,
) -> BoxFuture<'static, Result<Client, ClientConnectError>> {
    Box::pin(Client::connect(connection, client))
}

fn named(workflow_id: &str) -> WorkflowExecution {
    WorkflowExecution {
        workflow_id: workflow_id.to_owned(),
        run_id: String::new(),
    }
}
