//! Listing and counting runs.

use std::collections::BTreeMap;

use prost::Message;
use tonic::Status;

use crate::{
    clock::Time,
    error,
    proto::{Payload, service, workflow},
    run::Run,
    server::Shared,
    store::Store,
    token::{self, ListToken},
    visibility::{self, Filter},
};

const PAGE: usize = 1000;

impl Shared {
    pub(super) fn list_workflow_executions(
        &self,
        request: service::ListWorkflowExecutionsRequest,
    ) -> Result<service::ListWorkflowExecutionsResponse, Status> {
        let store = self.store();
        let (filter, group) = read(&store, &request.namespace, &request.query)?;
        if group.is_some() {
            return Err(error::invalid(
                "'group by' clause is only supported in count",
            ));
        }
        let (executions, next_page_token) = store.page(
            &request.namespace,
            &filter,
            request.page_size,
            &request.next_page_token,
        )?;
        Ok(service::ListWorkflowExecutionsResponse {
            executions,
            next_page_token,
        })
    }

    pub(super) fn count_workflow_executions(
        &self,
        request: service::CountWorkflowExecutionsRequest,
    ) -> Result<service::CountWorkflowExecutionsResponse, Status> {
        let store = self.store();
        let (filter, group) = read(&store, &request.namespace, &request.query)?;
        let found = matching(&store, &request.namespace, &filter);
        let mut groups = BTreeMap::new();
        match group.as_deref() {
            None => {
                let count = i64::try_from(found.count()).unwrap_or(i64::MAX);
                return Ok(service::CountWorkflowExecutionsResponse {
                    count,
                    groups: Vec::new(),
                });
            }
            Some("ExecutionStatus") => {
                for run in found {
                    *groups
                        .entry(visibility::status_name(run.state.status))
                        .or_insert(0) += 1;
                }
            }
            Some(_) => {
                let text =
                    "'group by' clause is only supported for ExecutionStatus search attribute";
                return Err(error::invalid(text));
            }
        }
        let one = |(name, count): (&str, i64)| {
            service::count_workflow_executions_response::AggregationGroup {
                group_values: vec![keyword(name)],
                count,
            }
        };
        Ok(service::CountWorkflowExecutionsResponse {
            count: groups.values().sum(),
            groups: groups.into_iter().map(one).collect(),
        })
    }
}

impl Store {
    /// One page of the runs that a filter matches, and where the next one begins.
    pub(super) fn page(
        &self,
        namespace: &str,
        filter: &Filter,
        size: i32,
        token: &[u8],
    ) -> Result<(Vec<workflow::WorkflowExecutionInfo>, Vec<u8>), Status> {
        self.check_namespace(namespace)?;
        let token = token::page::<ListToken>(token)?;
        let behind = token.as_ref().map(|token| {
            let started = token.started.as_ref().map(Time::from);
            let closed = token.closed.as_ref().map(Time::from);
            visibility::place(closed, started.unwrap_or_default(), &token.run_id)
        });
        let most = usize::try_from(size).ok().filter(|most| *most > 0);
        let most = most.unwrap_or(PAGE).min(PAGE);
        let mut found: Vec<&Run> = matching(self, namespace, filter)
            .filter(|run| behind.is_none_or(|behind| visibility::place_of(run) > behind))
            .collect();
        found.sort_by_key(|run| visibility::place_of(run));
        let more = found.len() > most;
        found.truncate(most);
        let last = found.last().filter(|_| more);
        let token = last.map(|run| ListToken {
            run_id: run.run_id.clone(),
            started: Some(run.state.started_at.proto()),
            closed: run.state.closed_at.map(Time::proto),
        });
        let executions = found.into_iter().map(Run::info).collect();
        let token = token.map_or_else(Vec::new, |token| token.encode_to_vec());
        Ok((executions, token))
    }
}

fn keyword(text: &str) -> Payload {
    let metadata = [
        ("encoding".to_owned(), b"json/plain".to_vec()),
        ("type".to_owned(), b"Keyword".to_vec()),
    ];
    Payload {
        metadata: metadata.into(),
        data: format!("\"{text}\"").into_bytes(),
        ..Default::default()
    }
}

fn read(store: &Store, namespace: &str, query: &str) -> Result<(Filter, Option<String>), Status> {
    store.check_namespace(namespace)?;
    let found = store.namespaces.get(namespace);
    let known = |name: &str| found.and_then(|namespace| namespace.kind_of(name));
    visibility::parse(query, &known)
        .map_err(|text| error::invalid(format!("invalid query: {text}")))
}

fn matching<'a>(
    store: &'a Store,
    namespace: &'a str,
    filter: &'a Filter,
) -> impl Iterator<Item = &'a Run> {
    let here = store.runs().filter(move |run| run.namespace == namespace);
    here.filter(|run| filter.matches(run))
}
