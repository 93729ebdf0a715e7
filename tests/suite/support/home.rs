//! The server of this test run: the one in this process, or with `CHRONOSCOPE_TESTS=real` a Temporal
//! server.

use std::{net::Ipv4Addr, sync::mpsc, thread};

use chronoscope_testserver::TestServer;
use tokio::sync::OnceCell;

use super::{Server, register, unique};

/// A server, and a namespace that nobody else uses.
pub struct Home {
    pub address: String,
    pub namespace: String,
    _server: Option<Server>,
}

static HOME: OnceCell<Home> = OnceCell::const_new();

/// Whether this run is on a real server.
pub fn is_real() -> bool {
    match std::env::var("CHRONOSCOPE_TESTS").as_deref() {
        Ok("real") => true,
        Err(_) | Ok("" | "quick") => false,
        Ok(other) => panic!("CHRONOSCOPE_TESTS is {other:?}: set it to real, or not at all"),
    }
}

/// How much of something there is: on a real server, on which there is time, the whole.
pub fn sized<T>(quick: T, whole: T) -> T {
    match is_real() {
        true => whole,
        false => quick,
    }
}

pub async fn home() -> &'static Home {
    HOME.get_or_init(|| async {
        let namespace = unique("chronoscope");
        let named = std::env::var("TEMPORAL_ADDRESS");
        let (address, server) = match (is_real(), named) {
            (true, Ok(address)) => (address, None),
            (true, Err(_)) => {
                let server = Server::start(&namespace).await.unwrap();
                (server.address().to_owned(), Some(server))
            }
            (false, _) => (in_this_process(), None),
        };
        if server.is_none() {
            register(&address, &namespace).await;
        }
        Home {
            address,
            namespace,
            _server: server,
        }
    })
    .await
}

/// Serves until the process ends, on a runtime that outlives those of the tests.
fn in_this_process() -> String {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let server = TestServer::start().await;
            let anywhere = (Ipv4Addr::LOCALHOST, 0).into();
            let address = server.listen(anywhere).await.unwrap();
            tell.send(address.to_string()).unwrap();
            std::future::pending::<()>().await;
        });
    });
    told.recv().unwrap()
}
