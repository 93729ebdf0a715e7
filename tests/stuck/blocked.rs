//! Workflow code that blocks its worker.

use std::{
    collections::BTreeMap,
    sync::{
        LazyLock, Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    time::Duration,
};

use chronoscope::Observability;
use chronoscope_testserver::TestServer;
use temporalio_client::{
    WorkflowExecuteUpdateOptions, WorkflowGetResultOptions, WorkflowQueryOptions,
};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    SyncWorkflowContext, WorkerOptions, WorkflowContext, WorkflowContextView, WorkflowResult,
};

use super::{Lines, QUEUE, Recorded, connect, observed, said, start};
use crate::support::blocking_moment;

/// What holds up the code of a run, by a name that its input has.
static GATES: LazyLock<Mutex<BTreeMap<String, Receiver<()>>>> = LazyLock::new(Mutex::default);

/// Makes a gate that is shut until the returned end is dropped.
fn shut(name: &str) -> Sender<()> {
    let (sender, receiver) = channel();
    GATES.lock().unwrap().insert(name.to_owned(), receiver);
    sender
}

/// Waits at a gate, if there is one, and keeps the thread meanwhile.
fn pass(name: &str) {
    let gate = GATES.lock().unwrap().remove(name);
    if let Some(gate) = gate {
        let _ = gate.recv();
    }
}

/// Blocks wherever there is a gate.
#[workflow]
struct Blocking {
    name: String,
    done: bool,
}

#[workflow_methods]
impl Blocking {
    #[init]
    fn new(_: &WorkflowContextView, name: String) -> Self {
        pass(&format!("{name} init"));
        Self { name, done: false }
    }

    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        let name = ctx.state(|blocking| blocking.name.clone());
        pass(&format!("{name} run"));
        ctx.wait_condition(|blocking| blocking.done).await?;
        Ok(())
    }

    #[query]
    fn ask(&self, _: &WorkflowContextView) -> bool {
        pass(&format!("{} query", self.name));
        self.done
    }

    #[update_validator(finish)]
    fn may_finish(
        &self,
        _: &WorkflowContextView,
        (): &(),
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        pass(&format!("{} validator", self.name));
        Ok(())
    }

    #[update]
    fn finish(&mut self, _: &mut SyncWorkflowContext<Self>, (): ()) {
        self.done = true;
    }
}

/// Opens a gate when a line says that it blocks, and waits for the line that says that it did.
fn opens_when_said(lines: Lines, gate: Sender<()>) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        until(|| !said(&lines, "workflow code blocks its worker").is_empty());
        assert!(said(&lines, "has returned").is_empty());
        drop(gate);
        until(|| !said(&lines, "has returned").is_empty());
    })
}

fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        blocking_moment();
    }
}

#[tokio::test]
async fn code_that_blocks_is_seen_while_it_does_wherever_it_is() {
    for place in ["init", "run", "query", "validator"] {
        let (lines, recorded) = (Lines::default(), Recorded::default());
        let _default = lines.set_default();
        let observability = Observability::builder()
            .metrics(|m| m.recorder(recorded.recorder()))
            .stuck(|s| s.blocked_after(Duration::from_millis(400)))
            .build()
            .unwrap();
        let server = TestServer::builder().start().await;
        let client = connect(&server, &observability).await;
        let options = WorkerOptions::new(QUEUE)
            .register_workflow::<Blocking>()
            .unwrap()
            .build();
        let name = format!("secret-{place}");
        let opener = opens_when_said(lines.clone(), shut(&format!("{name} {place}")));
        observed(&client, &observability, options, async {
            let run = start(&client, Blocking::run, name).await;
            let options = WorkflowQueryOptions::default();
            run.query(Blocking::ask, (), options).await.unwrap();
            let options = WorkflowExecuteUpdateOptions::default();
            run.execute_update(Blocking::finish, (), options)
                .await
                .unwrap();
            run.get_result(WorkflowGetResultOptions::default())
                .await
                .unwrap();
            tokio::task::spawn_blocking(|| opener.join().unwrap())
                .await
                .unwrap();
        })
        .await;
        for part in ["workflow code blocks its worker", "has returned"] {
            let said = said(&lines, part);
            assert_eq!(said.len(), 1, "{place} {said:?}");
            assert_eq!(said[0]["workflow_type"], "Blocking");
            assert_eq!(said[0]["task_queue"], QUEUE);
            assert!(said[0]["run_id"].is_string());
            assert!(said[0]["fields"]["seconds"].as_f64().unwrap() >= 0.4);
            assert!(!said[0].to_string().contains("secret"));
        }
        let counted = recorded.sum("temporal_workflow_blocked_total");
        assert_eq!(counted, 1.0, "{place}");
    }
}

#[tokio::test]
async fn polls_that_return_are_not_told_and_zero_tells_of_none() {
    for threshold in [Duration::ZERO, Duration::from_secs(600)] {
        let lines = Lines::default();
        let _default = lines.set_default();
        let observability = Observability::builder().stuck(|s| s.blocked_after(threshold));
        let observability = observability.build().unwrap();
        let server = TestServer::builder().start().await;
        let client = connect(&server, &observability).await;
        let options = WorkerOptions::new(QUEUE)
            .register_workflow::<Blocking>()
            .unwrap()
            .build();
        observed(&client, &observability, options, async {
            let run = start(&client, Blocking::run, "open".to_owned()).await;
            let options = WorkflowExecuteUpdateOptions::default();
            run.execute_update(Blocking::finish, (), options)
                .await
                .unwrap();
            run.get_result(WorkflowGetResultOptions::default())
                .await
                .unwrap();
        })
        .await;
        assert!(said(&lines, "block").is_empty(), "{}", lines.text());
    }
}
