//! Bodies that misbehave.

use std::{
    collections::VecDeque,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::Frame;
use tokio::{sync::Notify, time::Sleep};

/// What a body does next.
pub enum Step {
    Data(Bytes),
    Trailers(HeaderMap),
    /// It never goes on.
    Hang,
    /// Its stream is reset.
    Reset,
    /// The connection is cut, once what was sent has left.
    Cut,
}

pub struct Steps {
    steps: VecDeque<Step>,
    cut: Arc<Notify>,
    pause: Pin<Box<Sleep>>,
}

impl Steps {
    pub fn new(steps: VecDeque<Step>, cut: Arc<Notify>) -> Self {
        let pause = Box::pin(tokio::time::sleep(Duration::from_millis(20)));
        Self { steps, cut, pause }
    }
}

impl http_body::Body for Steps {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<std::io::Result<Frame<Bytes>>>> {
        if matches!(self.steps.front(), Some(Step::Reset | Step::Cut))
            && pin!(&mut self.pause).poll(cx).is_pending()
        {
            return Poll::Pending;
        }
        match self.steps.pop_front() {
            None => Poll::Ready(None),
            Some(Step::Data(data)) => Poll::Ready(Some(Ok(Frame::data(data)))),
            Some(Step::Trailers(trailers)) => Poll::Ready(Some(Ok(Frame::trailers(trailers)))),
            Some(Step::Reset) => Poll::Ready(Some(Err(std::io::Error::other("reset")))),
            Some(Step::Hang) => {
                self.steps.push_front(Step::Hang);
                Poll::Pending
            }
            Some(Step::Cut) => {
                self.cut.notify_one();
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.steps.is_empty()
    }
}
