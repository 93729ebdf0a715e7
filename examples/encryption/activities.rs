//! The activity that examines a patient.

use chronoscope::info;
use serde::{Deserialize, Serialize};
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Patient {
    pub name: String,
    pub secret: String,
}

pub struct Surgery;

#[activities]
impl Surgery {
    #[activity]
    pub async fn examine(_ctx: ActivityContext, patient: Patient) -> Result<String, ActivityError> {
        info!("examining");
        Ok(format!("{} {}: so let it be", patient.name, patient.secret))
    }
}
