//! The activity that reads a page.

use chronoscope::info;
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};

/// Owns the book.
pub struct Library;

#[activities]
impl Library {
    /// Returns the number of words of a page.
    #[activity]
    pub async fn read(_ctx: ActivityContext, page: u32) -> Result<u32, ActivityError> {
        info!(page, "reading");
        Ok(300 + page)
    }
}
