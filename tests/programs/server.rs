//! The server that a program is played on.

use std::{net::SocketAddr, sync::OnceLock, time::Duration};

use chronoscope_testserver::{Fault, IndexedValueType, TestServer};
use temporalio_client::{ConnectionOptions, Url, tonic::Status};

use crate::{program::Action, temporal, wiring::ATTRIBUTE};

/// The server that a program is played on.
pub enum Server {
    /// In this process.
    Here(TestServer),
    /// In another one, at an address.
    There(String),
}

/// Where the real server is.
static REAL: OnceLock<String> = OnceLock::new();

/// Starts a real server, which serves until it is dropped.
pub fn serve_really() -> temporal::Server {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.expect("there is a runtime");
    let flags = ["--search-attribute".to_owned(), format!("{ATTRIBUTE}=Int")];
    let server = runtime.block_on(temporal::Server::start_with("default", &flags));
    let server = server.expect("there is a server");
    REAL.get_or_init(|| server.address().to_owned());
    server
}

impl Server {
    /// The real one, which [`serve_really`] has started.
    pub async fn real() -> Self {
        Self::There(REAL.get().expect("it was started").clone())
    }

    pub async fn start() -> Self {
        let server = TestServer::builder().auto_skip();
        let server = server.search_attribute(ATTRIBUTE, IndexedValueType::Int);
        Self::Here(server.start().await)
    }

    pub fn connection(&self) -> ConnectionOptions {
        let address = match self {
            Self::Here(_) => "in-process",
            Self::There(address) => address,
        };
        let url = Url::parse(&format!("http://{address}")).expect("it is one");
        let options = ConnectionOptions::new(url).build();
        match self {
            Self::Here(server) => server.wrap(options),
            Self::There(_) => options,
        }
    }

    /// Serves other processes, too.
    pub async fn address(&self) -> String {
        match self {
            Self::Here(server) => {
                let any = SocketAddr::from(([127, 0, 0, 1], 0));
                server
                    .listen(any)
                    .await
                    .expect("a port is free")
                    .to_string()
            }
            Self::There(address) => address.clone(),
        }
    }

    /// Whether its time passes as it does for everybody.
    pub fn is_real(&self) -> bool {
        matches!(self, Self::There(_))
    }

    /// Brings about a fault of the server, where it can be had.
    pub fn fail(&self, id: &str, action: &Action) {
        let Self::Here(server) = self else {
            return;
        };
        match action {
            Action::Forget => server.forget_sticky("default", id).unwrap_or_default(),
            Action::Expire => drop(server.expire_workflow_task("default", id)),
            Action::Lose(call) => server.inject(call.rpc(), Fault::DropResponse),
            Action::Refuse(call) => {
                server.inject(call.rpc(), Fault::Fail(Status::unavailable("on purpose")));
            }
            Action::Delay(call, millis) => {
                let late = Duration::from_millis(u64::from(*millis));
                server.inject(call.rpc(), Fault::Delay(late));
            }
            _ => {}
        }
    }
}
