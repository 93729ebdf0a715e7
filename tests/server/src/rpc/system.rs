//! What the server is and has: capabilities, namespaces, search attributes, task queues.

use tonic::Status;

use crate::{
    error,
    proto::{enums, namespace, operator, service, taskqueue},
    queue::QueueKey,
    server::Shared,
    store::Namespace,
};

/// The version of Temporal Server whose behaviour is the model.
const SERVER_VERSION: &str = "1.29.1";

impl Shared {
    pub(super) fn get_system_info(
        &self,
        _: service::GetSystemInfoRequest,
    ) -> Result<service::GetSystemInfoResponse, Status> {
        Ok(service::GetSystemInfoResponse {
            server_version: SERVER_VERSION.to_owned(),
            capabilities: Some(service::get_system_info_response::Capabilities {
                signal_and_query_header: true,
                internal_error_differentiation: true,
                activity_failure_include_heartbeat: true,
                supports_schedules: true,
                encoded_failure_attributes: true,
                upsert_memo: true,
                sdk_metadata: true,
                count_group_by_execution_status: true,
                eager_workflow_start: true,
                nexus: true,
                ..Default::default()
            }),
        })
    }

    pub(super) fn get_cluster_info(
        &self,
        _: service::GetClusterInfoRequest,
    ) -> Result<service::GetClusterInfoResponse, Status> {
        Ok(service::GetClusterInfoResponse {
            server_version: SERVER_VERSION.to_owned(),
            cluster_name: "active".to_owned(),
            history_shard_count: 1,
            ..Default::default()
        })
    }

    pub(super) fn health(&self, _: HealthRequest) -> Result<HealthResponse, Status> {
        Ok(HealthResponse { status: 1 })
    }

    pub(super) fn describe_namespace(
        &self,
        request: service::DescribeNamespaceRequest,
    ) -> Result<service::DescribeNamespaceResponse, Status> {
        if request.namespace.is_empty() && request.id.is_empty() {
            return Err(error::invalid("Namespace not set on request."));
        }
        let store = self.store();
        let mut named = store.namespaces.iter();
        let found = named.find(|(name, namespace)| match request.id.as_str() {
            "" => **name == request.namespace,
            id => namespace.id == id,
        });
        let (name, namespace) =
            found.ok_or_else(|| error::no_such_namespace(&request.namespace))?;
        let retention = store.settings.retention;
        Ok(described(name, namespace, retention))
    }

    pub(super) fn list_namespaces(
        &self,
        _: service::ListNamespacesRequest,
    ) -> Result<service::ListNamespacesResponse, Status> {
        let store = self.store();
        let retention = store.settings.retention;
        let named = store.namespaces.iter();
        Ok(service::ListNamespacesResponse {
            namespaces: named
                .map(|(name, namespace)| described(name, namespace, retention))
                .collect(),
            ..Default::default()
        })
    }

    pub(super) fn register_namespace(
        &self,
        request: service::RegisterNamespaceRequest,
    ) -> Result<service::RegisterNamespaceResponse, Status> {
        super::check_id(&request.namespace, "Namespace")?;
        let mut store = self.store();
        if store.namespaces.contains_key(&request.namespace) {
            return Err(error::namespace_exists());
        }
        let mut namespace = Namespace::new();
        namespace.description = request.description;
        namespace.owner = request.owner_email;
        store.namespaces.insert(request.namespace, namespace);
        Ok(service::RegisterNamespaceResponse {})
    }

    pub(super) fn get_search_attributes(
        &self,
        _: service::GetSearchAttributesRequest,
    ) -> Result<service::GetSearchAttributesResponse, Status> {
        let store = self.store();
        let custom = store
            .namespaces
            .values()
            .flat_map(|namespace| &namespace.attributes);
        let custom = custom.map(|(name, kind)| (name.clone(), i32::from(*kind)));
        let system = crate::store::SYSTEM_ATTRIBUTES.iter();
        let system = system.map(|(name, kind)| ((*name).to_owned(), i32::from(*kind)));
        Ok(service::GetSearchAttributesResponse {
            keys: system.chain(custom).collect(),
        })
    }

    pub(super) fn list_search_attributes(
        &self,
        request: operator::ListSearchAttributesRequest,
    ) -> Result<operator::ListSearchAttributesResponse, Status> {
        let store = self.store();
        let found = store.namespaces.get(&request.namespace);
        let namespace = found.ok_or_else(|| error::no_such_namespace(&request.namespace))?;
        let system = crate::store::SYSTEM_ATTRIBUTES.iter();
        Ok(operator::ListSearchAttributesResponse {
            custom_attributes: namespace
                .attributes
                .iter()
                .map(|(name, kind)| (name.clone(), i32::from(*kind)))
                .collect(),
            system_attributes: system
                .map(|(name, kind)| ((*name).to_owned(), i32::from(*kind)))
                .collect(),
            ..Default::default()
        })
    }

    pub(super) fn add_search_attributes(
        &self,
        request: operator::AddSearchAttributesRequest,
    ) -> Result<operator::AddSearchAttributesResponse, Status> {
        let mut store = self.store();
        let found = store.namespaces.get_mut(&request.namespace);
        let namespace = found.ok_or_else(|| error::no_such_namespace(&request.namespace))?;
        for (name, kind) in request.search_attributes {
            let kind = enums::IndexedValueType::try_from(kind).unwrap_or_default();
            if kind == enums::IndexedValueType::Unspecified {
                return Err(error::invalid(format!("{name} has an unknown type")));
            }
            namespace.attributes.insert(name, kind);
        }
        Ok(operator::AddSearchAttributesResponse {})
    }

    pub(super) fn remove_search_attributes(
        &self,
        request: operator::RemoveSearchAttributesRequest,
    ) -> Result<operator::RemoveSearchAttributesResponse, Status> {
        let mut store = self.store();
        let found = store.namespaces.get_mut(&request.namespace);
        let namespace = found.ok_or_else(|| error::no_such_namespace(&request.namespace))?;
        for name in request.search_attributes {
            if namespace.attributes.remove(&name).is_none() {
                let text = format!("Search attribute {name} doesn't exist.");
                return Err(error::not_found(text));
            }
        }
        Ok(operator::RemoveSearchAttributesResponse {})
    }

    pub(super) fn describe_task_queue(
        &self,
        request: service::DescribeTaskQueueRequest,
    ) -> Result<service::DescribeTaskQueueResponse, Status> {
        let store = self.store();
        store.check_namespace(&request.namespace)?;
        let activity = request.task_queue_type() == enums::TaskQueueType::Activity;
        let key = QueueKey {
            name: request
                .task_queue
                .map(|queue| queue.name)
                .unwrap_or_default(),
            namespace: request.namespace,
            activity,
        };
        let queue = store.queue(&key);
        let pollers = queue.into_iter().flat_map(|queue| &queue.identities);
        Ok(service::DescribeTaskQueueResponse {
            pollers: pollers
                .map(|(identity, at)| taskqueue::PollerInfo {
                    last_access_time: Some(at.proto()),
                    identity: identity.clone(),
                    rate_per_second: 100_000.0,
                    ..Default::default()
                })
                .collect(),
            ..Default::default()
        })
    }
}

fn described(
    name: &str,
    namespace: &Namespace,
    retention: std::time::Duration,
) -> service::DescribeNamespaceResponse {
    service::DescribeNamespaceResponse {
        namespace_info: Some(namespace::NamespaceInfo {
            name: name.to_owned(),
            state: enums::NamespaceState::Registered.into(),
            description: namespace.description.clone(),
            owner_email: namespace.owner.clone(),
            id: namespace.id.clone(),
            capabilities: Some(namespace::namespace_info::Capabilities {
                sync_update: true,
                async_update: true,
                ..Default::default()
            }),
            supports_schedules: true,
            ..Default::default()
        }),
        config: Some(namespace::NamespaceConfig {
            workflow_execution_retention_ttl: Some(crate::clock::proto_span(retention)),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// `grpc.health.v1.HealthCheckRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct HealthRequest {
    #[prost(string, tag = "1")]
    service: String,
}

/// `grpc.health.v1.HealthCheckResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct HealthResponse {
    #[prost(int32, tag = "1")]
    status: i32,
}
