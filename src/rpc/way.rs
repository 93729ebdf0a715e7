//! The three ways of calls, and how a call's way is determined.

use prost::Message;

use super::message::{self, Request};

/// The way that a call takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Answered at once.
    Call,
    /// Held for a caller until there is something to say.
    Wait,
    /// Held for a worker until there is a task, and retried by the client forever.
    Poll,
}

impl Way {
    /// Returns the way of a call.
    ///
    /// The client does not expose this, so it is determined by the method and, for methods with two
    /// kinds, by a field of the request.
    pub(super) fn of(rpc: &str, request: &[u8]) -> Self {
        match rpc {
            "PollWorkflowTaskQueue" | "PollActivityTaskQueue" | "PollNexusTaskQueue" => Self::Poll,
            "UpdateWorkflowExecution" | "ExecuteMultiOperation" => Self::Wait,
            "GetWorkflowExecutionHistory" => {
                Self::wait_if(History::decode(request).is_ok_and(|it| it.wait_new_event))
            }
            "DescribeActivityExecution" | "DescribeNexusOperationExecution" => {
                Self::wait_if(Description::decode(request).is_ok_and(|it| !it.token.is_empty()))
            }
            _ => Self::wait_if(rpc.starts_with("Poll")),
        }
    }

    /// Returns the way of a call as layers see it.
    pub(super) fn of_call(request: &Request) -> Self {
        let (_, rpc) = message::split(message::method(request));
        Self::of(rpc, request.body())
    }

    fn wait_if(waits: bool) -> Self {
        if waits { Self::Wait } else { Self::Call }
    }

    /// Returns whether the server holds the call.
    pub(super) fn is_long(self) -> bool {
        self != Self::Call
    }
}

/// The fields of a request for a history that say whether it waits.
#[derive(Clone, PartialEq, Message)]
struct History {
    #[prost(bool, tag = "5")]
    wait_new_event: bool,
}

/// The field of a request for a description that makes it wait for changes.
#[derive(Clone, PartialEq, Message)]
struct Description {
    #[prost(bytes = "vec", tag = "6")]
    token: Vec<u8>,
}
