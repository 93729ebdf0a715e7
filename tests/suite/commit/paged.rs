//! Completions that are sent in pages, which no server of the tests takes yet: a layer puts them
//! together.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;
use chronoscope::rpc::{Request, Response, RpcService, Stack};
use chronoscope_testserver::Fault;
use prost::Message;
use temporalio_client::{WorkflowGetResultOptions, WorkflowStartOptions, tonic::Status};
use temporalio_common::protos::temporal::api::workflowservice::v1::{
    DescribeNamespaceResponse, RespondWorkflowTaskCompletedRequest,
};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, WorkerOptions, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
    workflows,
};
use tower::{BoxError, ServiceExt as _, layer::layer_fn, service_fn};

use super::{gate::completes, setting::Program};
use crate::support::{moment, observed, unique};

/// The pages that wait for the last one, and how many there were.
#[derive(Clone, Default)]
struct Pages(Arc<Mutex<Vec<Page>>>, Arc<AtomicUsize>);

type Page = RespondWorkflowTaskCompletedRequest;

impl Pages {
    /// A layer that takes pages, and says that the server does.
    fn stack(&self) -> Stack {
        let pages = self.clone();
        Stack::new().calls(layer_fn(move |inner: RpcService| {
            let pages = pages.clone();
            service_fn(move |request: Request| pages.clone().pass(inner.clone(), request))
        }))
    }

    async fn pass(self, inner: RpcService, request: Request) -> Result<Response, BoxError> {
        if request.uri().path().ends_with("/DescribeNamespace") {
            return Ok(offers(inner.oneshot(request).await?)?);
        }
        if !completes(&request) {
            return inner.oneshot(request).await;
        }
        let mut page = Page::decode(request.body().clone())?;
        if page.intermediate_page {
            self.1.fetch_add(1, Ordering::SeqCst);
            self.0.lock().unwrap().push(page);
            return Ok(Response::new(Bytes::new()));
        }
        let mut pages = std::mem::take(&mut *self.0.lock().unwrap());
        pages.sort_by_key(|page| page.page_number);
        let before = pages.into_iter().flat_map(|page| page.commands);
        page.commands = before.chain(page.commands).collect();
        let (parts, _) = request.into_parts();
        let whole = Request::from_parts(parts, page.encode_to_vec().into());
        inner.oneshot(whole).await
    }
}

/// Adds to the description of a namespace that it takes pages.
fn offers(response: Response) -> Result<Response, prost::DecodeError> {
    let (parts, body) = response.into_parts();
    let mut described = DescribeNamespaceResponse::decode(body)?;
    let namespace = described.namespace_info.get_or_insert_default();
    let capabilities = namespace.capabilities.get_or_insert_default();
    capabilities.workflow_task_completion_pagination = true;
    let body = Bytes::from(described.encode_to_vec());
    Ok(Response::from_parts(parts, body))
}

struct Idle;

#[activities]
impl Idle {
    #[activity]
    async fn idle(_ctx: ActivityContext, _input: String) -> Result<(), ActivityError> {
        Ok(())
    }
}

#[workflow]
#[derive(Default)]
struct Long;

#[workflow_methods]
impl Long {
    /// More commands in its first task than a page has, and less than a message may have.
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        tracing::info!("calls");
        let calls = (0..4).map(|_| {
            let options =
                ActivityOptions::start_to_close_timeout(std::time::Duration::from_secs(60));
            ctx.execute_activity(Idle::idle, "x".repeat(940 << 10), options)
        });
        for call in workflows::join_all(calls).await {
            call?;
        }
        tracing::info!("ends");
        Ok(())
    }
}

/// Runs it, with what the server says to the last page of its first task.
async fn run(refuses: bool) -> Program {
    let pages = Pages::default();
    let program = Program::between([pages.stack(), Stack::new()]).await;
    let queue = unique("pages");
    let options = WorkerOptions::new(&*queue)
        .register_activities(Idle)
        .register_workflow::<Long>()
        .unwrap()
        .build();
    if refuses {
        let refused = Status::invalid_argument("BadScheduleActivityAttributes: on purpose");
        let fault = Fault::Fail(refused);
        program.server.inject("RespondWorkflowTaskCompleted", fault);
    }
    observed(&program.client, &program.observability, options, async {
        let options = WorkflowStartOptions::new(&*queue, &*queue).build();
        let run = program.client.start_workflow(Long::run, (), options);
        let run = run.await.unwrap();
        while refuses && program.commits().shown.lines == 0 {
            moment().await;
        }
        if refuses {
            let server = &program.server;
            assert!(server.expire_workflow_task("default", &queue).unwrap());
        }
        let result = run.get_result(WorkflowGetResultOptions::default());
        result.await.unwrap();
    })
    .await;
    assert!(pages.1.load(Ordering::SeqCst) > 0);
    program
}

#[tokio::test]
async fn only_the_last_page_decides() {
    for refuses in [false, true] {
        let program = run(refuses).await;
        let (marked, plain) = program.split();
        assert_eq!(plain, ["calls", "ends"]);
        assert_eq!(marked.len(), usize::from(refuses));
        assert_eq!(program.commits().asked, 0);
        assert_eq!(program.seen("RunWorkflow completed"), 1);
    }
}
