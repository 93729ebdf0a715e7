//! The messages that the crate handles, under short names.

pub(crate) use prost_wkt_types::{Duration as Span, Timestamp};
pub(crate) use temporalio_common::protos::temporal::api::{
    command::v1 as command, common::v1 as common, deployment::v1 as deployment, enums::v1 as enums,
    errordetails::v1 as details, failure::v1 as failure, filter::v1 as filter,
    history::v1 as history, namespace::v1 as namespace, nexus::v1 as nexus,
    operatorservice::v1 as operator, protocol::v1 as protocol, query::v1 as query,
    schedule::v1 as schedule, sdk::v1 as sdk, taskqueue::v1 as taskqueue,
    testservice::v1 as testservice, update::v1 as update, workflow::v1 as workflow,
    workflowservice::v1 as service,
};

pub(crate) use self::{
    common::{Payload, Payloads, WorkflowExecution, WorkflowType},
    enums::{EventType, TimeoutType, WorkflowExecutionStatus as Status, WorkflowTaskFailedCause},
    failure::Failure,
    history::{HistoryEvent, history_event::Attributes},
};
