//! What the examples have in common: their flags, a server, a client and a worker.

#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a module of several programs, each of which needs a part of it"
)]

mod flags;
mod http;
mod journal;
mod queue;
mod tree;

pub use self::{
    flags::Flags,
    http::get,
    journal::Journal,
    queue::{TaskQueue, result},
    tree::Tree,
};

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    process::ExitCode,
};

use anyhow::{Context as _, Result};
use chronoscope::{Observability, introspect::Handle};
use chronoscope_testserver::TestServer;
use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, Url,
    tonic::{Code, Request, Status},
};
use temporalio_common::{
    data_converters::{
        DataConverter, DefaultFailureConverter, DefaultPayloadCodec, PayloadCodec, PayloadConverter,
    },
    protos::temporal::api::workflowservice::v1::DescribeNamespaceRequest,
};
use temporalio_sdk::{Runtime, Worker, WorkerOptions, runtime::RuntimeOptions};
use tower::Layer as _;

/// A server to talk to, a client of it, and what observes both.
pub struct Example {
    pub flags: Flags,
    pub client: Client,
    pub observability: Observability,
    journal: Option<Journal>,
    _server: Option<TestServer>,
    _introspection: Option<Handle>,
}

impl Example {
    /// Connects to the server that the flags name, or to one in this process.
    pub async fn start(flags: Flags, observability: Observability) -> Result<Self> {
        Self::start_through(flags, observability, Ok).await
    }

    /// The same, with something round the options of the connection.
    pub async fn start_through(
        flags: Flags,
        observability: Observability,
        around: impl FnOnce(ConnectionOptions) -> Result<ConnectionOptions>,
    ) -> Result<Self> {
        let introspection = flags.serve_introspection(&observability)?;
        let (address, server) = match &flags.address {
            Some(address) => (address.clone(), None),
            None => {
                let (address, server) = serve(&flags.namespace).await?;
                (address.to_string(), Some(server))
            }
        };
        let journal = flags.journal.as_deref().map(Journal::create).transpose()?;
        let client = connect(
            &address,
            &flags.namespace,
            &observability,
            journal.as_ref(),
            around,
        )
        .await?;
        Ok(Self {
            flags,
            client,
            observability,
            journal,
            _server: server,
            _introspection: introspection,
        })
    }

    /// Puts a codec between the payloads and the server.
    pub fn coded(mut self, codec: impl PayloadCodec + Send + Sync + 'static) -> Result<Self> {
        let options = client_options(
            &self.flags.namespace,
            &self.observability,
            self.journal.as_ref(),
            codec,
        );
        self.client = Client::new(self.client.connection().clone(), options)?;
        Ok(self)
    }

    /// Runs a worker for as long as the work takes, and with `--hold` until Ctrl-C.
    pub async fn work<T>(
        &self,
        options: WorkerOptions,
        work: impl AsyncFnOnce(Client) -> Result<T>,
    ) -> Result<T> {
        let held = async |client| {
            let done = work(client).await?;
            if self.flags.hold {
                println!("holding; Ctrl-C ends");
                tokio::signal::ctrl_c().await?;
            }
            Ok(done)
        };
        self.serve(options, held).await
    }

    /// Runs a worker for as long as the work takes.
    pub async fn serve<T>(
        &self,
        mut options: WorkerOptions,
        work: impl AsyncFnOnce(Client) -> Result<T>,
    ) -> Result<T> {
        if let Some(journal) = &self.journal {
            journal.of_worker(&mut options)?;
        }
        let runtime = RuntimeOptions::builder()
            .telemetry_options(self.observability.telemetry_options())
            .build()
            .map_err(anyhow::Error::msg)?;
        let runtime = Runtime::from_current_tokio(runtime)?;
        let options = self.observability.layer().layer(options);
        let mut worker = Worker::new(&runtime, self.client.clone(), options)?;
        let shutdown = worker.shutdown_handle();
        let work = async {
            let done = work(self.client.clone()).await;
            shutdown();
            done
        };
        let (ran, done) = tokio::join!(worker.run(), work);
        let done = done?;
        ran.context("the worker failed")?;
        Ok(done)
    }

    /// Writes out every log line; the summary that follows stands below them.
    pub fn finish(&self) {
        self.observability.shutdown();
        let losses = self.observability.losses();
        if losses.overflowed + losses.failed > 0 {
            println!("lost lines: {losses:?}");
        }
        let spans = self.observability.span_counts();
        if spans.failed + spans.dropped > 0 {
            println!("lost spans: {spans:?}");
        }
    }
}

/// Starts a Temporal server in this process. It listens on the loopback interface, so that other
/// programs can take part.
async fn serve(namespace: &str) -> Result<(SocketAddr, TestServer)> {
    let server = TestServer::builder().namespace(namespace).start().await;
    let address = server.listen((Ipv4Addr::LOCALHOST, 0).into()).await?;
    println!("Temporal server in this process, on {address}");
    Ok((address, server))
}

/// Connects a client, with errors that say what to do.
pub async fn connect(
    address: &str,
    namespace: &str,
    observability: &Observability,
    journal: Option<&Journal>,
    around: impl FnOnce(ConnectionOptions) -> Result<ConnectionOptions>,
) -> Result<Client> {
    let layer = observability.layer();
    let url = Url::parse(&format!("http://{address}"))
        .with_context(|| format!("bad address {address:?}: expected HOST:PORT"))?;
    let options = around(layer.layer(ConnectionOptions::new(url).build()))?;
    let connection = Connection::connect(options).await.with_context(|| {
        format!(
            "no Temporal server answers at {address}: start one there \
             (`temporal server start-dev`), name another with --address HOST:PORT, or leave the \
             address out to have one in this process"
        )
    })?;
    let options = client_options(namespace, observability, journal, DefaultPayloadCodec);
    let client = Client::new(connection, options)?;
    match describe_namespace(client.connection(), namespace).await {
        Err(status) if status.code() == Code::NotFound => anyhow::bail!(
            "namespace {namespace:?} does not exist on {address}: create it \
             (`temporal operator namespace create -n {namespace}`) or name another with --namespace"
        ),
        described => {
            described.with_context(|| format!("cannot describe namespace {namespace:?}"))?;
        }
    }
    Ok(client)
}

/// Options of a client behind a codec, round which the sizes of payloads are measured.
fn client_options(
    namespace: &str,
    observability: &Observability,
    journal: Option<&Journal>,
    codec: impl PayloadCodec + Send + Sync + 'static,
) -> ClientOptions {
    let converter = DataConverter::new(
        PayloadConverter::default(),
        DefaultFailureConverter::default(),
        observability.codec(codec),
    );
    let options = ClientOptions::new(namespace).data_converter(converter);
    let mut options = options.build();
    if let Some(journal) = journal {
        journal.of_client(&mut options);
    }
    observability.layer().layer(options)
}

/// Asks the server for a namespace.
async fn describe_namespace(connection: &Connection, namespace: &str) -> Result<(), Status> {
    let request = DescribeNamespaceRequest {
        namespace: namespace.to_owned(),
        ..Default::default()
    };
    let mut service = connection.workflow_service();
    service
        .describe_namespace(Request::new(request))
        .await
        .map(drop)
}

/// Ends an example: prints an error with all its causes and turns it into an exit code.
pub fn exit(result: Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// An id that no other run has.
pub fn unique(prefix: impl fmt::Display) -> String {
    format!("{prefix}-{}", uuid::Uuid::new_v4())
}
