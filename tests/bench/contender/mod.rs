//! What every contender does: a worker here, whose instructions are counted, and in a process of
//! its own the client that gives it work.

mod walk;

use std::process::Command;

use clap::Parser;
use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, Url, WorkflowGetResultOptions,
    WorkflowStartOptions,
};
use temporalio_sdk::{Runtime, Worker, WorkerOptions, runtime::RuntimeOptions};

use walk::{Steps, Walk};

#[derive(Parser)]
pub struct Flags {
    /// The observability around the worker.
    pub contender: String,
    /// The Temporal server, as HOST:PORT.
    #[arg(long)]
    pub address: String,
    /// How many workflows run, one after another.
    #[arg(long)]
    pub runs: u32,
    /// How many activities each of them calls.
    #[arg(long)]
    pub activities: u32,
    /// The queue to give work to, instead of doing work.
    #[arg(long)]
    pub queue: Option<String>,
    /// What `cargo bench` adds.
    #[arg(long, hide = true)]
    bench: bool,
}

/// Wraps the SDK's options as a contender does.
pub struct Around<C, O, W> {
    pub connection: C,
    pub client: O,
    pub worker: W,
    pub runtime: RuntimeOptions,
}

/// Works until all the work is done.
pub async fn work<C, O, W>(flags: &Flags, around: Around<C, O, W>)
where
    C: FnOnce(ConnectionOptions) -> ConnectionOptions,
    O: FnOnce(ClientOptions) -> ClientOptions,
    W: FnOnce(WorkerOptions) -> WorkerOptions,
{
    let connection = (around.connection)(address(flags));
    let connection = Connection::connect(connection).await.unwrap();
    let options = (around.client)(ClientOptions::new("default").build());
    let client = Client::new(connection, options).unwrap();
    let queue = format!("live-{}", std::process::id());
    let options = WorkerOptions::new(&*queue)
        .register_activities(Steps)
        .register_workflow::<Walk>()
        .unwrap()
        .build();
    let runtime = Runtime::from_current_tokio(around.runtime).unwrap();
    let mut worker = Worker::new(&runtime, client, (around.worker)(options)).unwrap();
    let shutdown = worker.shutdown_handle();
    let mut giver = giver(flags, &queue);
    let watch = tokio::task::spawn_blocking(move || {
        assert!(giver.status().unwrap().success());
        shutdown();
    });
    worker.run().await.unwrap();
    watch.await.unwrap();
}

fn address(flags: &Flags) -> ConnectionOptions {
    let url = Url::parse(&format!("http://{}", flags.address)).unwrap();
    ConnectionOptions::new(url).build()
}

/// This program once more, which callgrind does not follow.
fn giver(flags: &Flags, queue: &str) -> Command {
    let mut giver = Command::new(std::env::current_exe().unwrap());
    giver
        .args([&flags.contender, "--queue", queue])
        .args(["--address", &flags.address])
        .args(["--runs", &flags.runs.to_string()])
        .args(["--activities", &flags.activities.to_string()]);
    giver
}

/// Gives the worker of a queue its work, and waits for the end of it.
pub async fn give(flags: &Flags, queue: &str) {
    let connection = Connection::connect(address(flags)).await.unwrap();
    let client = Client::new(connection, ClientOptions::new("default").build()).unwrap();
    for n in 0..flags.runs {
        let options = WorkflowStartOptions::new(queue, format!("{queue}-{n}")).build();
        let run = client.start_workflow(Walk::run, flags.activities, options);
        let end = run.await.unwrap();
        let end = end.get_result(WorkflowGetResultOptions::default());
        assert_eq!(end.await.unwrap(), flags.activities);
    }
}
