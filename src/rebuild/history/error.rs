//! Why bytes can't be read as a history.

use std::{error::Error, fmt};

use serde_json::{Map, Value};

/// The error of bytes that hold no replayable history. It says what is wrong and where.
#[derive(Debug)]
pub struct UnreadableHistory(Fault);

#[derive(Debug)]
pub(super) enum Fault {
    Empty,
    NotJson,
    NotHistory,
    /// Two event ids in an impossible order.
    Order(i64, i64),
    /// The number of histories where one was expected.
    Several(usize),
    Decoded,
    Unknown,
    Event(Place, Box<Fault>),
    Other(Box<dyn Error + Send + Sync>),
}

/// The event at fault, as the file names it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    id: String,
    kind: String,
}

impl Place {
    pub(super) fn new(id: i64, kind: i32) -> Self {
        Self {
            id: id.to_string(),
            kind: kind.to_string(),
        }
    }

    pub(super) fn of(event: &Map<String, Value>) -> Self {
        let word = |names: [&str; 2]| match names.iter().find_map(|name| event.get(*name)) {
            Some(Value::String(word)) => word.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => "?".to_owned(),
        };
        Self {
            id: word(["eventId", "event_id"]),
            kind: word(["eventType", "event_type"]),
        }
    }
}

impl Fault {
    pub(super) fn other(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Other(source.into())
    }
}

impl From<Fault> for UnreadableHistory {
    fn from(fault: Fault) -> Self {
        Self(fault)
    }
}

impl UnreadableHistory {
    pub(in crate::rebuild) fn several(histories: usize) -> Self {
        Self(Fault::Several(histories))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it has no events"),
            Self::NotJson | Self::Other(_) => f.write_str(
                "expected what `temporal workflow show --output json`, the Temporal UI or an SDK \
                 writes: JSON in UTF-8 or UTF-16, or the protobuf message",
            ),
            Self::NotHistory => f.write_str("it is JSON, but neither an event nor a list of events"),
            Self::Order(former, next) => write!(
                f,
                "event {next} follows event {former}: give whole histories, in the order of their \
                 events or newest first"
            ),
            Self::Several(histories) => write!(
                f,
                "it has {histories} histories: read them with `Recording::read_all`"
            ),
            Self::Decoded => f.write_str(
                "its payloads are decoded, so it can't be replayed: download the history from the UI \
                 with the setting \"Encoded\", or fetch it with `temporal workflow show --output \
                 json`",
            ),
            Self::Unknown => f.write_str(
                "it is unknown to this version, and not marked as one that workers may ignore: \
                 update the crate",
            ),
            Self::Event(place, fault) => {
                write!(f, "event {} ({}): {fault}", place.id, place.kind)
            }
        }
    }
}

impl fmt::Display for UnreadableHistory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read the history: {}", self.0)
    }
}

impl Error for UnreadableHistory {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let mut fault = &self.0;
        while let Fault::Event(_, inner) = fault {
            fault = inner;
        }
        match fault {
            Fault::Other(source) => Some(&**source),
            _ => None,
        }
    }
}
