//! The workflow that reads a book, two pages per run.

use std::time::Duration;

use chronoscope::info;
use serde::{Deserialize, Serialize};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{ActivityOptions, ContinueAsNewOptions, WorkflowContext, WorkflowResult};

use super::activities::Library;

const BOOK: u32 = 5;
const PAGES_A_RUN: u32 = 2;

/// The state that one run passes to the next.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Reading {
    pub pages: u32,
    pub words: u32,
    pub runs: u32,
}

/// Reads a book.
#[workflow]
#[derive(Default)]
pub struct Reader;

#[workflow_methods]
impl Reader {
    #[run]
    pub async fn run(
        ctx: &mut WorkflowContext<Self>,
        mut reading: Reading,
    ) -> WorkflowResult<Reading> {
        reading.runs += 1;
        info!(run = reading.runs, "book opened");
        for _ in 0..PAGES_A_RUN.min(BOOK - reading.pages) {
            let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(10));
            reading.words += ctx
                .execute_activity(Library::read, reading.pages, options)
                .await?;
            reading.pages += 1;
            info!(page = reading.pages, "page read");
        }
        // A workflow that does not know its own size checks `ctx.continue_as_new_suggested()`.
        if reading.pages < BOOK {
            info!("continuing in a new run");
            match ctx.continue_as_new(reading, ContinueAsNewOptions::default())? {}
        }
        info!("book read");
        Ok(reading)
    }
}
