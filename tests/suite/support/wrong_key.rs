//! A data converter whose codec has the wrong key.

use std::future::ready;

use futures::future::BoxFuture;
use temporalio_common::{
    data_converters::{
        DataConverter, DefaultFailureConverter, PayloadCodec, PayloadConversionError,
        PayloadConverter, SerializationContextData,
    },
    protos::temporal::api::common::v1::Payload,
};

/// Can encode, and not decode: its error quotes what it was given.
struct WrongKey;

impl PayloadCodec for WrongKey {
    fn encode(
        &self,
        _: &SerializationContextData,
        payloads: Vec<Payload>,
    ) -> BoxFuture<'static, Result<Vec<Payload>, PayloadConversionError>> {
        Box::pin(ready(Ok(payloads)))
    }

    fn decode(
        &self,
        _: &SerializationContextData,
        payloads: Vec<Payload>,
    ) -> BoxFuture<'static, Result<Vec<Payload>, PayloadConversionError>> {
        let read = payloads.iter().map(|payload| payload.data.clone());
        let read = String::from_utf8_lossy(&read.collect::<Vec<_>>().concat()).into_owned();
        let wrong = format!("the key does not fit {read}");
        Box::pin(ready(Err(PayloadConversionError::EncodingError(
            wrong.into(),
        ))))
    }
}

/// Returns the converter of a worker that can't decode what it gets.
pub fn wrong_key() -> DataConverter {
    DataConverter::new(
        PayloadConverter::default(),
        DefaultFailureConverter::default(),
        WrongKey,
    )
}
