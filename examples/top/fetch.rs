//! Fetches data from the introspection service.

use anyhow::{Context as _, Result};
use chronoscope::introspect::v1::{
    Activity, Event, GetHealthRequest, GetHealthResponse, ListActivitiesRequest, ListEventsRequest,
    ListPendingActivitiesRequest, ListRunsRequest, ListWorkersRequest, Page, PendingActivity, Run,
    Worker, introspect_client::IntrospectClient,
};
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    transport::{Channel, Endpoint},
};

/// A connection to the service.
pub struct Source {
    client: IntrospectClient<Channel>,
    token: Option<MetadataValue<Ascii>>,
}

/// The data of one refresh.
pub struct Look {
    pub workers: Vec<Worker>,
    pub runs: Vec<Run>,
    pub all_runs: u64,
    pub activities: Vec<Activity>,
    pub all_activities: u64,
    /// Oldest first.
    pub events: Vec<Event>,
    pub health: GetHealthResponse,
}

/// The most that the service lists at once.
const MANY: u32 = 1000;

impl Source {
    pub async fn connect(address: &str, token: Option<&str>) -> Result<Self> {
        let token = token.map(|token| format!("Bearer {token}").parse());
        let channel = Endpoint::from_shared(format!("http://{address}"))?
            .connect()
            .await?;
        Ok(Self {
            client: IntrospectClient::new(channel).max_decoding_message_size(64 << 20),
            token: token
                .transpose()
                .context("the token has characters that a header can't have")?,
        })
    }

    pub async fn look(&mut self) -> Result<Look> {
        let page = Some(Page {
            size: MANY,
            token: String::new(),
        });
        let workers = self.request(ListWorkersRequest {});
        let workers = self.client.list_workers(workers).await?.into_inner();
        let runs = self.request(ListRunsRequest {
            filter: None,
            page: page.clone(),
        });
        let runs = self.client.list_runs(runs).await?.into_inner();
        let activities = self.request(ListActivitiesRequest { filter: None, page });
        let activities = self.client.list_activities(activities).await?.into_inner();
        let health = self.request(GetHealthRequest {});
        let health = self.client.get_health(health).await?.into_inner();
        Ok(Look {
            workers: workers.workers,
            runs: runs.runs,
            all_runs: runs.total,
            activities: activities.activities,
            all_activities: activities.total,
            events: self.events().await?,
            health,
        })
    }

    /// Has the service ask the server about the activities of one run.
    pub async fn pending(
        &mut self,
        asked: ListPendingActivitiesRequest,
    ) -> Result<Vec<PendingActivity>, Status> {
        let request = self.request(asked);
        let pending = self.client.list_pending_activities(request).await?;
        Ok(pending.into_inner().activities)
    }

    async fn events(&mut self) -> Result<Vec<Event>> {
        let mut page = Page {
            size: MANY,
            token: String::new(),
        };
        let mut events = Vec::new();
        loop {
            let request = self.request(ListEventsRequest {
                filter: None,
                page: Some(page.clone()),
            });
            let part = self.client.list_events(request).await?.into_inner();
            events.extend(part.events);
            if part.next_page_token.is_empty() {
                return Ok(events);
            }
            page.token = part.next_page_token;
        }
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        if let Some(token) = &self.token {
            request
                .metadata_mut()
                .insert("authorization", token.clone());
        }
        request
    }
}
