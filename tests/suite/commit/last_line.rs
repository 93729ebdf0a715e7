//! The line about a run that ends over an open handler, held until the server has accepted the end.

use temporalio_client::WorkflowSignalOptions;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{WorkerOptions, WorkflowContext, WorkflowResult};

use super::setting::Program;
use crate::support::{end, observed, start, unique};

#[workflow]
#[derive(Default)]
struct Hasty {
    is_told: bool,
}

#[workflow_methods]
impl Hasty {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>, _input: ()) -> WorkflowResult<()> {
        ctx.wait_condition(|hasty: &Self| hasty.is_told).await?;
        Ok(())
    }

    #[signal]
    async fn wait(ctx: &mut WorkflowContext<Self>) {
        ctx.state_mut(|hasty| hasty.is_told = true);
        let _ = ctx.wait_condition(|_| false).await;
    }
}

#[tokio::test]
async fn is_written_once_when_the_end_was_accepted() {
    for is_held in [true, false] {
        let program = match is_held {
            true => Program::holding().await,
            false => Program::at_once(false).await,
        };
        let queue = unique("hasty");
        let options = WorkerOptions::new(&*queue)
            .register_workflow::<Hasty>()
            .unwrap()
            .build();
        observed(&program.client, &program.observability, options, async {
            let run = start(&program.client, &queue, Hasty::run, ()).await;
            let signal = run.signal(Hasty::wait, (), WorkflowSignalOptions::default());
            signal.await.unwrap();
            end(&run).await;
        })
        .await;
        let said = program.lines.text();
        let times = said.matches("unfinished handlers").count();
        assert_eq!(times, 1, "held: {is_held}: {said}");
    }
}
