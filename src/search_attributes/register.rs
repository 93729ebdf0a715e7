//! Registering search attributes in a namespace.

use std::{collections::HashMap, error::Error, fmt, time::Duration};

use temporalio_client::{
    Connection,
    tonic::{Code, Request, Status},
};
use temporalio_common::protos::temporal::api::{
    enums::v1::IndexedValueType,
    operatorservice::v1::{AddSearchAttributesRequest, ListSearchAttributesRequest},
    workflowservice::v1::CountWorkflowExecutionsRequest,
};

use tokio::time::Instant;

use super::{Declared, Keys};

/// The longest wait until all new attributes can be used, and the pause between two checks.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(100);

impl Keys<'_> {
    /// Creates the attributes missing from the namespace, and waits up to a minute until they can
    /// be used.
    ///
    /// Call it at start-up, so that no workflow fails because an attribute is missing.
    ///
    /// # Errors
    ///
    /// [`Unregistered`] lists the attributes that are still missing and why: the client may not
    /// create them, or the namespace has no room for another one of that type, or has it with
    /// another type. All others were created.
    pub async fn register(
        self,
        connection: &Connection,
        namespace: &str,
    ) -> Result<(), Unregistered> {
        let server = Server {
            connection,
            namespace,
        };
        let mut missing = Vec::new();
        let mut created = Vec::new();
        for key in server.lacks(self.0, &mut missing).await {
            match server.create(key).await {
                Ok(()) => created.push(key),
                Err(status) => missing.push(Missing {
                    key,
                    why: Why::Refused(status),
                }),
            }
        }
        let until = Instant::now() + PATIENCE;
        for key in created {
            if let Err(status) = server.shows(key, until).await {
                missing.push(Missing {
                    key,
                    why: Why::Unseen(status),
                });
            }
        }
        match missing.is_empty() {
            true => Ok(()),
            false => Err(Unregistered {
                namespace: namespace.to_owned(),
                missing,
            }),
        }
    }
}

struct Server<'a> {
    connection: &'a Connection,
    namespace: &'a str,
}

impl Server<'_> {
    /// Returns the keys that the namespace lacks, and reports those that it has with another type
    /// as missing.
    async fn lacks(&self, keys: &[Declared], missing: &mut Vec<Missing>) -> Vec<Declared> {
        let mut lacking = Vec::new();
        match self.known().await {
            Ok(known) => {
                for key in keys {
                    match known.get(key.name).copied() {
                        None => lacking.push(*key),
                        Some(other) if other != key.value_type => missing.push(Missing {
                            key: *key,
                            why: Why::OtherType(other),
                        }),
                        Some(_) => {}
                    }
                }
            }
            // Without the right to use the operator service, it can still be seen which names a
            // query accepts.
            Err(_) => {
                for key in keys {
                    if self.is_visible(*key).await.is_err() {
                        lacking.push(*key);
                    }
                }
            }
        }
        lacking
    }

    async fn known(&self) -> Result<HashMap<String, IndexedValueType>, Status> {
        let request = ListSearchAttributesRequest {
            namespace: self.namespace.to_owned(),
        };
        let mut operator = self.connection.operator_service();
        let listed = operator
            .list_search_attributes(Request::new(request))
            .await?
            .into_inner();
        let all = listed
            .system_attributes
            .into_iter()
            .chain(listed.custom_attributes);
        let typed = all.map(|(name, value_type)| {
            let value_type = IndexedValueType::try_from(value_type);
            (name, value_type.unwrap_or_default())
        });
        Ok(typed.collect())
    }

    /// One at a time: the server creates none of several if it has no room for one.
    async fn create(&self, key: Declared) -> Result<(), Status> {
        let request = AddSearchAttributesRequest {
            search_attributes: HashMap::from([(key.name.to_owned(), key.value_type.into())]),
            namespace: self.namespace.to_owned(),
        };
        let mut operator = self.connection.operator_service();
        match operator.add_search_attributes(Request::new(request)).await {
            // Another process was faster.
            Err(status) if status.code() == Code::AlreadyExists => Ok(()),
            created => created.map(drop),
        }
    }

    /// Retries until the attribute can be used in a query, or until this moment.
    async fn shows(&self, key: Declared, until: Instant) -> Result<(), Status> {
        let asking = async {
            while self.is_visible(key).await.is_err() {
                tokio::time::sleep(PAUSE).await;
            }
        };
        match tokio::time::timeout_at(until, asking).await {
            Ok(()) => Ok(()),
            Err(_) => self.is_visible(key).await,
        }
    }

    async fn is_visible(&self, key: Declared) -> Result<(), Status> {
        let request = CountWorkflowExecutionsRequest {
            namespace: self.namespace.to_owned(),
            query: format!("`{}` IS NOT NULL", key.name),
        };
        let mut service = self.connection.workflow_service();
        let counted = service.count_workflow_executions(Request::new(request));
        counted.await.map(drop)
    }
}

/// The error of search attributes that a namespace still lacks.
#[derive(Clone, Debug)]
pub struct Unregistered {
    namespace: String,
    missing: Vec<Missing>,
}

#[derive(Clone, Debug)]
struct Missing {
    key: Declared,
    why: Why,
}

#[derive(Clone, Debug)]
enum Why {
    Refused(Status),
    OtherType(IndexedValueType),
    Unseen(Status),
}

impl Unregistered {
    /// Returns the names of the missing attributes.
    pub fn missing(&self) -> impl Iterator<Item = &'static str> {
        self.missing.iter().map(|missing| missing.key.name)
    }
}

impl fmt::Display for Unregistered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let namespace = &self.namespace;
        write!(f, "namespace {namespace:?} lacks search attributes:")?;
        for (n, Missing { key, why }) in self.missing.iter().enumerate() {
            let separator = if n == 0 { ' ' } else { ';' };
            write!(f, "{}{:?}", separator, key)?;
            match why {
                Why::Refused(status) => write!(f, ", refused: {}", status.message())?,
                Why::OtherType(other) => write!(f, ", which exists with type {other:?}")?,
                Why::Unseen(status) => write!(f, ", not usable yet: {}", status.message())?,
            }
        }
        write!(
            f,
            ". Ask an administrator to create them (`temporal operator search-attribute create \
             --namespace {namespace} --name NAME --type TYPE`), or to remove unused ones"
        )
    }
}

impl Error for Unregistered {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.missing.iter().find_map(|missing| match &missing.why {
            Why::Refused(status) | Why::Unseen(status) => Some(status as _),
            Why::OtherType(_) => None,
        })
    }
}
