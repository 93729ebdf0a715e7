//! One call as it is observed.

use std::{sync::Arc, time::Duration};

use temporalio_client::tonic::Code;
use tower::BoxError;

use super::{
    deadline::Deadline,
    ids,
    message::{self, Request, Response},
    status,
    way::Way,
};
use crate::{
    clock,
    execution::{Execution, Fields, Info, with_current},
    metrics::{Method, RpcSeries},
    observe::{Call, Observer, Signals, Watch},
    schema::{Field, Operation, OperationKind, Outcome},
};

/// What the execution of a call is timed by.
pub(super) struct Timed {
    series: Option<Arc<RpcSeries>>,
    /// What is made of the call here and further out.
    made: Signals,
}

/// One gRPC call.
pub(super) struct RpcCall {
    timed: Arc<Timed>,
    deadline: Option<Deadline>,
}

impl RpcCall {
    /// Prepares the execution of a call with these signals, or returns `None` where layers around
    /// this one make all of them already.
    pub(super) fn starting(
        request: &Request,
        watch: &Watch,
    ) -> Option<(Observer, Execution, Self)> {
        let around = made();
        let signals = watch.signals().without(around);
        if signals.is_empty() {
            return None;
        }
        let observer = watch.observer(signals);
        let method = message::method(request);
        let is_long_poll = Way::of_call(request).is_long();
        let operation = match is_long_poll {
            true => Operation::PollRpc,
            false => Operation::CallRpc,
        };
        let server = Server::of(request);
        let series = observer.measured().map(|measures| {
            measures.rpc(Method {
                name: method,
                is_long_poll,
                address: server.address,
                port: server.port,
            })
        });
        let timed = Arc::new(Timed {
            series,
            made: signals.with(around),
        });
        let fields = match signals == Signals::METRICS {
            // None of them is a label of these.
            true => Fields::default().with(Field::RpcMethod, method),
            false => fields(request, method, &server),
        };
        let call = Self {
            timed: timed.clone(),
            deadline: request.extensions().get().copied(),
        };
        let prepare = |info: &mut Info| {
            trace(observer, info);
            info.measured_by(timed, clock::now());
        };
        let execution = observer.execution(operation, Arc::new(fields), prepare)?;
        Some((observer.clone(), execution, call))
    }
}

/// Returns the signals that layers around this one make of this very call already.
fn made() -> Signals {
    let made = with_current(|now| {
        let (timed, _) = now.info().measured::<Timed>()?;
        (now.kind() == OperationKind::Rpc).then_some(timed.made)
    });
    made.flatten().unwrap_or_default()
}

fn trace(observer: &Observer, info: &mut Info) {
    let traces = observer.traced();
    if let Some(traces) = traces.filter(|_| info.operation().is_traced()) {
        traces.call(info.operation(), info.fields()).trace(info);
    }
}

/// What is called.
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

/// Returns the port as it is spelled.
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
                // An error is one, whatever it says of itself.
                Code::Ok => Outcome::of_status(Code::Unknown as i32),
                code => Outcome::of_status(code as i32),
            },
        }
    }

    /// A stack drops the call whose deadline passes before the connection has told so.
    fn classify_drop(&self) -> Outcome {
        match self.deadline {
            Some(deadline) if deadline.is_within(Duration::ZERO) => {
                Outcome::of_status(Code::DeadlineExceeded as i32)
            }
            _ => Outcome::Dropped,
        }
    }

    fn measure(&self, outcome: &Outcome) {
        let Some(series) = &self.timed.series else {
            return;
        };
        let started = with_current(|now| Some(now.info().measured::<Timed>()?.1));
        if let Some(started) = started.flatten() {
            series.ended(outcome, started.elapsed());
        }
    }
}
