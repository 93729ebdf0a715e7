//! Nexus: its endpoints, and what handlers of operations answer.

use tonic::{Code, Status};

use super::check_id;
use crate::{
    error,
    proto::{
        nexus::{Endpoint, EndpointSpec, HandlerError, endpoint_target::Variant},
        operator, service,
    },
    run::{Run, fresh_id},
    server::Shared,
    store::{Store, endpoints},
    token::{self, NexusToken},
};

fn check(store: &Store, spec: Option<EndpointSpec>) -> Result<EndpointSpec, Status> {
    let spec = spec.ok_or_else(|| error::invalid("spec not set on request"))?;
    check_id(&spec.name, "Name")?;
    let target = spec
        .target
        .as_ref()
        .and_then(|target| target.variant.as_ref());
    match target {
        Some(Variant::Worker(worker)) => {
            store.check_namespace(&worker.namespace)?;
            check_id(&worker.task_queue, "TaskQueue")?;
            Ok(spec)
        }
        Some(Variant::External(_)) => Err(Status::unimplemented(
            "external Nexus endpoints are not served by this test server",
        )),
        None => Err(error::invalid("empty target variant")),
    }
}

fn found<'a>(store: &'a mut Store, id: &str) -> Result<&'a mut Endpoint, Status> {
    let found = store.endpoints.0.get_mut(id);
    found.ok_or_else(|| error::not_found(format!("could not find Nexus endpoint with ID: {id}")))
}

fn check_version(endpoint: &Endpoint, version: i64) -> Result<(), Status> {
    if endpoint.version == version {
        return Ok(());
    }
    Err(Status::failed_precondition(format!(
        "nexus endpoint version mismatch. received: {version} expected: {}",
        endpoint.version
    )))
}

impl Shared {
    pub(super) fn create_endpoint(
        &self,
        request: operator::CreateNexusEndpointRequest,
    ) -> Result<operator::CreateNexusEndpointResponse, Status> {
        let mut store = self.store();
        let spec = check(&store, request.spec)?;
        let mut known = store.endpoints.0.values();
        if known.any(|endpoint| endpoints::name(endpoint) == spec.name) {
            let text = format!(
                "error creating Nexus endpoint. Endpoint with name {} already registered",
                spec.name
            );
            return Err(Status::new(Code::AlreadyExists, text));
        }
        let id = fresh_id();
        let endpoint = Endpoint {
            version: 1,
            url_prefix: format!("/nexus/endpoints/{id}/services"),
            id: id.clone(),
            spec: Some(spec),
            created_time: Some(store.clock.now().proto()),
            last_modified_time: None,
        };
        store.endpoints.0.insert(id, endpoint.clone());
        Ok(operator::CreateNexusEndpointResponse {
            endpoint: Some(endpoint),
        })
    }

    pub(super) fn get_endpoint(
        &self,
        request: operator::GetNexusEndpointRequest,
    ) -> Result<operator::GetNexusEndpointResponse, Status> {
        let endpoint = found(&mut self.store(), &request.id)?.clone();
        Ok(operator::GetNexusEndpointResponse {
            endpoint: Some(endpoint),
        })
    }

    pub(super) fn update_endpoint(
        &self,
        request: operator::UpdateNexusEndpointRequest,
    ) -> Result<operator::UpdateNexusEndpointResponse, Status> {
        let mut store = self.store();
        let spec = check(&store, request.spec)?;
        let now = store.clock.now();
        let endpoint = found(&mut store, &request.id)?;
        check_version(endpoint, request.version)?;
        endpoint.version += 1;
        endpoint.spec = Some(spec);
        endpoint.last_modified_time = Some(now.proto());
        Ok(operator::UpdateNexusEndpointResponse {
            endpoint: Some(endpoint.clone()),
        })
    }

    pub(super) fn delete_endpoint(
        &self,
        request: operator::DeleteNexusEndpointRequest,
    ) -> Result<operator::DeleteNexusEndpointResponse, Status> {
        let mut store = self.store();
        check_version(found(&mut store, &request.id)?, request.version)?;
        store.endpoints.0.remove(&request.id);
        Ok(operator::DeleteNexusEndpointResponse {})
    }

    /// All of them: there is one page.
    pub(super) fn list_endpoints(
        &self,
        request: operator::ListNexusEndpointsRequest,
    ) -> Result<operator::ListNexusEndpointsResponse, Status> {
        let store = self.store();
        let all = store.endpoints.0.values();
        let named = |endpoint: &&Endpoint| {
            request.name.is_empty() || endpoints::name(endpoint) == request.name
        };
        Ok(operator::ListNexusEndpointsResponse {
            next_page_token: Vec::new(),
            endpoints: all.filter(named).cloned().collect(),
        })
    }

    /// Does what an answer says to the run whose operation it is about.
    fn with_request(
        &self,
        token: &[u8],
        act: impl FnOnce(&mut Run, &NexusToken) -> Result<(), Status>,
    ) -> Result<(), Status> {
        let token: NexusToken = token::task(token)?;
        let mut store = self.store();
        let gone = || error::not_found("Nexus task not found or already expired");
        let at = store.by_run_id(&token.run_id).map_err(|_| gone())?;
        let done = store.transact(at, |run| act(run, &token));
        done.unwrap_or_else(|| Err(gone()))
    }

    pub(super) fn respond_request_completed(
        &self,
        request: service::RespondNexusTaskCompletedRequest,
    ) -> Result<service::RespondNexusTaskCompletedResponse, Status> {
        let response = request.response.unwrap_or_default();
        self.with_request(&request.task_token, |run, token| {
            run.request_answered(token.scheduled, token.stamp, response)
        })?;
        Ok(service::RespondNexusTaskCompletedResponse {})
    }

    #[expect(deprecated, reason = "what workers send to servers of this version")]
    pub(super) fn respond_request_failed(
        &self,
        request: service::RespondNexusTaskFailedRequest,
    ) -> Result<service::RespondNexusTaskFailedResponse, Status> {
        let newer = request.failure.map(|failure| HandlerError {
            error_type: "INTERNAL".to_owned(),
            failure: Some(crate::proto::nexus::Failure {
                message: failure.message,
                ..Default::default()
            }),
            ..Default::default()
        });
        let error = request.error.or(newer).unwrap_or_default();
        self.with_request(&request.task_token, |run, token| {
            run.request_failed(token.scheduled, token.stamp, error)
        })?;
        Ok(service::RespondNexusTaskFailedResponse {})
    }
}
