//! No record of a run outlives the worker that had the run in its cache.

use std::sync::atomic::{AtomicUsize, Ordering};

use chronoscope_testserver::TestServer;
use temporalio_client::{Client, WorkflowQueryOptions};
use temporalio_sdk::{Runtime, Worker, runtime::RuntimeOptions};

use super::{Observing, worker, workflows::Answering};
use crate::support::{sized, start, unique};

#[tokio::test]
async fn workers_of_clones_that_are_restarted_leave_no_record() {
    // How often each of three workers is restarted, and how many runs each start leaves open.
    let (restarts, runs) = sized((5, 40), (17, 100));
    let observing = Observing::new();
    let server = TestServer::start().await;
    // One connection takes one worker of a queue.
    let clients = [
        server.client("default").await.unwrap(),
        server.client("default").await.unwrap(),
        server.client("default").await.unwrap(),
    ];
    let runtime = Runtime::from_current_tokio(RuntimeOptions::default()).unwrap();
    let queue = unique("clones");
    let options = observing.observability().wrap(worker(&queue, 1000));
    let most = AtomicUsize::new(0);
    for _ in 0..restarts {
        let of_one = |client: Client| async {
            let client = client;
            let mut worker = Worker::new(&runtime, client.clone(), options.clone()).unwrap();
            let end = worker.shutdown_handle();
            let plays = async {
                for _ in 0..runs {
                    let run = start(&client, &queue, Answering::run, ()).await;
                    // The answer shows that the run is cached.
                    let query = WorkflowQueryOptions::default();
                    run.query(Answering::ask, String::new(), query)
                        .await
                        .unwrap();
                }
                let records = observing.observability().health().runs;
                most.fetch_max(usize::try_from(records).unwrap(), Ordering::Relaxed);
                end();
            };
            let (ran, ()) = tokio::join!(worker.run(), plays);
            ran.unwrap();
        };
        let [one, two, three] = clients.clone();
        tokio::join!(of_one(one), of_one(two), of_one(three));
    }
    assert!(most.load(Ordering::Relaxed) >= runs, "{most:?}");
    assert_eq!(observing.observability().health().runs, 0);
}
