//! The activity that writes a letter.

use chronoscope::info;
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};

pub struct Post;

#[activities]
impl Post {
    #[activity]
    pub async fn write(_ctx: ActivityContext, _input: ()) -> Result<(), ActivityError> {
        info!("writing");
        Ok(())
    }
}
