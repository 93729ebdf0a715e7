//! Why activities are not running, according to the server, asked on demand.

use chronoscope::introspect::v1::{ListPendingActivitiesRequest, PendingActivity, Run};

use crate::{fetch::Source, table::Table, why};

/// The most runs that are asked about at once.
const RUNS: usize = 20;

/// What the server said.
#[derive(Default)]
pub struct Asked {
    /// With the workflow id of each.
    activities: Vec<(String, PendingActivity)>,
    /// Why it said no more.
    pub error: Option<String>,
}

impl Asked {
    /// Asks about the first runs that wait for an activity and whose workflow id begins like this.
    pub async fn about(source: &mut Source, runs: &[Run], prefix: &str) -> Self {
        let mut asked = Self::default();
        let wait = |run: &&Run| run.waits.iter().any(|wait| wait.kind == "activity");
        let meant = |run: &&Run| run.workflow_id.starts_with(prefix);
        for run in runs.iter().filter(meant).filter(wait).take(RUNS) {
            let request = ListPendingActivitiesRequest {
                namespace: run.namespace.clone(),
                workflow_id: run.workflow_id.clone(),
                run_id: run.run_id.clone(),
            };
            match source.pending(request).await {
                Ok(said) => {
                    let said = said.into_iter();
                    asked
                        .activities
                        .extend(said.map(|activity| (run.workflow_id.clone(), activity)));
                }
                Err(status) => {
                    asked.error = Some(status.message().to_owned());
                    break;
                }
            }
        }
        asked
    }

    /// Returns it as a table.
    pub fn table(&self) -> Table {
        let rows = self.activities.iter().map(|(workflow_id, activity)| {
            let attempts = match activity.maximum_attempts {
                0 => activity.attempt.to_string(),
                most => format!("{} of {most}", activity.attempt),
            };
            let failure = [&*activity.last_failure, &activity.last_failure_type];
            vec![
                workflow_id.clone(),
                activity.activity_id.clone(),
                activity.activity_type.clone(),
                attempts,
                why::said(activity),
                failure.join(" ").trim_end().to_owned(),
            ]
        });
        let count = self.activities.len();
        let error = self.error.iter().map(|error| format!(", then: {error}"));
        Table {
            title: format!(
                "pending, by the server: {count}{}",
                error.collect::<String>()
            ),
            columns: &[
                "WORKFLOW ID",
                "ACTIVITY ID",
                "TYPE",
                "ATTEMPT",
                "STATE",
                "LAST FAILURE",
            ],
            rows: rows.collect(),
        }
    }
}
