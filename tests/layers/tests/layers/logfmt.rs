//! Lines of `tracing-logfmt`, into memory: a format of other people's, which the kit's `Capture` has not.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    sync::{Arc, Mutex},
};

use tracing::Subscriber;
use tracing_subscriber::{Layer, fmt, registry::LookupSpan};

use super::{Seen, TARGET};

#[derive(Clone, Default)]
pub(crate) struct Logfmt(Arc<Mutex<Vec<u8>>>);

impl Write for Logfmt {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Logfmt {
    pub(crate) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let writer = self.clone();
        fmt::layer()
            .fmt_fields(tracing_logfmt::FieldsFormatter::default())
            .event_format(tracing_logfmt::EventsFormatter::default())
            .with_writer(move || writer.clone())
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let lines = text.lines().map(fields);
        let own = lines.filter(|fields| fields["target"] == TARGET);
        own.map(|fields| Seen::of(fields, "message")).collect()
    }
}

/// Reads the fields of a line, whose texts hold no quotes.
fn fields(line: &str) -> BTreeMap<String, String> {
    let (mut fields, mut rest) = (BTreeMap::new(), line.trim_start());
    while let Some((name, value)) = rest.split_once('=') {
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap(),
            None => value.split_once(' ').unwrap_or((value, "")),
        };
        let former = fields.insert(name.to_owned(), value.to_owned());
        assert_eq!(former, None, "{name} is twice on {line}");
        rest = after.trim_start();
    }
    fields
}
