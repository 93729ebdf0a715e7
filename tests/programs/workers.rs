//! The workers of a program: in this process, or in others that are killed.

use std::{
    cell::{Cell, RefCell},
    io::Read as _,
    path::Path,
    process::Stdio,
    rc::Rc,
    time::Duration,
};

use futures::future::join_all;
use serde::{Deserialize, Serialize};
use temporalio_client::Client;
use temporalio_common::protos::coresdk::workflow_activation::WorkflowActivation;
use temporalio_sdk::{Worker, WorkerOptions, interceptors::WorkerInterceptor};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    sync::Notify,
};

use crate::{
    activities::{Pools, Tasks},
    journal,
    server::Server,
    settings::{Settings, Wiring},
    wiring::{Observed, register_pooled},
    workflow::Interpreter,
};

/// A user's own hook that lets others go first.
struct Slow;

#[async_trait::async_trait(?Send)]
impl WorkerInterceptor for Slow {
    async fn on_workflow_activation(&self, _: &WorkflowActivation) -> Result<(), anyhow::Error> {
        for _ in 0..5 {
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}

/// What a client does to the workers.
#[derive(Default)]
pub struct Ground {
    /// Ends the workers that run now.
    ends: RefCell<Vec<Rc<dyn Fn()>>>,
    /// Has the workers that run now stop where they are.
    dropped: Notify,
    /// Says that new ones run.
    replaced: Notify,
    /// Whether no new ones are to run until they are asked for.
    is_down: Cell<bool>,
    stopped: Notify,
    resumed: Notify,
    is_over: Cell<bool>,
    /// The client of a worker of this process.
    client: RefCell<Option<Client>>,
}

impl Ground {
    /// Waits for the first workers.
    pub async fn begun(&self) {
        self.replaced.notified().await;
    }

    /// Ends the workers as they like it, and waits for new ones.
    pub async fn replace(&self) {
        self.end_all();
        self.replaced.notified().await;
    }

    /// Stops the workers where they are, and waits for new ones.
    pub async fn crash(&self) {
        self.dropped.notify_one();
        self.replaced.notified().await;
    }

    /// Ends the workers as they like it.
    pub async fn stop(&self) {
        self.is_down.set(true);
        self.end_all();
        self.stopped.notified().await;
    }

    /// Has new workers run after a stop.
    pub async fn resume(&self) {
        self.is_down.set(false);
        self.resumed.notify_one();
        self.replaced.notified().await;
    }

    pub fn end(&self) {
        self.is_over.set(true);
        self.resumed.notify_one();
        self.end_all();
    }

    /// A client that starts what its own worker may take at once.
    pub fn client(&self) -> Option<Client> {
        self.client.borrow().clone()
    }

    /// Waits while no worker is to run.
    async fn is_asked_for(&self) {
        if self.is_down.get() {
            self.stopped.notify_one();
            self.resumed.notified().await;
        }
    }

    fn end_all(&self) {
        let ends = self.ends.borrow().clone();
        ends.iter().for_each(|end| end());
    }

    fn is_over(&self) -> bool {
        self.is_over.get()
    }
}

fn options(queue: &str, observed: &Observed) -> WorkerOptions {
    let settings = observed.settings();
    let options = WorkerOptions::new(queue)
        .max_cached_workflows(settings.cache)
        .graceful_shutdown_period(Duration::from_millis(200))
        .sticky_queue_schedule_to_start_timeout(Duration::from_secs(1))
        .register_activities(Tasks)
        .register_workflow::<Interpreter>()
        .expect("it is the only one");
    let mut options = match settings.slow {
        true => options.worker_interceptor(Slow).build(),
        false => options.build(),
    };
    let pools = Pools {
        signals: observed.carry(),
        journal: journal::share(),
    };
    register_pooled(&mut options, pools);
    options
}

/// Runs workers until the ground says that it is over.
pub async fn work(observed: &Observed, server: &Server, queue: &str, ground: &Ground) {
    let settings = observed.settings();
    let runtime = observed.runtime();
    let mut wiring = match settings.bare_first {
        true => Wiring::Bare,
        false => settings.wiring,
    };
    let mut wired = observed.worker(options(queue, observed), wiring);
    while !ground.is_over() {
        let mut workers = Vec::new();
        for _ in 0..settings.workers {
            // One connection takes one worker of a queue.
            let client = observed.client(server.connection(), wiring).await;
            *ground.client.borrow_mut() = Some(client.clone());
            let worker = Worker::new(&runtime, client, wired.clone());
            workers.push(worker.expect("options are sound"));
        }
        let handles = workers.iter().map(Worker::shutdown_handle);
        *ground.ends.borrow_mut() = handles.map(|end| Rc::new(end) as Rc<dyn Fn()>).collect();
        ground.replaced.notify_one();
        let run = join_all(workers.iter_mut().map(Worker::run));
        tokio::select! {
            ended = run => ended.into_iter().for_each(|ended| ended.expect("workers end well")),
            () = ground.dropped.notified() => {}
        }
        drop(workers);
        if wiring != settings.wiring {
            wiring = settings.wiring;
            wired = observed.worker(options(queue, observed), wiring);
        }
        ground.is_asked_for().await;
    }
}

/// What a process is told that is a worker.
#[derive(Serialize, Deserialize)]
struct Orders {
    address: String,
    queue: String,
    settings: Settings,
    is_upgraded: bool,
}

const ORDERS: &str = "PROGRAMS_WORKER";
const FOLDER: &str = "PROGRAMS_FOLDER";
const READY: &str = "the worker is ready";

/// Runs workers in processes of their own, which write their signals to a folder.
pub async fn work_apart(
    folder: &Path,
    settings: Settings,
    server: &Server,
    queue: &str,
    ground: &Ground,
) {
    let mut orders = Orders {
        address: server.address().await,
        queue: queue.to_owned(),
        settings,
        is_upgraded: false,
    };
    while !ground.is_over() {
        orders.is_upgraded = journal::is_upgraded();
        let mut child = spawn(folder, &orders).await;
        let stdin = Rc::new(RefCell::new(child.stdin.take()));
        let end = move || drop(stdin.borrow_mut().take());
        *ground.ends.borrow_mut() = vec![Rc::new(end)];
        ground.replaced.notify_one();
        tokio::select! {
            ended = child.wait() => {
                let ended = ended.expect("it was started here");
                assert!(ended.success(), "the worker's process ends by {ended}");
            }
            // SIGKILL.
            () = ground.dropped.notified() => child.kill().await.expect("it was started here"),
        }
        ground.is_asked_for().await;
    }
}

async fn spawn(folder: &Path, orders: &Orders) -> Child {
    let orders = serde_json::to_string(orders).expect("orders are data");
    let program = std::env::current_exe().expect("this process has a file");
    let mut child = Command::new(program)
        .args([
            "--ignored",
            "--exact",
            "--nocapture",
            "a_worker_in_a_process_of_its_own",
        ])
        .env(ORDERS, orders)
        .env(FOLDER, folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("a process can be started");
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    loop {
        let line = lines.next_line().await.expect("it can be read");
        let line = line.expect("the worker's process gets ready");
        if line.ends_with(READY) {
            // Whatever else it says is read, so that it never waits.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return child;
        }
    }
}

/// Is a worker until nobody holds this process's standard input.
pub async fn serve(tell: impl Fn(&str)) {
    let Ok(orders) = std::env::var(ORDERS) else {
        return;
    };
    let orders: Orders = serde_json::from_str(&orders).expect("a test wrote them");
    let folder = std::env::var(FOLDER).expect("a test said it");
    let folder = Path::new(&folder);
    journal::begin(false);
    if orders.is_upgraded {
        journal::upgrade();
    }
    journal::write_to(crate::emitted::append(&folder.join("journal")));
    let observed = Observed::to_files(orders.settings, folder);
    let _entered = observed.enter();
    let (server, ground) = (Server::There(orders.address), Ground::default());
    let stops = async {
        ground.begun().await;
        tell(READY);
        let end = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
        drop(end.await);
        ground.end();
    };
    tokio::join!(work(&observed, &server, &orders.queue, &ground), stops);
    observed.shut_down();
}
