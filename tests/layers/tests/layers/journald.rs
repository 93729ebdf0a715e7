//! Journald's layer, and the journal's side of its socket.

use std::{
    collections::BTreeMap,
    fs,
    io::ErrorKind,
    os::unix::net::UnixDatagram,
    path::Path,
    sync::mpsc::{Receiver, channel},
    thread,
};

use tracing::Subscriber;
use tracing_subscriber::{Layer, registry::LookupSpan};

use super::{Seen, TARGET};

/// Where the layer sends to: it can't be told otherwise.
const SOCKET: &str = "/run/systemd/journal/socket";

/// What no event is: it follows after the last one.
const END: &[u8] = b"END=\n";

pub(crate) struct Journald {
    datagrams: Receiver<Vec<u8>>,
}

impl Journald {
    /// Takes the journal's place, unless somebody has it or it can't be taken.
    pub(crate) fn new() -> Option<Self> {
        fs::create_dir_all(Path::new(SOCKET).parent()?).ok()?;
        let listens = UnixDatagram::unbound().and_then(|socket| socket.connect(SOCKET));
        match listens.map_err(|error| error.kind()) {
            // Left behind by a test that was killed.
            Err(ErrorKind::ConnectionRefused) => fs::remove_file(SOCKET).ok()?,
            Err(ErrorKind::NotFound) => {}
            _ => return None,
        }
        let socket = UnixDatagram::bind(SOCKET).ok()?;
        let (sender, datagrams) = channel();
        // The layer blocks while the socket is full.
        thread::spawn(move || {
            let mut datagram = vec![0; 1 << 16];
            while let Ok(length) = socket.recv(&mut datagram) {
                let _ = sender.send(datagram[..length].to_vec());
            }
        });
        Some(Self { datagrams })
    }

    pub(crate) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        tracing_journald::layer().unwrap()
    }

    /// Returns what was sent so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        let socket = UnixDatagram::unbound().unwrap();
        socket.send_to(END, SOCKET).unwrap();
        let sent = self.datagrams.iter().take_while(|datagram| datagram != END);
        let events = sent.map(|datagram| fields(&datagram));
        let own = events.filter(|event| event.get("target").is_some_and(|name| name == TARGET));
        own.map(|event| Seen::of(event, "message")).collect()
    }
}

impl Drop for Journald {
    fn drop(&mut self) {
        // Nobody is left to see an error.
        let _ = fs::remove_file(SOCKET);
    }
}

/// Reads the journal's format: a line, or a name with the length and the bytes of a value.
fn fields(mut rest: &[u8]) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(&rest[..end]).into_owned();
        rest = &rest[end + 1..];
        let (name, value) = match line.split_once('=') {
            Some((name, value)) => (name.to_owned(), value.to_owned()),
            None => {
                let (length, after) = rest.split_at(8);
                let length = u64::from_le_bytes(length.try_into().unwrap());
                let (value, after) = after.split_at(usize::try_from(length).unwrap());
                rest = &after[1..];
                (line, String::from_utf8_lossy(value).into_owned())
            }
        };
        // Fields of events and spans have a prefix.
        let name = name.strip_prefix("F_").unwrap_or(&name).to_lowercase();
        fields.insert(name, value);
    }
    fields
}
