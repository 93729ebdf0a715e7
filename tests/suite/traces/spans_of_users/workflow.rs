//! A workflow and an activity that open spans of their own, by each way there is.

use std::{cell::RefCell, time::Duration};

use chronoscope::trace::Tracer;
use opentelemetry::trace::{Span as _, Tracer as _};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, SyncWorkflowContext, WorkflowContext, WorkflowContextView, WorkflowResult,
    activities::{ActivityContext, ActivityError},
};
use tracing::{Instrument as _, info, info_span, instrument};

thread_local! {
    /// What the code below makes spans with. Tests share a process, but no thread.
    static TRACER: RefCell<Option<Tracer>> = const { RefCell::new(None) };
}

pub fn set_tracer(tracer: Tracer) {
    TRACER.set(Some(tracer));
}

/// Opens a span through OpenTelemetry's API.
fn by_hand(name: &'static str) -> chronoscope::trace::Span {
    TRACER.with_borrow(|tracer| tracer.as_ref().unwrap().start(name))
}

/// Logs a line in a span, both of this name.
fn in_span(span: tracing::Span) {
    let name = span.metadata().unwrap().name();
    span.in_scope(|| info!("{name}"));
}

#[instrument(name = "instrumented")]
fn compute(n: u32) -> u32 {
    info!("instrumented");
    n + 1
}

pub struct Tools;

#[activities]
impl Tools {
    #[activity]
    #[instrument(name = "in an activity", skip_all)]
    pub async fn work(_ctx: ActivityContext, _input: ()) -> Result<(), ActivityError> {
        info!("in an activity");
        tokio::task::yield_now().await;
        in_span(info_span!("within an activity"));
        by_hand("by hand in an activity").end();
        Ok(())
    }
}

#[workflow]
#[derive(Default)]
pub struct Spanned {
    finished: bool,
}

#[workflow_methods]
impl Spanned {
    #[run]
    pub async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        let mut opened = by_hand("by hand across tasks");
        info!("in the run");
        let across = async {
            info!("across tasks");
            in_span(info_span!("in the first task"));
            ctx.timer(Duration::from_millis(20)).await;
            info!("across tasks, later");
            in_span(info_span!("in the second task"));
            let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(20));
            ctx.execute_activity(Tools::work, (), options).await
        };
        across.instrument(info_span!("across tasks")).await?;
        opened.end();
        compute(1);
        by_hand("by hand").end();
        ctx.wait_condition(|state: &Self| state.finished).await?;
        Ok(())
    }

    #[signal]
    pub fn finish(&mut self, _ctx: &mut SyncWorkflowContext<Self>) {
        in_span(info_span!("in a signal"));
        self.finished = true;
    }

    #[query]
    pub fn ask(&self, _ctx: &WorkflowContextView) -> bool {
        in_span(info_span!("in a query"));
        by_hand("by hand in a query").end();
        self.finished
    }

    #[update_validator(step)]
    fn validate_step(
        &self,
        _ctx: &WorkflowContextView,
        n: &i32,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        in_span(info_span!("in a validator"));
        match *n {
            ..0 => Err("negative".into()),
            _ => Ok(()),
        }
    }

    #[update]
    pub async fn step(ctx: &mut WorkflowContext<Self>, _n: i32) {
        let slowly = async {
            info!("in an update");
            ctx.timer(Duration::from_millis(20)).await;
            info!("in an update, later");
        };
        slowly.instrument(info_span!("in an update")).await;
    }
}
