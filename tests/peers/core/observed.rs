//! All of chronoscope around the worker core's own tests. `run` puts this file into their `common`.

use std::{io, net::SocketAddr, sync::LazyLock};

use chronoscope::{Observability, Wrap, export::Collector, rpc::Stack};
use temporalio_client::ConnectionOptions;

const ANYWHERE: ([u8; 4], u16) = ([127, 0, 0, 1], 0);

/// Lines go nowhere, and nobody takes spans: they are made, and dropped.
static ALL: LazyLock<Observability> = LazyLock::new(|| {
    Observability::builder()
        .logs(|l| l.filter("debug").writer(io::sink()))
        .metrics(|m| m.prometheus(SocketAddr::from(ANYWHERE)))
        .traces(|t| t.otlp(Collector::at("http://127.0.0.1:1")))
        .introspect(|i| i.listen(ANYWHERE))
        .install()
        .expect("it is the first")
});

/// Installs the subscriber, if it isn't yet.
pub(crate) fn install() {
    LazyLock::force(&ALL);
}

pub(crate) fn wrap<O: Wrap>(options: O) -> O {
    ALL.wrap(options)
}

pub(crate) fn connection(options: ConnectionOptions) -> ConnectionOptions {
    let stack = Stack::new().all(ALL.rpc());
    let options = stack.wrap(ALL.wrap(options));
    options.expect("the layers honour these options")
}
