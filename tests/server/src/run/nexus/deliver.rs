//! What a handler gets: a request to start or to cancel, and where the end of a started one goes.

use std::fmt::Write as _;

use prost::Message;

use super::{Asked, Sent};
use crate::{
    proto::{common, history, nexus, service},
    run::Run,
    token::NexusToken,
};

/// The only address of callbacks that is served: this server's own.
const ADDRESS: &str = "temporal://system";
const TOKEN: &str = "temporal-callback-token";

/// Which operation hears of a run's end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Callback {
    pub(crate) run_id: String,
    pub(crate) scheduled: i64,
    pub(crate) request_id: String,
}

impl Callback {
    /// Reads what a start brought along; nothing if it leads elsewhere.
    pub(crate) fn read(callback: &common::Callback) -> Option<Self> {
        let common::callback::Variant::Nexus(nexus) = callback.variant.as_ref()? else {
            return None;
        };
        let named = |(key, _): &(&String, &String)| key.eq_ignore_ascii_case(TOKEN);
        let (_, token) = nexus.header.iter().find(named)?;
        let mut parts = token.splitn(3, '/');
        let callback = Self {
            run_id: parts.next()?.to_owned(),
            scheduled: parts.next()?.parse().ok()?,
            request_id: parts.next()?.to_owned(),
        };
        (nexus.url == ADDRESS).then_some(callback)
    }

    fn header(&self) -> (String, String) {
        let token = format!("{}/{}/{}", self.run_id, self.scheduled, self.request_id);
        (TOKEN.to_owned(), token)
    }
}

/// Escapes what may not stand in a path.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~:@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a text can't fail.
            write!(out, "%{byte:02X}").unwrap_or_default();
        }
    }
    out
}

impl Run {
    /// The operations that hear of this run's end.
    pub(in crate::run) fn callbacks(&self) -> Vec<Callback> {
        let started = self.started();
        let callbacks = started.into_iter().flat_map(|s| &s.completion_callbacks);
        callbacks.filter_map(Callback::read).collect()
    }

    /// A worker takes the request, if it still waits.
    pub(crate) fn deliver_request(
        &self,
        id: i64,
        stamp: u64,
    ) -> Option<service::PollNexusTaskQueueResponse> {
        let sent = self.requests.get(&id).filter(|sent| sent.stamp == stamp)?;
        let scheduled = self.operation_scheduled(id)?;
        let token = NexusToken {
            run_id: self.run_id.clone(),
            scheduled: id,
            stamp,
        };
        let mut header = scheduled.nexus_header.clone();
        let limit = |until: crate::clock::Time| format!("{}ms", until.since(self.now).as_millis());
        header.insert("request-timeout".to_owned(), limit(sent.until));
        if let Some(expires) = self.operation_expires_at(id) {
            header.insert("operation-timeout".to_owned(), limit(expires));
        }
        Some(service::PollNexusTaskQueueResponse {
            task_token: token.encode_to_vec(),
            request: Some(nexus::Request {
                header,
                scheduled_time: Some(sent.sent_at.proto()),
                endpoint: scheduled.endpoint.clone(),
                variant: Some(self.asked_for(id, sent, scheduled)),
                ..Default::default()
            }),
            ..Default::default()
        })
    }

    #[expect(deprecated, reason = "older workers read the token by its former name")]
    fn asked_for(
        &self,
        id: i64,
        sent: &Sent,
        scheduled: &history::NexusOperationScheduledEventAttributes,
    ) -> nexus::request::Variant {
        let service = scheduled.service.clone();
        let operation = scheduled.operation.clone();
        if sent.asked == Asked::Cancel {
            let token = self.operation_token(id).unwrap_or_default();
            return nexus::request::Variant::CancelOperation(nexus::CancelOperationRequest {
                service,
                operation,
                operation_id: token.clone(),
                operation_token: token,
            });
        }
        let callback = Callback {
            run_id: self.run_id.clone(),
            scheduled: id,
            request_id: scheduled.request_id.clone(),
        };
        nexus::request::Variant::StartOperation(nexus::StartOperationRequest {
            service,
            operation,
            request_id: scheduled.request_id.clone(),
            callback: ADDRESS.to_owned(),
            // Never missing: no input is an empty one.
            payload: Some(scheduled.input.clone().unwrap_or_default()),
            callback_header: [callback.header()].into(),
            links: vec![nexus::Link {
                url: format!(
                    "temporal:///namespaces/{}/workflows/{}/{}/history?eventID={id}&eventType=NexusOperationScheduled&referenceType=EventReference",
                    escaped(&self.namespace),
                    escaped(&self.workflow_id),
                    self.run_id,
                ),
                r#type: "temporal.api.common.v1.Link.WorkflowEvent".to_owned(),
            }],
        })
    }
}
