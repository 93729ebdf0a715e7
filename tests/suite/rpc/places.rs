//! Where ids and waits are in a message: against the messages of every method, as they are
//! described.

use bytes::Bytes;
use chronoscope::schema::{Field, Operation};
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, Kind, MessageDescriptor, Value};

use super::ids::seen;

/// Requests of all methods, with the names of these.
fn methods() -> Vec<(String, MessageDescriptor)> {
    const DESCRIPTORS: &[u8] = include_bytes!(env!("TEMPORAL_DESCRIPTORS"));
    let pool = DescriptorPool::decode(DESCRIPTORS).unwrap();
    let service = pool.get_service_by_name("temporal.api.workflowservice.v1.WorkflowService");
    let methods = service.unwrap();
    let methods = methods
        .methods()
        .map(|it| (it.name().to_owned(), it.input()));
    methods.collect()
}

/// A message whose every text is the path of the field that it is in, and whose every flag is set.
fn filled(of: &MessageDescriptor, path: &str, depth: usize) -> DynamicMessage {
    let mut message = DynamicMessage::new(of.clone());
    for field in of
        .fields()
        .filter(|field| !field.is_list() && !field.is_map())
    {
        let path = match path {
            "" => field.name().to_owned(),
            path => format!("{path}.{}", field.name()),
        };
        let value = match field.kind() {
            Kind::String => Value::String(path),
            Kind::Bool => Value::Bool(true),
            Kind::Bytes => Value::Bytes(Bytes::from(path)),
            Kind::Message(of) if depth < 3 => Value::Message(filled(&of, &path, depth + 1)),
            _ => continue,
        };
        message.set_field(&field, value);
    }
    message
}

fn has(of: &MessageDescriptor, path: &str) -> bool {
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    of.get_field_by_name(name)
        .is_some_and(|field| match field.kind() {
            Kind::Message(of) => has(&of, rest),
            Kind::String => rest.is_empty(),
            _ => false,
        })
}

/// Where a request names whom it is about: the first of these that it has.
const PLACES: [(&str, &str, &str); 7] = [
    ("execution.workflow_id", "execution.run_id", ""),
    (
        "workflow_execution.workflow_id",
        "workflow_execution.run_id",
        "",
    ),
    (
        "update_ref.workflow_execution.workflow_id",
        "update_ref.workflow_execution.run_id",
        "",
    ),
    ("workflow_id", "run_id", ""),
    ("workflow_id", "", ""),
    ("resource_id", "", ""),
    ("", "", "schedule_id"),
];

/// What has such a field for something else: a worker.
const WITHOUT: &[&str] = &[
    "RecordWorkerHeartbeat",
    "FetchWorkerConfig",
    "UpdateWorkerConfig",
];

#[tokio::test]
async fn ids_are_read_from_where_they_are_in_every_message() {
    let mut wrong = Vec::new();
    for (method, request) in methods() {
        let message = filled(&request, "", 0).encode_to_vec();
        let execution = seen(&method, message.into()).await;
        let text = |field| execution.fields().text(field).unwrap_or_default();
        let read = (
            text(Field::WorkflowId),
            text(Field::RunId),
            text(Field::ScheduleId),
        );
        let is_there = |path: &str| path.is_empty() || has(&request, path);
        let mut places = PLACES.into_iter();
        let place = places.find(|(w, r, s)| is_there(w) && is_there(r) && is_there(s));
        let place = place.filter(|_| !WITHOUT.contains(&&*method));
        if read != place.unwrap_or_default() {
            wrong.push(format!("{method}: {read:?}, not {place:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn what_is_held_is_known_by_its_message() {
    for (method, request) in methods() {
        let field = |name| request.get_field_by_name(name).is_some();
        let is_asked = field("wait_new_event") || field("long_poll_token");
        let is_always = method.starts_with("Poll")
            || ["UpdateWorkflowExecution", "ExecuteMultiOperation"].contains(&&*method);
        let waits = |is_long| {
            if is_long {
                Operation::PollRpc
            } else {
                Operation::CallRpc
            }
        };
        let asked = filled(&request, "", 0).encode_to_vec();
        let operation = seen(&method, asked.into()).await.operation();
        assert_eq!(operation, waits(is_asked || is_always), "{method}");
        let operation = seen(&method, Bytes::new()).await.operation();
        assert_eq!(operation, waits(is_always), "{method}");
    }
}
