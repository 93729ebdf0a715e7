//! Tokens: what a task or a page says about itself when it comes back.

use prost::Message;
use tonic::Status;

use crate::{error, proto::Timestamp};

/// Stands for a workflow task that a worker has.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct WorkflowToken {
    #[prost(string, tag = "1")]
    pub(crate) run_id: String,
    #[prost(uint64, tag = "2")]
    pub(crate) stamp: u64,
}

/// Stands for an activity's attempt that a worker has.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ActivityToken {
    #[prost(string, tag = "1")]
    pub(crate) run_id: String,
    #[prost(int64, tag = "2")]
    pub(crate) scheduled: i64,
    #[prost(uint64, tag = "3")]
    pub(crate) stamp: u64,
}

/// Stands for a request to a Nexus operation's handler that a worker has.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct NexusToken {
    #[prost(string, tag = "1")]
    pub(crate) run_id: String,
    #[prost(int64, tag = "2")]
    pub(crate) scheduled: i64,
    #[prost(uint64, tag = "3")]
    pub(crate) stamp: u64,
}

/// Stands for a query that a worker has.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct QueryToken {
    #[prost(string, tag = "1")]
    pub(crate) run_id: String,
    #[prost(uint64, tag = "2")]
    pub(crate) query: u64,
}

/// Says where a history goes on.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct PageToken {
    #[prost(string, tag = "1")]
    pub(crate) run_id: String,
    /// The first event that is still to come.
    #[prost(int64, tag = "2")]
    pub(crate) next: i64,
    /// The last event to come; nothing if it is the newest one then.
    #[prost(int64, tag = "3")]
    pub(crate) last: i64,
    /// The task whose unwritten events follow the last one.
    #[prost(uint64, tag = "4")]
    pub(crate) task: u64,
}

/// Says where a list goes on: behind a run, wherever that is by then.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ListToken {
    #[prost(string, tag = "1")]
    pub(crate) run_id: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) started: Option<Timestamp>,
    #[prost(message, optional, tag = "3")]
    pub(crate) closed: Option<Timestamp>,
}

/// Reads a task token.
pub(crate) fn task<T: Message + Default>(bytes: &[u8]) -> Result<T, Status> {
    if bytes.is_empty() {
        return Err(error::invalid("Task token not set on request."));
    }
    T::decode(bytes).map_err(|_| error::invalid("error deserializing task token"))
}

/// Reads a page token; none is the first page.
pub(crate) fn page<T: Message + Default>(bytes: &[u8]) -> Result<Option<T>, Status> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let token = T::decode(bytes).map_err(|_| error::invalid("Invalid NextPageToken."))?;
    Ok(Some(token))
}
