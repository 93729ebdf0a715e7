//! The kit for users' own tests, used as they would: several tests of one program at the same time.

#![allow(missing_docs, unreachable_pub, clippy::expect_used, reason = "a test")]

// The SDK's futures are compiled there, once.
use ::support as _;

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use chronoscope::{
    Observability,
    commit::{Emission, OnCommit},
    execution::Policy,
    info,
    metrics::{counter, gauge, histogram},
    rebuild::Recording,
    testing::{Capture, emits_once, expect, replays_neutrally, replays_neutrally_under},
    trace::Granularity,
};
use chronoscope_testserver::TestServer;
use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, Url, WorkflowFetchHistoryOptions,
    WorkflowGetResultOptions, WorkflowQueryOptions, WorkflowStartOptions,
};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, Runtime, Worker, WorkerOptions, WorkflowContext, WorkflowContextView,
    WorkflowResult,
    activities::{ActivityContext, ActivityError},
    runtime::RuntimeOptions,
    workflow_replayer::WorkflowReplayerOptions,
};

struct Packing;

#[activities]
impl Packing {
    #[activity]
    async fn pack(_ctx: ActivityContext, item: String) -> Result<(), ActivityError> {
        log::warn!("packing {item}");
        tracing::info_span!("wrap it").in_scope(|| histogram!("parcel_grams").record(250.0));
        Ok(())
    }
}

#[workflow]
#[derive(Default)]
struct Order;

#[workflow_methods]
impl Order {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, item: String) -> WorkflowResult<()> {
        info!(item, attempt_no = 1, "ordered");
        // Two equal lines, of the same code, are two lines.
        for _ in 0..2 {
            tracing::info!("knock");
        }
        counter!("orders_total", "kind" => "express").increment(2);
        gauge!("orders_open").set(7.0);
        ctx.timer(Duration::from_secs(3600)).await;
        let step = tracing::info_span!("pack").entered();
        drop(step);
        let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(5));
        ctx.execute_activity(Packing::pack, item, options).await?;
        info!("sent");
        Ok(())
    }

    #[query]
    fn asked(&self, _ctx: &WorkflowContextView) {
        info!("asked");
    }
}

/// How often its task still fails.
static FAILURES: AtomicU32 = AtomicU32::new(2);

#[workflow]
#[derive(Default)]
struct Clumsy;

#[workflow_methods]
impl Clumsy {
    #[run]
    async fn run(_ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        info!("about to drop it");
        let left = FAILURES.load(Ordering::Relaxed);
        FAILURES.store(left.saturating_sub(1), Ordering::Relaxed);
        assert_eq!(left, 0, "dropped");
        Ok(())
    }
}

fn worker() -> WorkerOptions {
    WorkerOptions::new("orders")
        .max_cached_workflows(0usize)
        .register_workflow::<Order>()
        .expect("nothing is registered twice")
        .register_activities(Packing)
        .build()
}

fn replayer() -> WorkflowReplayerOptions {
    WorkflowReplayerOptions::new()
        .register_workflow::<Order>()
        .expect("nothing is registered twice")
        .build()
}

/// Runs an order on a server of its own, and returns its history.
async fn order(options: WorkerOptions, item: &str) -> Recording {
    let server = TestServer::builder().auto_skip().start().await;
    let client = server.client("default").await.expect("it serves");
    working(&client, options, work(&client, item)).await
}

/// Runs a worker as long as something goes on.
async fn working<T>(client: &Client, options: WorkerOptions, on: impl Future<Output = T>) -> T {
    let runtime = Runtime::from_current_tokio(RuntimeOptions::default()).expect("there is one");
    let mut worker = Worker::new(&runtime, client.clone(), options).expect("the options are good");
    let end = worker.shutdown_handle();
    let (worked, done) = tokio::join!(worker.run(), async {
        let done = on.await;
        end();
        done
    });
    worked.expect("it works until it is told to end");
    done
}

async fn work(client: &Client, item: &str) -> Recording {
    let options = WorkflowStartOptions::new("orders", "order-7").build();
    let run = client.start_workflow(Order::run, item.to_owned(), options);
    let run = run.await.expect("it starts");
    let options = WorkflowGetResultOptions::default();
    run.get_result(options).await.expect("it completes");
    let asked = run.query(Order::asked, (), WorkflowQueryOptions::default());
    asked.await.expect("it answers");
    let history = run.fetch_history(WorkflowFetchHistoryOptions::default());
    let file = history.to_json().await.expect("it is there");
    Recording::read("default", &file).expect("it can be read")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_sees_what_its_worker_emits_once_each() {
    let capture = Capture::new();
    let history = order(capture.wrap(worker()), "socks").await;

    let ordered = expect::line("ordered").field("item", "socks");
    let ordered = ordered
        .field("attempt_no", 1)
        .field("workflow_id", "order-7");
    capture.assert(ordered.once());
    assert_eq!(capture.count(&expect::line("knock")), 2);
    let packing = expect::line("packing socks").field("activity_type", "Packing::pack");
    capture.assert(packing.once());
    capture.assert(expect::line("asked").field("query_name", "asked").once());
    let orders = expect::counter("orders_total").field("workflow_type", "Order");
    capture.assert(orders.field("kind", "express").times(2));
    capture.assert(expect::gauge("orders_open").value(7.0).once());
    capture.assert(expect::histogram("parcel_grams").value(250.0).once());
    let completed = expect::counter("temporal_workflow_outcome_total");
    capture.assert(completed.field("outcome", "completed").once());
    for span in [
        "RunWorkflow:Order",
        "RunActivity:Packing::pack",
        "pack",
        "wrap it",
    ] {
        capture.assert(expect::span(span).once());
    }

    // A line's own fields, and what it got from where it was written.
    let mut lines = capture.lines();
    lines.retain(|line| line.message == "ordered");
    let own: Vec<_> = lines[0].fields.keys().collect();
    assert_eq!(own, ["attempt_no", "item"]);
    let spans = capture.spans();
    let run = spans.iter().find(|span| span.name == "RunWorkflow:Order");
    let trace = run.expect("it ended").span_context.trace_id().to_string();
    assert_eq!(lines[0].field("trace_id"), Some(&*trace));

    emits_once(history, replayer(), &capture)
        .await
        .expect("nothing came twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn tests_at_the_same_time_see_nothing_of_each_other() {
    let marked = Observability::builder().traces(|t| t.granularity(Granularity::Marker));
    let captures = [
        Capture::new(),
        Capture::of(marked).expect("nothing is opened"),
    ];
    let orders = [
        order(captures[0].wrap(worker()), "hats"),
        order(captures[1].wrap(worker()), "gloves"),
    ];
    futures::future::join_all(orders).await;
    for (capture, own, other) in [
        (&captures[0], "hats", "gloves"),
        (&captures[1], "gloves", "hats"),
    ] {
        capture.assert(expect::line("ordered").once());
        capture.assert(expect::line("ordered").field("item", own).once());
        capture.assert(expect::line("ordered").field("item", other).never());
        capture.assert(expect::counter("orders_total").times(2));
        capture.assert(expect::span("wrap it").once());
    }
    captures[0].assert(expect::span("RunWorkflow:Order").once());
    captures[1].assert(expect::span("RunWorkflow:Order").never());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_came_twice_is_told_from_two_equal_lines() {
    let capture = Capture::new();
    let first = order(capture.wrap(worker()), "shoes").await;
    emits_once(first, replayer(), &capture)
        .await
        .expect("two knocks are two lines");

    // With replay shown, each line comes at every task.
    let shown = Observability::builder().replay_policy(Policy::Show);
    let shown = Capture::of(shown).expect("nothing is opened");
    let history = order(shown.wrap(worker()), "shoes").await;
    let repeated = emits_once(history, replayer(), &shown).await;
    let repeated = repeated.expect_err("they came again").to_string();
    assert!(repeated.contains(r#"INFO line "ordered": "#), "{repeated}");
    assert!(
        repeated.contains("where its code writes it 2 times"),
        "{repeated}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn histories_replay_with_it_and_without_and_silently() {
    let capture = Capture::new();
    let history = order(capture.wrap(worker()), "ties").await;
    let file = serde_json::to_vec(&serde_json::json!({ "events": [] })).expect("it is JSON");
    assert!(
        Recording::read("default", &file).is_err(),
        "no history at all"
    );
    replays_neutrally([history], replayer())
        .await
        .expect("it is neutral");

    let history = order(capture.wrap(worker()), "ties").await;
    let shown = Observability::builder().replay_policy(Policy::Show);
    let loud = replays_neutrally_under(shown, [history], replayer()).await;
    let loud = loud.expect_err("its lines are shown").to_string();
    let begins =
        "history 0 (workflow \"order-7\") emitted something in its replay: line \"ordered\"";
    assert!(loud.starts_with(begins), "{loud}");

    #[workflow]
    #[derive(Default)]
    struct Changed;

    #[workflow_methods]
    impl Changed {
        #[run(name = "Order")]
        async fn run(ctx: &mut WorkflowContext<Self>, _item: String) -> WorkflowResult<()> {
            let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(5));
            ctx.execute_activity(Packing::pack, "ties".to_owned(), options)
                .await?;
            Ok(())
        }
    }

    let history = order(capture.wrap(worker()), "ties").await;
    let changed = WorkflowReplayerOptions::new()
        .register_workflow::<Changed>()
        .expect("nothing is registered twice")
        .build();
    let refused = replays_neutrally([history], changed).await;
    let refused = refused.expect_err("other commands").to_string();
    assert!(
        refused.starts_with("history 0 (workflow \"order-7\") does not replay without chronoscope"),
        "{refused}"
    );
}

#[test]
fn an_unmet_expectation_says_what_is_there_instead() {
    let capture = Capture::new();
    let unmet = capture.check(&expect::line("sent").field("item", "socks").once());
    let unmet = unmet.expect_err("nothing was emitted").to_string();
    let expected = "expected line \"sent\" with item=socks once, found 0; no line was captured";
    assert_eq!(unmet, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_of_a_refused_task_are_captured_once_and_marked_where_signals_are_held() {
    let server = TestServer::builder().auto_skip().start().await;
    let on_commit = Emission::OnCommit(OnCommit::default());
    let capture = Capture::of(Observability::builder().emission(on_commit)).expect("it is valid");
    let nowhere = Url::parse("http://localhost:7233").expect("it is one");
    let options = ConnectionOptions::new(nowhere).build();
    let connection = Connection::connect(capture.wrap(server.wrap(options)));
    let options = capture.wrap(ClientOptions::new("default").build());
    let client = Client::new(connection.await.expect("it serves"), options).expect("it is one");
    let options = WorkerOptions::new("clumsy")
        .register_workflow::<Clumsy>()
        .expect("nothing is registered twice")
        .build();
    let history = working(&client, capture.wrap(options), async {
        let options = WorkflowStartOptions::new("clumsy", "clumsy-1").build();
        let run = client.start_workflow(Clumsy::run, (), options).await;
        let run = run.expect("it starts");
        let options = WorkflowGetResultOptions::default();
        run.get_result(options).await.expect("it completes");
        Recording::new(
            "default",
            run.fetch_history(WorkflowFetchHistoryOptions::default()),
        )
    })
    .await;
    let lines = capture.lines();
    let dropped: Vec<_> = lines
        .iter()
        .filter(|line| line.message == "about to drop it")
        .map(|line| (line.field("task_failed"), line.field("task_attempt")))
        .collect();
    assert_eq!(dropped, [(Some("true"), Some("1")), (None, None)]);
    let commits = capture.observability().health().commits;
    assert_eq!((commits.shown.lines, commits.released.lines), (1, 1));
    let replayer = WorkflowReplayerOptions::new()
        .register_workflow::<Clumsy>()
        .expect("nothing is registered twice")
        .build();
    emits_once(history, replayer, &capture)
        .await
        .expect("the marked line is no line of the run");
}
