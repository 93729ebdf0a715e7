//! The payload codec that measures payload sizes.

use std::{fmt, future::Future, pin::Pin};

use prost::Message;
use temporalio_common::{
    data_converters::{PayloadCodec, PayloadConversionError, SerializationContextData},
    protos::temporal::api::common::v1::Payload,
};

use crate::metrics::{Measures, Owner};

type Payloads = Pin<Box<dyn Future<Output = Result<Vec<Payload>, PayloadConversionError>> + Send>>;

/// A payload codec that measures the payloads of the codec it wraps, in the form that the server
/// sees.
///
/// Sizes in bytes are recorded in `temporal_payload_size_bytes`: the server refuses a payload of 2 MiB.
/// [`Observability::codec`](crate::Observability::codec) makes one.
///
/// # Replay
///
/// A replay decodes the payloads of its history again, and they are measured again: this metric
/// measures traffic. `temporal_workflow_command_payload_size` has the payloads of a workflow's live
/// commands.
pub struct MeasuredCodec<C> {
    inner: C,
    measures: Option<Measures>,
}

impl<C> MeasuredCodec<C> {
    pub(crate) fn new(inner: C, measures: Option<Measures>) -> Self {
        Self { inner, measures }
    }
}

fn owner(context: &SerializationContextData) -> Owner {
    match context {
        SerializationContextData::Workflow(_) => Owner::Workflow,
        SerializationContextData::Activity(_) => Owner::Activity,
        _ => Owner::None,
    }
}

impl<C: PayloadCodec> PayloadCodec for MeasuredCodec<C> {
    fn encode(&self, context: &SerializationContextData, payloads: Vec<Payload>) -> Payloads {
        let owner = owner(context);
        let encoding = self.inner.encode(context, payloads);
        let Some(measures) = self.measures.clone() else {
            return encoding;
        };
        Box::pin(async move {
            let encoded = encoding.await?;
            for payload in &encoded {
                measures.payloads().encoded(owner, payload.encoded_len());
            }
            Ok(encoded)
        })
    }

    fn decode(&self, context: &SerializationContextData, payloads: Vec<Payload>) -> Payloads {
        if let Some(measures) = &self.measures {
            for payload in &payloads {
                measures
                    .payloads()
                    .decoded(owner(context), payload.encoded_len());
            }
        }
        self.inner.decode(context, payloads)
    }
}

impl<C: fmt::Debug> fmt::Debug for MeasuredCodec<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MeasuredCodec").field(&self.inner).finish()
    }
}
