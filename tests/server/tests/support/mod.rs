//! The two servers, and a way to play client and worker by hand.

mod commands;
mod print;
mod watch;
mod world;

use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::Duration,
};

use chronoscope_testserver::TestServer;
use temporalio_client::{Connection, ConnectionOptions, Url, tonic::Request};
use temporalio_common::protos::temporal::api::workflowservice::v1::DescribeNamespaceRequest;
use tokio::sync::OnceCell;

pub use self::{
    commands::{
        activity, application_failure, cancel_timer, complete, continue_as_new, fail, marker,
        millis, start_child, text, timer,
    },
    print::{Printer, shape},
    world::World,
};

/// Search attributes that both servers know.
pub const ATTRIBUTES: &[(&str, &str)] = &[("Color", "Keyword"), ("Size", "Int")];

fn options(url: &str) -> ConnectionOptions {
    ConnectionOptions::new(Url::parse(url).unwrap())
        .identity("tester")
        .build()
}

/// A connection to a server of this process.
pub async fn connect(server: &TestServer) -> Connection {
    let options = server.wrap(options("http://in-process:0"));
    Connection::connect(options).await.unwrap()
}

/// A connection to a server by its address.
pub async fn connect_to(address: &str) -> Option<Connection> {
    Connection::connect(options(&format!("http://{address}")))
        .await
        .ok()
}

/// The address of the real server of this test run.
pub async fn real_server() -> &'static str {
    static PROCESS: OnceLock<Child> = OnceLock::new();
    static ADDRESS: OnceCell<String> = OnceCell::const_new();
    ADDRESS
        .get_or_init(|| async {
            let port = TcpListener::bind("127.0.0.1:0")
                .unwrap()
                .local_addr()
                .unwrap()
                .port();
            let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../backends/temporal");
            let mut command = Command::new(script);
            command.args(["serve", &port.to_string(), "--namespace", "default"]);
            for (name, kind) in ATTRIBUTES {
                command.args(["--search-attribute", &format!("{name}={kind}")]);
            }
            {
                let setting = "history.workflowIdReuseMinimalInterval=\"0s\"";
                command.args(["--dynamic-config-value", setting]);
            }
            // The script serves until this pipe is closed: when this process ends.
            command.stdin(Stdio::piped()).stdout(Stdio::null());
            PROCESS.get_or_init(|| command.spawn().unwrap());
            let address = format!("127.0.0.1:{port}");
            while !serves(&address).await {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            address
        })
        .await
}

async fn serves(address: &str) -> bool {
    let Some(connection) = connect_to(address).await else {
        return false;
    };
    let request = DescribeNamespaceRequest {
        namespace: "default".to_owned(),
        ..Default::default()
    };
    let mut service = connection.workflow_service();
    service
        .describe_namespace(Request::new(request))
        .await
        .is_ok()
}
