//! Code that panics, in each place of a workflow where it may.

use std::sync::atomic::Ordering;

use temporalio_client::{
    WorkflowExecuteUpdateOptions, WorkflowGetResultOptions, WorkflowQueryOptions,
    WorkflowSignalOptions, WorkflowStartOptions,
};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    SyncWorkflowContext, WorkerOptions, WorkflowContext, WorkflowContextView, WorkflowResult,
};

use super::setting::{Program, fail_first, is_to_fail};
use crate::support::{moment, observed, unique};

/// How often the code panics.
const TIMES: u32 = 3;

/// Where it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Run,
    Signal,
    Update,
    Validator,
    Query,
}

fn said(place: Place) -> String {
    format!("{place:?} says something")
}

/// Logs in a place, and panics if it is the one to panic in.
fn log(name: &str, place: Place) {
    tracing::info!("{}", said(place));
    let is_here = name.starts_with(&format!("{place:?}"));
    assert!(!(is_here && is_to_fail(name)), "on purpose");
}

#[workflow]
struct Panicking {
    name: String,
    is_told: bool,
}

#[workflow_methods]
impl Panicking {
    #[init]
    fn new(_ctx: &WorkflowContextView, name: String) -> Self {
        Self {
            name,
            is_told: false,
        }
    }

    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        let name = ctx.state(|panicking| panicking.name.clone());
        log(&name, Place::Run);
        ctx.wait_condition(|panicking: &Self| panicking.is_told)
            .await?;
        Ok(())
    }

    #[signal]
    fn tell(&mut self, _ctx: &mut SyncWorkflowContext<Self>) {
        log(&self.name, Place::Signal);
        self.is_told = true;
    }

    #[update_validator(change)]
    fn validate(
        &self,
        _ctx: &WorkflowContextView,
        _input: &(),
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        log(&self.name, Place::Validator);
        Ok(())
    }

    #[update]
    fn change(&mut self, _ctx: &mut SyncWorkflowContext<Self>, _input: ()) {
        log(&self.name, Place::Update);
    }

    #[query]
    fn ask(&self, _ctx: &WorkflowContextView) -> u32 {
        log(&self.name, Place::Query);
        1
    }
}

/// Runs a workflow that panics in a place, and is sent everything.
async fn panic_in(place: Place) -> Program {
    let program = Program::holding().await;
    let queue = unique(&format!("{place:?}"));
    let executions = fail_first(&queue, TIMES);
    let options = WorkerOptions::new(&*queue)
        .register_workflow::<Panicking>()
        .unwrap()
        .build();
    let (client, server) = (&program.client, &program.server);
    observed(client, &program.observability, options, async {
        let started = WorkflowStartOptions::new(&*queue, &*queue).build();
        let started = client.start_workflow(Panicking::run, queue.clone(), started);
        let run = started.await.unwrap();
        let sent = async {
            while !program.split().1.contains(&said(Place::Run)) {
                moment().await;
            }
            let options = WorkflowQueryOptions::default();
            while run
                .query(Panicking::ask, (), options.clone())
                .await
                .is_err()
            {}
            let options = WorkflowExecuteUpdateOptions::default();
            while (run
                .execute_update(Panicking::change, (), options.clone())
                .await)
                .is_err()
            {}
            let options = WorkflowSignalOptions::default();
            run.signal(Panicking::tell, (), options).await.unwrap();
            let result = run.get_result(WorkflowGetResultOptions::default());
            result.await.unwrap();
        };
        // The core reports the first failure of a task alone; the others time out.
        let expired = async {
            for attempt in 2..=TIMES {
                while executions.load(Ordering::SeqCst) < attempt {
                    moment().await;
                }
                if !matches!(place, Place::Validator | Place::Query) {
                    assert!(server.expire_workflow_task("default", &queue).unwrap());
                }
            }
        };
        tokio::join!(sent, expired);
    })
    .await;
    program
}

#[tokio::test]
async fn what_is_said_before_a_panic_comes_once_marked_and_once_not() {
    for place in [Place::Run, Place::Signal, Place::Update] {
        let program = panic_in(place).await;
        let (marked, plain) = program.split();
        for line in [Place::Run, Place::Signal, Place::Update].map(said) {
            let times = plain.iter().filter(|plain| **plain == line).count();
            assert_eq!(times, 1, "{place:?}: {line}");
        }
        let line = said(place);
        let [.., last] = &marked[..] else {
            panic!("{place:?}: nothing is marked");
        };
        assert_eq!(last["fields"]["message"], *line);
        assert_eq!(last["task_attempt"], 1, "{place:?}");
        let own = marked
            .iter()
            .filter(|marked| marked["fields"]["message"] == *line);
        assert_eq!(own.count(), 1, "{place:?}");
        let refused = u64::from(TIMES - 1) * marked.len() as u64;
        assert_eq!(program.commits().refused.lines, refused, "{place:?}");
        assert_eq!(program.commits().held, 0);
        assert_eq!(program.seen("RunWorkflow completed"), 1);
        assert_eq!(program.spans()["RunWorkflow:Panicking"], 1);
    }
}

#[tokio::test]
async fn what_fails_no_task_is_said_as_often_as_it_happens() {
    for place in [Place::Validator, Place::Query] {
        let program = panic_in(place).await;
        let (marked, plain) = program.split();
        let line = said(place);
        let times = plain.iter().filter(|plain| **plain == line).count();
        assert_eq!(times as u32, TIMES + 1, "{place:?}");
        assert!(marked.is_empty(), "{marked:?}");
        assert_eq!(program.commits().refused.total(), 0);
    }
}
