//! Reading histories: forward, backward, and waiting for more.

use prost::Message;
use tonic::Status;

use super::Patience;
use crate::{
    error,
    proto::{WorkflowExecution, enums::HistoryEventFilterType, history::History, service},
    run::{HistoryRange, Run},
    server::Shared,
    store::RunRef,
    token::{self, PageToken},
};

impl Shared {
    pub(super) async fn get_history(
        &self,
        request: service::GetWorkflowExecutionHistoryRequest,
        patience: Patience,
    ) -> Result<service::GetWorkflowExecutionHistoryResponse, Status> {
        let page = token::page::<PageToken>(&request.next_page_token)?;
        let (at, page) = self.page_start(&request.namespace, request.execution.as_ref(), page)?;
        let most = usize::try_from(request.maximum_page_size).unwrap_or(0);
        let reading = Reading {
            at,
            most: if most == 0 { usize::MAX } else { most },
            close_only: request.history_event_filter_type() == HistoryEventFilterType::CloseEvent,
            waits: request.wait_new_event,
        };
        if !request.wait_new_event {
            return self
                .look(&reading, &page)
                .map(|found| found.unwrap_or_default());
        }
        let (version, span) = {
            let store = self.store();
            let run = store.run(at);
            let run = run.ok_or_else(|| error::not_found("workflow execution not found"))?;
            (run.changed.subscribe(), store.settings.long_poll / 3)
        };
        let found = self
            .wait_for(version, patience.hold(span), || self.look(&reading, &page))
            .await?;
        // Nothing new: an empty page that goes on where this one began.
        Ok(
            found.unwrap_or_else(|| service::GetWorkflowExecutionHistoryResponse {
                history: Some(History::default()),
                next_page_token: page.encode_to_vec(),
                ..Default::default()
            }),
        )
    }

    fn page_start(
        &self,
        namespace: &str,
        execution: Option<&WorkflowExecution>,
        page: Option<PageToken>,
    ) -> Result<(RunRef, PageToken), Status> {
        let store = self.store();
        let Some(page) = page else {
            let at = store.find_in_chain(namespace, execution, "")?;
            let run = store.run(at);
            let first = PageToken {
                run_id: run.map(|run| run.run_id.clone()).unwrap_or_default(),
                next: 1,
                ..Default::default()
            };
            return Ok((at, first));
        };
        store.check_namespace(namespace)?;
        let asked = execution.map_or("", |execution| &execution.run_id);
        if !asked.is_empty() && asked != page.run_id {
            return Err(error::invalid(
                "RunId in the request does not match the NextPageToken.",
            ));
        }
        Ok((store.by_run_id(&page.run_id)?, page))
    }

    /// A page, or nothing if there is nothing yet.
    fn look(
        &self,
        reading: &Reading,
        page: &PageToken,
    ) -> Result<Option<service::GetWorkflowExecutionHistoryResponse>, Status> {
        let store = self.store();
        let run = store.run(reading.at);
        let run = run.ok_or_else(|| error::not_found("workflow execution not found"))?;
        Ok(match reading.close_only {
            true => reading.close_event(run),
            false => reading.page(run, page),
        })
    }

    pub(super) fn get_history_reverse(
        &self,
        request: service::GetWorkflowExecutionHistoryReverseRequest,
    ) -> Result<service::GetWorkflowExecutionHistoryReverseResponse, Status> {
        let page = token::page::<PageToken>(&request.next_page_token)?;
        let (at, mut page) =
            self.page_start(&request.namespace, request.execution.as_ref(), page)?;
        let store = self.store();
        let run = store.run(at);
        let run = run.ok_or_else(|| error::not_found("workflow execution not found"))?;
        if page.last == 0 {
            page.last = run.next_event_id() - 1;
        }
        let most = match request.maximum_page_size {
            most if most > 0 => i64::from(most),
            _ => 1000,
        };
        let first = (page.last - most + 1).max(1);
        let range = HistoryRange {
            first,
            last: page.last,
            most: usize::MAX,
        };
        let (mut events, _) = run.page(&range);
        events.reverse();
        page.last = first - 1;
        let more = page.last > 0;
        Ok(service::GetWorkflowExecutionHistoryReverseResponse {
            history: Some(History { events }),
            next_page_token: if more {
                page.encode_to_vec()
            } else {
                Vec::new()
            },
        })
    }
}

/// How somebody reads a history.
struct Reading {
    at: RunRef,
    most: usize,
    close_only: bool,
    waits: bool,
}

impl Reading {
    /// The last event, once the run is closed.
    fn close_event(&self, run: &Run) -> Option<service::GetWorkflowExecutionHistoryResponse> {
        if run.state.is_running() && self.waits {
            return None;
        }
        let last = run.history.last().cloned();
        Some(service::GetWorkflowExecutionHistoryResponse {
            history: Some(History {
                events: last.into_iter().collect(),
            }),
            ..Default::default()
        })
    }

    /// The events that are there from the token on.
    fn page(
        &self,
        run: &Run,
        page: &PageToken,
    ) -> Option<service::GetWorkflowExecutionHistoryResponse> {
        let newest = run.next_event_id() - 1;
        if page.task != 0 {
            let (history, next_page_token) =
                run.page_with_unwritten(page.next, page.last, page.task);
            return Some(service::GetWorkflowExecutionHistoryResponse {
                history: Some(history),
                next_page_token,
                ..Default::default()
            });
        }
        let running = run.state.is_running();
        if self.waits && running && page.next > newest {
            return None;
        }
        let range = HistoryRange {
            first: page.next,
            last: newest,
            most: self.most,
        };
        let (events, next) = run.page(&range);
        let next = next.or_else(|| (self.waits && running).then_some(newest + 1));
        let token = next.map(|next| PageToken {
            next,
            ..page.clone()
        });
        Some(service::GetWorkflowExecutionHistoryResponse {
            history: Some(History { events }),
            next_page_token: token.map(|token| token.encode_to_vec()).unwrap_or_default(),
            ..Default::default()
        })
    }
}
