//! The gRPC service: lists and streams.

use std::pin::Pin;

use tonic::{Request, Response, Status, codegen::tokio_stream::Stream};

use super::{
    asked::Asked,
    page::Page,
    ticks::{Readers, Ticks, pace},
    v1::{self, introspect_server::Introspect},
    view::{ActivityFilter, EventFilter, RunFilter, View},
};
use crate::observability::Process;

/// Responds to calls. Cheap to clone.
#[derive(Clone)]
pub(super) struct Service(View);

type Answer<M> = Result<Response<M>, Status>;
type Streamed<M> = Pin<Box<dyn Stream<Item = Result<M, Status>> + Send>>;
type Watching<M> = Answer<Streamed<M>>;

impl Service {
    pub(super) fn new(process: Process, server: Asked) -> Self {
        Self(View {
            process,
            readers: Readers::default(),
            server,
        })
    }

    /// Streams a message of the view at each tick.
    fn stream<M: Send + 'static>(
        &self,
        asked: Option<v1::Pace>,
        mut make: impl FnMut(&View, v1::Tick) -> M + Send + 'static,
    ) -> Watching<M> {
        let every = pace(asked)?;
        let place = self.0.readers.join()?;
        let view = self.0.clone();
        let ticks = Ticks::new(every, place, move |tick| make(&view, tick));
        Ok(Response::new(Box::pin(ticks)))
    }
}

#[tonic::async_trait]
impl Introspect for Service {
    type WatchWorkersStream = Streamed<v1::ListWorkersResponse>;
    type WatchRunsStream = Streamed<v1::ListRunsResponse>;
    type WatchActivitiesStream = Streamed<v1::ListActivitiesResponse>;
    type WatchEventsStream = Streamed<v1::ListEventsResponse>;
    type WatchHealthStream = Streamed<v1::GetHealthResponse>;

    async fn list_workers(
        &self,
        _: Request<v1::ListWorkersRequest>,
    ) -> Answer<v1::ListWorkersResponse> {
        Ok(Response::new(self.0.workers(None)))
    }

    async fn watch_workers(
        &self,
        request: Request<v1::WatchWorkersRequest>,
    ) -> Watching<v1::ListWorkersResponse> {
        self.stream(request.into_inner().pace, |view, tick| {
            view.workers(Some(tick))
        })
    }

    async fn list_runs(
        &self,
        request: Request<v1::ListRunsRequest>,
    ) -> Answer<v1::ListRunsResponse> {
        let request = request.into_inner();
        let (filter, page) = (RunFilter::read(request.filter)?, Page::read(request.page)?);
        Ok(Response::new(self.0.runs(&filter, page, None)))
    }

    async fn watch_runs(
        &self,
        request: Request<v1::WatchRunsRequest>,
    ) -> Watching<v1::ListRunsResponse> {
        let request = request.into_inner();
        let (filter, page) = (RunFilter::read(request.filter)?, Page::read(request.page)?);
        self.stream(request.pace, move |view, tick| {
            view.runs(&filter, page, Some(tick))
        })
    }

    async fn list_activities(
        &self,
        request: Request<v1::ListActivitiesRequest>,
    ) -> Answer<v1::ListActivitiesResponse> {
        let request = request.into_inner();
        let filter = ActivityFilter::read(request.filter);
        let page = Page::read(request.page)?;
        Ok(Response::new(self.0.activities(&filter, page, None)))
    }

    async fn watch_activities(
        &self,
        request: Request<v1::WatchActivitiesRequest>,
    ) -> Watching<v1::ListActivitiesResponse> {
        let request = request.into_inner();
        let filter = ActivityFilter::read(request.filter);
        let page = Page::read(request.page)?;
        self.stream(request.pace, move |view, tick| {
            view.activities(&filter, page, Some(tick))
        })
    }

    async fn list_pending_activities(
        &self,
        request: Request<v1::ListPendingActivitiesRequest>,
    ) -> Answer<v1::ListPendingActivitiesResponse> {
        let pending = self.0.pending_activities(request.into_inner()).await?;
        Ok(Response::new(pending))
    }

    async fn list_events(
        &self,
        request: Request<v1::ListEventsRequest>,
    ) -> Answer<v1::ListEventsResponse> {
        let request = request.into_inner();
        let filter = EventFilter::read(request.filter)?;
        let page = Page::read(request.page)?;
        Ok(Response::new(self.0.events(&filter, page)))
    }

    async fn watch_events(
        &self,
        request: Request<v1::WatchEventsRequest>,
    ) -> Watching<v1::ListEventsResponse> {
        let request = request.into_inner();
        let filter = EventFilter::read(request.filter)?;
        let mut seen = match request.from_oldest {
            true => self.0.before_the_oldest_event(),
            false => self.0.newest_event(),
        };
        self.stream(request.pace, move |view, tick| {
            view.new_events(&filter, &mut seen, tick)
        })
    }

    async fn get_health(&self, _: Request<v1::GetHealthRequest>) -> Answer<v1::GetHealthResponse> {
        Ok(Response::new(self.0.health(None)))
    }

    async fn watch_health(
        &self,
        request: Request<v1::WatchHealthRequest>,
    ) -> Watching<v1::GetHealthResponse> {
        self.stream(request.into_inner().pace, |view, tick| {
            view.health(Some(tick))
        })
    }
}
