//! Queries.

use std::time::Duration;

use tokio::sync::oneshot;
use tonic::Status;

use super::{Patience, check_id, check_payloads};
use crate::{
    error,
    proto::{Status as RunStatus, enums::QueryRejectCondition, query, service},
    server::Shared,
};

/// Nobody waits longer for an answer.
const PATIENCE: Duration = Duration::from_secs(60);

impl Shared {
    pub(super) async fn query_workflow(
        &self,
        request: service::QueryWorkflowRequest,
        _: Patience,
    ) -> Result<service::QueryWorkflowResponse, Status> {
        let condition = request.query_reject_condition();
        let question = request.query.unwrap_or_default();
        check_id(&question.query_type, "QueryType")?;
        check_payloads(question.query_args.as_ref())?;
        let (answer, answered) = oneshot::channel();
        {
            let mut store = self.store();
            let at = store.find_in_chain(&request.namespace, request.execution.as_ref(), "")?;
            let status = store
                .run(at)
                .map(|run| run.state.status)
                .unwrap_or_default();
            if rejects(condition, status) {
                return Ok(service::QueryWorkflowResponse {
                    query_rejected: Some(query::QueryRejected {
                        status: status.into(),
                    }),
                    ..Default::default()
                });
            }
            let taken = store.transact(at, |run| run.ask(question, answer));
            taken.unwrap_or_else(|| Err(error::not_found("workflow execution not found")))?;
        }
        let answer = tokio::time::timeout(PATIENCE, answered).await;
        let answer =
            answer.map_err(|_| Status::deadline_exceeded("no worker answered the query"))?;
        let result = answer.map_err(|_| error::not_found("the run is gone"))??;
        Ok(service::QueryWorkflowResponse {
            query_result: result,
            ..Default::default()
        })
    }
}

fn rejects(condition: QueryRejectCondition, status: RunStatus) -> bool {
    match condition {
        QueryRejectCondition::NotOpen => status != RunStatus::Running,
        QueryRejectCondition::NotCompletedCleanly => {
            !matches!(status, RunStatus::Running | RunStatus::Completed)
        }
        QueryRejectCondition::None | QueryRejectCondition::Unspecified => false,
    }
}
