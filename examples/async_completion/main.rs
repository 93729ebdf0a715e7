//! Activities that end outside their worker: somebody else completes or fails them, by task token
//! or by id.
//!
//! The attempt in the worker ends as `completed asynchronously`; the client's call has its own
//! span.

#![allow(unreachable_pub, clippy::print_stdout, reason = "not a library")]

mod activities;
mod workflows;

use std::process::ExitCode;

use activities::{Desk, Question, Questions};
use anyhow::{Context as _, Result};
use support::{Example, Flags, TaskQueue, exit, result};
use temporalio_client::{ActivityIdentifier, RpcOptions};
use temporalio_sdk::ApplicationFailure;
use tokio::sync::{Mutex, mpsc};
use workflows::Survey;

#[tokio::main]
pub async fn main() -> ExitCode {
    let flags = Flags::parse("Asks three questions, which somebody else answers");
    exit(run(flags).await)
}

async fn run(flags: Flags) -> Result<()> {
    let example = Example::install(flags).await?;
    let queue = example.task_queue("survey");
    let (desk, questions) = mpsc::unbounded_channel();
    let mut worker = example.worker(&queue);
    worker
        .register_workflow::<Survey>()?
        .register_activities(Desk(desk));
    let questions = Mutex::new(questions);
    example
        .play(worker, async || {
            survey(&queue, &mut *questions.lock().await).await
        })
        .await
}

async fn survey(queue: &TaskQueue, questions: &mut Questions) -> Result<String> {
    let survey = queue.start(Survey::run, ()).await?;
    for _ in 0..3 {
        let question = questions.recv().await.context("no question came")?;
        answer(queue, question).await?;
    }
    Ok(result(&survey).await?.join(", "))
}

/// Does what a person would do in a web page, minutes or days later.
async fn answer(queue: &TaskQueue, question: Question) -> Result<()> {
    let by_token = ActivityIdentifier::from_task_token(question.token.into());
    let by_id = ActivityIdentifier::by_id_workflow(
        question.workflow_id,
        question.run_id,
        question.activity_id,
    );
    let client = |id| queue.client.get_async_activity_handle(id);
    let rpc = RpcOptions::default();
    match question.text.as_str() {
        "name" => {
            client(by_token)
                .complete(Some("Ada".to_owned()), rpc)
                .await?
        }
        "town" => {
            client(by_id)
                .complete(Some("London".to_owned()), rpc)
                .await?
        }
        _ => {
            let failure = ApplicationFailure::non_retryable("that is private");
            client(by_token).fail(failure, None::<()>, rpc).await?;
        }
    }
    Ok(())
}
