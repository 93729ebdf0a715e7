//! The parts that the examples share: flags, a server, a client and a worker.

#![allow(
    missing_docs,
    missing_debug_implementations,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "not a library to publish"
)]

mod client;
pub mod encryption;
mod end;
mod flags;
mod http;
mod journal;
mod queue;
mod scenes;
mod tree;

pub use self::{
    flags::Flags,
    http::get,
    journal::Journal,
    queue::{TaskQueue, result, signal},
    tree::Tree,
};

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    process::ExitCode,
};

use anyhow::{Context as _, Result, bail};
use chronoscope::Observability;
use chronoscope_testserver::TestServer;
use temporalio_client::{Client, ConnectionOptions};
use temporalio_sdk::{Runtime, Worker, WorkerOptions, WorkerRunError};

use self::{client::connect, end::End};

/// A future that is compiled here, once. One that is not boxed is compiled where it is polled: for a
/// worker's, that is half a minute in each program that runs one.
type Once<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// A server, a client of it, and the observability of both.
pub struct Example {
    pub flags: Flags,
    pub client: Client,
    pub observability: Observability,
    journal: Option<Journal>,
    _server: Option<TestServer>,
}

impl Example {
    /// Connects to the server in the flags, or to one in this process.
    pub fn start(flags: Flags, observability: Observability) -> Once<'static, Result<Self>> {
        Box::pin(Self::start_through(flags, observability, Ok))
    }

    /// The same, with a wrapper around the options of the connection.
    pub async fn start_through(
        flags: Flags,
        observability: Observability,
        around: impl FnOnce(ConnectionOptions) -> Result<ConnectionOptions>,
    ) -> Result<Self> {
        #[cfg(feature = "introspect")]
        if let Some(address) = observability.introspect_address() {
            println!("introspection on {address}");
        }
        let (address, server) = match &flags.address {
            Some(address) => (address.clone(), None),
            None => {
                let (address, server) = serve(&flags.namespace).await?;
                (address.to_string(), Some(server))
            }
        };
        let journal = flags.journal.as_deref().map(Journal::create).transpose()?;
        let client = connect(&address, &flags, &observability, journal.as_ref(), around).await?;
        Ok(Self {
            flags,
            client,
            observability,
            journal,
            _server: server,
        })
    }

    /// Runs a worker until the work is done, and with `--hold` until Ctrl-C. A request to end
    /// during the work is an error, after which the worker is shut down.
    pub async fn work<T>(
        &self,
        options: WorkerOptions,
        work: impl AsyncFnOnce(Client) -> Result<T>,
    ) -> Result<T> {
        let mut end = End::listen()?;
        let held = async |client| {
            let done = tokio::select! {
                biased;
                done = work(client) => done?,
                asked = end.asked() => {
                    asked?;
                    bail!("asked to end")
                }
            };
            if self.flags.hold {
                println!("still serving; press Ctrl-C to stop");
                end.asked().await?;
            }
            Ok(done)
        };
        self.serve(options, held).await
    }

    /// Runs a worker until the work is done.
    pub async fn serve<T>(
        &self,
        mut options: WorkerOptions,
        work: impl AsyncFnOnce(Client) -> Result<T>,
    ) -> Result<T> {
        if let Some(journal) = &self.journal {
            journal.of_worker(&mut options)?;
        }
        let runtime = Runtime::from_current_tokio(self.observability.runtime_options())?;
        let options = self.observability.wrap(options);
        let mut worker = Worker::new(&runtime, self.client.clone(), options)?;
        let shutdown = worker.shutdown_handle();
        let work = async {
            let done = work(self.client.clone()).await;
            shutdown();
            done
        };
        // Without its worker the work would wait forever.
        let ran = async { run(&mut worker).await.context("the worker failed") };
        let ((), done) = tokio::try_join!(ran, async { Ok(work.await) })?;
        done
    }

    /// Flushes the log lines, so that the summary follows them.
    pub fn finish(&self) {
        self.observability.shutdown();
        let losses = self.observability.health().lines;
        if losses.overflowed + losses.failed > 0 {
            println!("lost lines: {losses:?}");
        }
        let spans = self.observability.health().spans;
        if spans.failed + spans.dropped > 0 {
            println!("lost spans: {spans:?}");
        }
    }
}

/// Runs a worker.
fn run(worker: &mut Worker) -> Once<'_, Result<(), WorkerRunError>> {
    Box::pin(worker.run())
}

/// Starts a Temporal server in this process. It listens on the loopback interface, so that other
/// programs can take part.
async fn serve(namespace: &str) -> Result<(SocketAddr, TestServer)> {
    let server = TestServer::builder().namespace(namespace).start().await;
    let address = server.listen((Ipv4Addr::LOCALHOST, 0).into()).await?;
    println!("Temporal server in this process, on {address}");
    Ok((address, server))
}

/// Ends an example: prints an error with all its causes and returns the exit code.
pub fn exit(result: Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Returns a unique id.
pub fn unique(prefix: impl fmt::Display) -> String {
    format!("{prefix}-{}", uuid::Uuid::new_v4())
}
