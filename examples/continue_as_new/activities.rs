use chronoscope::info;
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};

/// Has the book.
pub struct Library;

#[activities]
impl Library {
    /// Returns how many words a page has.
    #[activity]
    pub async fn read(_ctx: ActivityContext, page: u32) -> Result<u32, ActivityError> {
        info!(page, "reading");
        Ok(300 + page)
    }
}
