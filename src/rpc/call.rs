//! One observed gRPC call: its fields, outcome, measures and line.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use temporalio_client::tonic::Code;
use tower::BoxError;

use super::{
    deadline::Deadline,
    ids, log,
    message::{self, Request, Response},
    status,
    way::Way,
};
use crate::{
    clock,
    execution::{Execution, Fields, Info, Signals, with_current},
    metrics::{Method, RpcSeries},
    observe::{Call, Observer},
    schema::{Field, Operation, Outcome},
};

/// One gRPC call.
pub(super) struct RpcCall {
    series: Option<Arc<RpcSeries>>,
    started: Instant,
    deadline: Option<Deadline>,
}

impl RpcCall {
    /// Prepares the execution of a call, or returns `None` if layers around this one already make
    /// all its signals.
    pub(super) fn starting(
        request: &Request,
        observer: &Observer,
    ) -> Option<(Observer, Execution, Self)> {
        let method = message::method(request);
        let is_long_poll = Way::of_call(request).is_long();
        let operation = match is_long_poll {
            true => Operation::PollRpc,
            false => Operation::CallRpc,
        };
        // Any call inside a call's layers is that same call.
        let made = with_current(|now| now.made_of(operation, |_| true)).unwrap_or_default();
        let observer = observer.only(Signals::ALL.without(made));
        let signals = observer.signals();
        if signals.is_empty() {
            return None;
        }
        let server = Server::of(request);
        let series = observer.measured().map(|measures| {
            measures.rpc(Method {
                name: method,
                is_long_poll,
                address: server.address,
                port: server.port,
            })
        });
        let fields = match signals == Signals::METRICS {
            // These metrics have none of the other fields as labels.
            true => Fields::default().with(Field::RpcMethod, method),
            false => fields(request, method, &server),
        };
        let mut info = Info::new(operation, Arc::new(fields));
        info.made(made);
        trace(&observer, &mut info);
        let execution = observer.execution_of(info);
        let call = Self {
            series,
            started: clock::now(),
            deadline: request.extensions().get().copied(),
        };
        Some((observer, execution, call))
    }
}

fn trace(observer: &Observer, info: &mut Info) {
    let traces = observer.traced();
    if let Some(traces) = traces.filter(|_| info.operation().is_traced()) {
        traces.call(info.operation(), info.fields()).trace(info);
    }
}

/// The server of a call.
struct Server<'a> {
    address: &'a str,
    port: &'a str,
}

impl<'a> Server<'a> {
    fn of(request: &'a Request) -> Self {
        Self {
            address: request.uri().host().unwrap_or_default(),
            port: port_text(request.uri()),
        }
    }
}

/// Returns the port as written in the URI.
fn port_text(uri: &http::Uri) -> &str {
    let authority = uri.authority().map(http::uri::Authority::as_str);
    let after = authority.and_then(|authority| authority.rsplit_once(':'));
    match after {
        Some((_, port)) if uri.port().is_some() => port,
        _ => "",
    }
}

fn fields(request: &Request, method: &str, server: &Server<'_>) -> Fields {
    let namespace = message::text(request.headers(), "temporal-namespace");
    let fields = Fields::default().with(Field::Namespace, namespace);
    ids::add(fields, method, request.body())
        .with(Field::RpcSystem, "grpc")
        .with(Field::RpcMethod, method)
        .with(Field::ServerAddress, server.address)
        .with(Field::ServerPort, server.port)
}

impl Call<Result<Response, BoxError>> for RpcCall {
    fn classify(&self, output: &Result<Response, BoxError>) -> Outcome {
        match output {
            Ok(_) => Outcome::Completed,
            Err(error) => match status::code(&**error) {
                // An error with status OK is an error all the same.
                Code::Ok => Outcome::of_status(Code::Unknown as i32),
                code => Outcome::of_status(code as i32),
            },
        }
    }

    /// A stack drops a call whose deadline passes before the connection has reported it.
    fn classify_drop(&self) -> Outcome {
        match self.deadline {
            Some(deadline) if deadline.is_within(Duration::ZERO) => {
                Outcome::of_status(Code::DeadlineExceeded as i32)
            }
            _ => Outcome::Dropped,
        }
    }

    fn measure(&self, outcome: &Outcome) {
        if let Some(series) = &self.series {
            series.ended(outcome, self.started.elapsed());
        }
    }

    fn log(&self, execution: &Execution, outcome: &Outcome) {
        log::ended(execution, outcome, self.started.elapsed());
    }
}
