//! Loki's layer, without TLS, which pushes to a sink.

use loki_api::{logproto::PushRequest, prost::Message as _};
use serde_json::{Map, Value};
use tokio::task::JoinHandle;
use tracing_loki::BackgroundTaskController;
use url::Url;

use super::{Seen, TARGET, sink::Sink, text};

pub(crate) struct Loki {
    sink: Sink,
    controller: BackgroundTaskController,
    task: JoinHandle<()>,
}

impl Loki {
    pub(crate) fn new() -> (Self, tracing_loki::Layer) {
        let sink = Sink::start();
        let url = Url::parse(&format!("http://{}", sink.address())).unwrap();
        let built = tracing_loki::builder().build_controller_url(url);
        let (layer, controller, task) = built.unwrap();
        let loki = Self {
            sink,
            controller,
            task: tokio::spawn(task),
        };
        (loki, layer)
    }

    /// Waits until everything is pushed.
    pub(crate) async fn seen(self) -> Vec<Seen> {
        self.controller.shutdown().await;
        self.task.await.unwrap();
        let pushes = self.sink.requests().into_iter();
        let lines = pushes.flat_map(|push| {
            let push = snap::raw::Decoder::new().decompress_vec(&push).unwrap();
            let streams = PushRequest::decode(&*push).unwrap().streams;
            streams.into_iter().flat_map(|stream| stream.entries)
        });
        let lines = lines.map(|entry| serde_json::from_str::<Map<String, Value>>(&entry.line));
        let lines = lines.map(Result::unwrap);
        let own = lines.filter(|line| line["_target"] == TARGET);
        own.map(|line| {
            let fields = line.iter().map(|(name, value)| (name.clone(), text(value)));
            Seen::of(fields.collect(), "message")
        })
        .collect()
    }
}
