//! The lists of open and of closed runs, which came before there were queries.

use tonic::Status;

use crate::{
    clock::Time,
    error,
    proto::{Status as RunStatus, filter, service},
    server::Shared,
    visibility::{Comparison, Filter, Value},
};

fn equal(field: &str, value: Value) -> Filter {
    Filter::Compare(field.to_owned(), Comparison::Equal, value)
}

fn by_execution(wanted: filter::WorkflowExecutionFilter) -> Filter {
    let id = equal("WorkflowId", Value::Text(wanted.workflow_id));
    match wanted.run_id {
        run if run.is_empty() => id,
        run => id.and(equal("RunId", Value::Text(run))),
    }
}

fn by_type(wanted: filter::WorkflowTypeFilter) -> Filter {
    equal("WorkflowType", Value::Text(wanted.name))
}

/// Runs that started then; a bound that is missing is none.
fn between(field: &str, wanted: Option<&filter::StartTimeFilter>) -> Filter {
    let bound = |comparison, time: Option<&crate::proto::Timestamp>| {
        time.map_or(Filter::All, |time| {
            let time = Value::Time(Time::from(time));
            Filter::Compare(field.to_owned(), comparison, time)
        })
    };
    let earliest = wanted.and_then(|wanted| wanted.earliest_time.as_ref());
    let latest = wanted.and_then(|wanted| wanted.latest_time.as_ref());
    bound(Comparison::NotLess, earliest).and(bound(Comparison::NotMore, latest))
}

impl Shared {
    pub(super) fn list_open(
        &self,
        request: service::ListOpenWorkflowExecutionsRequest,
    ) -> Result<service::ListOpenWorkflowExecutionsResponse, Status> {
        use service::list_open_workflow_executions_request::Filters;
        let wanted = match request.filters {
            Some(Filters::ExecutionFilter(wanted)) => by_execution(wanted),
            Some(Filters::TypeFilter(wanted)) => by_type(wanted),
            None => Filter::All,
        };
        let filter = equal("ExecutionStatus", RunStatus::Running.into())
            .and(between("StartTime", request.start_time_filter.as_ref()))
            .and(wanted);
        let (executions, next_page_token) = self.store().page(
            &request.namespace,
            &filter,
            request.maximum_page_size,
            &request.next_page_token,
        )?;
        Ok(service::ListOpenWorkflowExecutionsResponse {
            executions,
            next_page_token,
        })
    }

    pub(super) fn list_closed(
        &self,
        request: service::ListClosedWorkflowExecutionsRequest,
    ) -> Result<service::ListClosedWorkflowExecutionsResponse, Status> {
        use service::list_closed_workflow_executions_request::Filters;
        let wanted = match request.filters {
            Some(Filters::ExecutionFilter(wanted)) => by_execution(wanted),
            Some(Filters::TypeFilter(wanted)) => by_type(wanted),
            Some(Filters::StatusFilter(wanted)) => match wanted.status() {
                RunStatus::Running => {
                    return Err(error::invalid(
                        "StatusFilter must be specified and must be not Running.",
                    ));
                }
                status => equal("ExecutionStatus", status.into()),
            },
            None => Filter::All,
        };
        let open = equal("ExecutionStatus", RunStatus::Running.into());
        // The name of the filter notwithstanding, it is the time of closing.
        let filter = Filter::Not(Box::new(open))
            .and(between("CloseTime", request.start_time_filter.as_ref()))
            .and(wanted);
        let (executions, next_page_token) = self.store().page(
            &request.namespace,
            &filter,
            request.maximum_page_size,
            &request.next_page_token,
        )?;
        Ok(service::ListClosedWorkflowExecutionsResponse {
            executions,
            next_page_token,
        })
    }
}
