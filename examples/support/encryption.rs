//! A payload codec that encrypts, compatible with the samples of Temporal's other SDKs.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    future::{Future, ready},
    pin::Pin,
    sync::Arc,
};

use prost::Message as _;
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand::{SecureRandom as _, SystemRandom},
};
use temporalio_common::{
    data_converters::{PayloadCodec, PayloadConversionError, SerializationContextData},
    protos::temporal::api::common::v1::Payload,
};

const ENCODING: &str = "encoding";
const ENCRYPTED: &[u8] = b"binary/encrypted";
const KEY_ID: &str = "encryption-key-id";

/// Encrypts payloads as the samples of Temporal's other SDKs do: AES-256-GCM over the payload as
/// protobuf, a random nonce of twelve bytes in front, and the key's id in the metadata.
///
/// It passes unencrypted payloads through: clients send headers unencrypted, and histories may be
/// older than the codec. A strict codec would fail every task.
#[derive(Clone)]
pub struct EncryptionCodec {
    key_id: String,
    key: Arc<LessSafeKey>,
    random: SystemRandom,
}

/// The error of a payload. Temporal retries the task, so a worker that gets the key later
/// continues.
#[derive(Debug)]
pub enum CodecError {
    /// The key is invalid, or the system has no random numbers.
    Key,
    /// The payload was encrypted with an unknown key.
    UnknownKey(String),
    /// The payload was changed after its encryption.
    Forged,
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key => write!(f, "cannot encrypt with this key: it needs 32 bytes"),
            Self::UnknownKey(id) => write!(f, "no key {id:?} here: give this process that key"),
            Self::Forged => write!(
                f,
                "a payload does not fit its key: it was changed on its way"
            ),
        }
    }
}

impl std::error::Error for CodecError {}

impl EncryptionCodec {
    /// Creates a codec from a key of 32 bytes and the key's id in payloads.
    pub fn new(key_id: impl Into<String>, key: &[u8]) -> Result<Self, CodecError> {
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| CodecError::Key)?;
        Ok(Self {
            key_id: key_id.into(),
            key: Arc::new(LessSafeKey::new(key)),
            random: SystemRandom::new(),
        })
    }

    fn seal(&self, payload: Payload) -> Result<Payload, CodecError> {
        if is_trace_header(&payload) {
            return Ok(payload);
        }
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce).map_err(|_| CodecError::Key)?;
        let mut sealed = payload.encode_to_vec();
        let once = Nonce::assume_unique_for_key(nonce);
        self.key
            .seal_in_place_append_tag(once, Aad::empty(), &mut sealed)
            .map_err(|_| CodecError::Key)?;
        let metadata = [
            (ENCODING.to_owned(), ENCRYPTED.to_vec()),
            (KEY_ID.to_owned(), self.key_id.clone().into_bytes()),
        ];
        Ok(Payload {
            metadata: HashMap::from(metadata),
            data: [nonce.as_slice(), &sealed].concat(),
            ..Default::default()
        })
    }

    fn open(&self, payload: Payload) -> Result<Payload, CodecError> {
        if payload.metadata.get(ENCODING).map(Vec::as_slice) != Some(ENCRYPTED) {
            return Ok(payload);
        }
        let id = payload.metadata.get(KEY_ID).map_or(&[][..], Vec::as_slice);
        if id != self.key_id.as_bytes() {
            let id = String::from_utf8_lossy(id).into_owned();
            return Err(CodecError::UnknownKey(id));
        }
        let (nonce, sealed) = payload.data.split_first_chunk().ok_or(CodecError::Forged)?;
        let mut sealed = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.key.open_in_place(nonce, Aad::empty(), &mut sealed);
        let opened = opened.map_err(|_| CodecError::Forged)?;
        Payload::decode(&*opened).map_err(|_| CodecError::Forged)
    }
}

/// Returns whether a payload is the header `_tracer-data`, which a codec gets without its name.
///
/// Workers run their codecs over headers and clients do not; a worker of another SDK that leaves
/// headers alone could not read the trace of an encrypted one. So it is recognised by its content:
/// a W3C `traceparent`, and otherwise only W3C propagation fields.
fn is_trace_header(payload: &Payload) -> bool {
    let Ok(fields) = serde_json::from_slice::<BTreeMap<String, String>>(&payload.data) else {
        return false;
    };
    let is_parent = |parent: &String| {
        let parts: Vec<_> = parent.split('-').collect();
        let is_hex = |part: &&str| part.bytes().all(|digit| digit.is_ascii_hexdigit());
        parts.iter().map(|part| part.len()).eq([2, 32, 16, 2]) && parts.iter().all(is_hex)
    };
    let known = ["traceparent", "tracestate", "baggage"];
    fields.get("traceparent").is_some_and(is_parent)
        && fields.keys().all(|name| known.contains(&name.as_str()))
}

type Payloads = Pin<Box<dyn Future<Output = Result<Vec<Payload>, PayloadConversionError>> + Send>>;

fn all(done: impl Iterator<Item = Result<Payload, CodecError>>) -> Payloads {
    let done: Result<_, _> = done.collect();
    let done = done.map_err(|error| PayloadConversionError::EncodingError(error.into()));
    Box::pin(ready(done))
}

impl PayloadCodec for EncryptionCodec {
    fn encode(&self, _context: &SerializationContextData, payloads: Vec<Payload>) -> Payloads {
        all(payloads.into_iter().map(|payload| self.seal(payload)))
    }

    fn decode(&self, _context: &SerializationContextData, payloads: Vec<Payload>) -> Payloads {
        all(payloads.into_iter().map(|payload| self.open(payload)))
    }
}
