//! Slow, dead and many readers: missed updates are counted and reported, and nothing piles up.

use chronoscope::{
    Observability,
    introspect::v1::{introspect_client::IntrospectClient, *},
    schema::{Field, Operation},
    testing::{execution, unwired::attempt},
};
use temporalio_sdk::activities::ActivityError;
use tonic::{Code, Streaming, transport::Endpoint};

use super::{client, often, serve, until};
use crate::support::moment;

/// How many events are kept for readers, and how many wait to be taken over.
const KEPT: u64 = 1024;
const WAITING: u64 = 4096;

/// Has an activity fail, as often as is said.
async fn fail(observability: &Observability, times: u64) {
    for n in 0..times {
        let failing = execution(Operation::RunActivity)
            .field(Field::ActivityType, "fails")
            .field(Field::TaskQueue, "readers")
            .field(Field::ActivityId, &*n.to_string())
            .build();
        let failed = || async { Err::<(), ActivityError>(anyhow::anyhow!("on purpose").into()) };
        attempt(observability, failing, failed).await.unwrap_err();
    }
}

async fn streams(client: &mut super::Client) -> Streams {
    let health = client.get_health(GetHealthRequest {}).await.unwrap();
    health.into_inner().streams.unwrap()
}

#[tokio::test]
async fn a_reader_that_does_not_read_is_told_what_it_missed() {
    let (observability, address) = serve(Observability::builder());
    // This one takes a thousand bytes, and then nothing until it reads.
    let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
    let endpoint = endpoint.initial_stream_window_size(1000);
    let mut dead = IntrospectClient::new(endpoint.connect().await.unwrap());
    let request = WatchEventsRequest {
        pace: often(),
        ..Default::default()
    };
    let mut unread = dead
        .watch_events(request.clone())
        .await
        .unwrap()
        .into_inner();
    let mut live = client(address).await;
    let stream = live.watch_events(request).await.unwrap().into_inner();
    let mut stream = Box::pin(stream);
    let (mut told, mut ticks) = (0, 0);
    // The one that reads gets everything, in order, meanwhile.
    for burst in 1..=10 {
        fail(&observability, 1000).await;
        while told < burst * 1000 {
            let message = stream.message().await.unwrap().unwrap();
            for event in &message.events {
                told += 1;
                assert_eq!(event.number, told);
            }
            assert_eq!((message.missed, message.dropped), (0, 0));
            ticks += 1;
        }
    }
    assert!(ticks >= 10);
    // Then the dead one wakes.
    let (mut got, mut missed, mut ticks_missed, mut newest) = (0, 0, 0, 0);
    while newest < told {
        let message = unread.message().await.unwrap().unwrap();
        got += message.events.len() as u64;
        missed += message.missed;
        ticks_missed += message.tick.unwrap().missed;
        newest = message.events.last().map_or(newest, |event| event.number);
        assert_eq!(got + missed, newest);
    }
    assert!(ticks_missed > 0);
    // Nothing piled up for it: what it got is what one or two messages hold.
    assert!(
        got <= 3 * KEPT && missed >= told - 3 * KEPT,
        "{got} {missed}"
    );
    assert_eq!(streams(&mut live).await.events, told);
    assert_eq!(streams(&mut live).await.readers, 2);
    drop((unread, dead));
    while streams(&mut live).await.readers != 1 {
        moment().await;
    }
}

#[tokio::test]
async fn the_oldest_events_make_room_though_nobody_reads() {
    const MANY: u64 = 50_000;
    let (observability, address) = serve(Observability::builder());
    // No reader takes anything over meanwhile.
    fail(&observability, MANY).await;
    let mut client = client(address).await;
    let health = streams(&mut client).await;
    assert_eq!(health.events + health.dropped, MANY);
    // None is lost but to a reader who takes over at that very moment.
    assert!(health.dropped < WAITING, "{health:?}");
    let request = ListEventsRequest {
        filter: None,
        page: super::page(1000),
    };
    let list = client.list_events(request).await.unwrap().into_inner();
    assert_eq!(list.dropped, health.dropped);
    assert_eq!(list.missed, health.events - KEPT);
    assert_eq!(list.events.len(), 1000);
    assert_eq!(list.events[0].number, list.missed + 1);
    // A reader who begins with what was before is told of all of it as well.
    let request = WatchEventsRequest {
        pace: often(),
        from_oldest: true,
        ..Default::default()
    };
    let stream = client.watch_events(request).await.unwrap().into_inner();
    let first = until(stream, |_| true).await;
    assert_eq!(
        (first.events.len() as u64, first.dropped),
        (KEPT, health.dropped)
    );
    let newest = first.events.last().unwrap();
    assert_eq!(newest.activity_id, (MANY - 1).to_string());
}

#[tokio::test]
async fn streams_tick_once_a_second_unless_told_otherwise() {
    let (_observability, address) = serve(Observability::builder());
    let mut client = client(address).await;
    let pace = |seconds, nanos| WatchHealthRequest {
        pace: Some(Pace {
            interval: Some(prost_types::Duration { seconds, nanos }),
        }),
    };
    let often = client.watch_health(pace(0, 100_000_000)).await.unwrap();
    let by_default = WatchHealthRequest { pace: None };
    let by_default = client.watch_health(by_default).await.unwrap();
    let (mut often, mut by_default) = (often.into_inner(), by_default.into_inner());
    let tick = async |stream: &mut Streaming<GetHealthResponse>| {
        stream.message().await.unwrap().unwrap().tick.unwrap()
    };
    // Each counts what it missed; a tick of the one is ten of the other.
    let (mut seconds, mut tenths) = (0, 0);
    while seconds < 3 {
        tokio::select! {
            next = tick(&mut by_default) => {
                assert_eq!(next.missed, next.number - seconds - 1);
                seconds = next.number;
            }
            next = tick(&mut often) => {
                assert_eq!(next.missed, next.number - tenths - 1);
                tenths = next.number;
            }
        }
    }
    assert!(tenths >= 10, "{tenths}");
    for (seconds, nanos) in [(0, 0), (0, 99_999_999), (3601, 0), (-1, 0), (i64::MAX, 0)] {
        let refused = client.watch_health(pace(seconds, nanos)).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{seconds} {nanos}");
    }
}

#[tokio::test]
async fn too_many_readers_are_refused() {
    let (_observability, address) = serve(Observability::builder());
    let mut open = Vec::new();
    // A connection has few calls open at once, so there are several.
    let refused = 'all: loop {
        let mut client = client(address).await;
        for _ in 0..60 {
            match client.watch_workers(WatchWorkersRequest::default()).await {
                Ok(stream) => open.push((client.clone(), stream)),
                Err(error) => break 'all error,
            }
        }
    };
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert_eq!(open.len(), 256);
}
