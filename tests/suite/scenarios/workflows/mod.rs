//! Each logs at every step, in every place where workflow code runs.

mod commands;
mod messages;

use std::time::Duration;

use temporalio_sdk::ActivityOptions;

pub use self::{commands::*, messages::*};

fn soon() -> Duration {
    Duration::from_millis(20)
}

fn options() -> ActivityOptions {
    ActivityOptions::start_to_close_timeout(Duration::from_secs(20))
}
