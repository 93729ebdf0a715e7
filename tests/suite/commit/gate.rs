//! A layer next to the server that holds completions up on their way.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use chronoscope::rpc::{Request, RpcService, Stack};
use tokio::sync::Semaphore;
use tower::{BoxError, ServiceExt as _, layer::layer_fn, service_fn};

/// Returns whether a call completes a workflow task.
pub fn completes(request: &Request) -> bool {
    let path = request.uri().path();
    path.ends_with("/RespondWorkflowTaskCompleted")
}

/// Holds up completions of workflow tasks.
#[derive(Clone)]
pub struct Gate(Arc<State>);

struct State {
    is_closed: AtomicBool,
    came: Semaphore,
    goes: Semaphore,
}

impl Gate {
    /// Returns a gate that is closed for the next completion, or for all until it is opened.
    pub fn closed() -> Self {
        Self(Arc::new(State {
            is_closed: AtomicBool::new(true),
            came: Semaphore::new(0),
            goes: Semaphore::new(0),
        }))
    }

    /// The layer in which completions wait on their way to the server.
    pub fn stack(&self) -> Stack {
        self.layer(false)
    }

    /// The layer in which their answers do.
    pub fn answers(&self) -> Stack {
        self.layer(true)
    }

    fn layer(&self, is_back: bool) -> Stack {
        let gate = self.clone();
        Stack::new().calls(layer_fn(move |inner: RpcService| {
            let gate = gate.clone();
            service_fn(move |request: Request| {
                let (gate, inner) = (gate.clone(), inner.clone());
                async move {
                    let waits = completes(&request) && gate.0.is_closed.load(Ordering::SeqCst);
                    if waits && !is_back {
                        gate.wait().await?;
                    }
                    let answer = inner.oneshot(request).await;
                    if waits && is_back {
                        gate.wait().await?;
                    }
                    answer
                }
            })
        }))
    }

    async fn wait(&self) -> Result<(), BoxError> {
        self.0.came.add_permits(1);
        self.0.goes.acquire().await?.forget();
        Ok(())
    }

    /// Waits until so many completions have come.
    pub async fn came(&self, completions: u32) {
        let came = self.0.came.acquire_many(completions).await;
        came.unwrap().forget();
    }

    /// Lets the completions that came go on.
    pub fn pass(&self, completions: usize) {
        self.0.goes.add_permits(completions);
    }

    pub fn close(&self) {
        self.0.is_closed.store(true, Ordering::SeqCst);
    }

    /// Has later completions pass.
    pub fn open(&self) {
        self.0.is_closed.store(false, Ordering::SeqCst);
    }
}
