//! Payloads that only client and worker can read: encrypted by a codec of the data converter.
//!
//! All examples share the codec, and encrypt with `--encryption-key`. This one always encrypts, and
//! shows the payloads that the server stores.
//!
//! The history holds arguments, results and the activity's input as encrypted payloads. Trace
//! headers stay in the clear, so the trace continues, and log lines have exactly what the code
//! logs.

#![allow(unreachable_pub, clippy::print_stdout, reason = "not a library")]

mod activities;
mod workflows;

use std::process::ExitCode;

use activities::{Patient, Surgery};
use anyhow::{Result, ensure};
use clap::Parser;
use prost::Message as _;
use support::{Example, Flags, TaskQueue, exit, result};
use temporalio_client::WorkflowFetchHistoryOptions;
use temporalio_common::protos::temporal::api::{
    common::v1::Payload,
    history::v1::{History, history_event::Attributes},
};
use workflows::Consultation;

#[derive(Parser)]
#[command(about = "Keeps a patient's secret from the server")]
struct Args {
    #[command(flatten)]
    flags: Flags,

    /// The patient's secret.
    #[arg(long, default_value = "hates parsley")]
    secret: String,
}

#[tokio::main]
pub async fn main() -> ExitCode {
    exit(run(Args::parse()).await)
}

async fn run(mut args: Args) -> Result<()> {
    let key = &mut args.flags.encryption_key;
    key.get_or_insert_with(|| EXAMPLE_KEY.to_owned());
    let example = Example::install(args.flags).await?;
    let queue = example.task_queue("consultation");
    let mut worker = example.worker(&queue);
    worker
        .register_workflow::<Consultation>()?
        .register_activities(Surgery);
    example
        .play(worker, async || consult(&queue, &args.secret).await)
        .await
}

/// A real key comes from a key management service, and is rotated.
const EXAMPLE_KEY: &str = "test-key-test-key-test-key-test!";

async fn consult(queue: &TaskQueue, secret: &str) -> Result<String> {
    let patient = Patient {
        name: "Ada".to_owned(),
        secret: secret.to_owned(),
    };
    let consultation = queue.start(Consultation::run, patient).await?;
    let advice = result(&consultation).await?;

    // The history as stored on the server, for everybody with access to it.
    let options = WorkflowFetchHistoryOptions::default();
    let events = consultation.fetch_history(options).into_events().await?;
    let input = events.iter().find_map(|event| match &event.attributes {
        Some(Attributes::WorkflowExecutionStartedEventAttributes(started)) => {
            started.input.as_ref()?.payloads.first().map(described)
        }
        _ => None,
    });
    let stored = History { events }.encode_to_vec();
    let in_clear = |text: &str| {
        stored
            .windows(text.len().max(1))
            .any(|part| part == text.as_bytes())
    };
    ensure!(!in_clear(secret), "the secret is in the history");
    ensure!(!in_clear(&advice), "the advice is in the history");
    Ok(format!(
        "advice of {} letters; the server's copy of the patient: {}",
        advice.len(),
        input.unwrap_or_default()
    ))
}

fn described(payload: &Payload) -> String {
    let metadata = |name: &str| {
        let value = payload.metadata.get(name);
        String::from_utf8_lossy(value.map_or(&[], Vec::as_slice)).into_owned()
    };
    format!(
        "{} bytes of {}, key {}",
        payload.data.len(),
        metadata("encoding"),
        metadata("encryption-key-id")
    )
}
