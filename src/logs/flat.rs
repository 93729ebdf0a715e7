//! The format of flat JSON lines: message, level and an event's fields at the top level.

use std::{
    borrow::Cow,
    fmt::{self, Write},
};

use serde_json::{Map, Value};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_log::NormalizeEvent as _;
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormatFields, FormattedFields,
        format::Writer,
        time::{FormatTime as _, SystemTime},
    },
    registry::LookupSpan,
};

use super::{
    Layout, Splice,
    added::{Added, free},
    format::Tally,
};

/// The keys of a line, besides those of the fields.
const TIMESTAMP: &str = "timestamp";
const LEVEL: &str = "level";
const MESSAGE: &str = "message";
const TARGET: &str = "target";
const SPANS: &str = "spans";

/// The path of an event's fields in a nested line, which a field gets here if it can't have its name
/// alone.
const PATH: &str = "fields.";

/// What the fields of a record of the crate `log` begin with that say where it comes from.
const OF_LOG: &str = "log.";

/// A format of one JSON object per line without nested fields: as hosted backends read them.
///
/// A field of an event whose name the line has already gets a prefix and is counted.
#[derive(Clone, Debug)]
pub(super) struct FlatJson {
    pub(super) renamed: Tally,
}

impl Splice for FlatJson {
    const LAYOUT: Layout = Layout::Json;

    fn ansi(self, _: bool) -> Self {
        self
    }
}

impl<S, N> FormatEvent<S, N> for FlatJson
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let of_log = event.normalized_metadata();
        let metadata = of_log.as_ref().unwrap_or_else(|| event.metadata());
        write!(writer, "{{\"{TIMESTAMP}\":\"")?;
        SystemTime.format_time(&mut writer)?;
        write!(writer, "\",\"{LEVEL}\":\"{}\"", metadata.level())?;
        let mut fields = FlatFields {
            out: &mut writer,
            added: Added::now(event.metadata()),
            is_of_log: of_log.is_some(),
            written: Vec::new(),
            renamed: &self.renamed,
            result: Ok(()),
        };
        event.record(&mut fields);
        fields.result?;
        let target = Value::from(metadata.target());
        write!(writer, ",\"{TARGET}\":{target}")?;
        write_spans(context, &mut writer, &self.renamed)?;
        writer.write_str("}\n")
    }
}

/// Writes the spans around the event with their fields, the outermost first.
fn write_spans<S, N>(
    context: &FmtContext<'_, S, N>,
    writer: &mut Writer<'_>,
    renamed: &Tally,
) -> fmt::Result
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    let scope = context.event_scope().into_iter();
    let mut separator = format!(",\"{SPANS}\":[");
    for span in scope.flat_map(|scope| scope.from_root()) {
        let extensions = span.extensions();
        let fields = extensions.get::<FormattedFields<N>>();
        let fields = fields.and_then(|fields| serde_json::from_str(&fields.fields).ok());
        let mut fields: Map<String, Value> = fields.unwrap_or_default();
        if let Some(own) = fields.insert("name".to_owned(), span.name().into()) {
            let name = free("name", PATH, |name| fields.contains_key(name));
            fields.insert(name.into_owned(), own);
            renamed.add();
        }
        write!(writer, "{separator}{}", Value::Object(fields))?;
        separator = ",".to_owned();
    }
    match separator.as_str() {
        "," => writer.write_char(']'),
        _ => Ok(()),
    }
}

/// Writes the fields of an event into the line's object.
struct FlatFields<'a, 'writer> {
    out: &'a mut Writer<'writer>,
    added: Added,
    is_of_log: bool,
    /// The names so far.
    written: Vec<Cow<'static, str>>,
    renamed: &'a Tally,
    result: fmt::Result,
}

impl FlatFields<'_, '_> {
    fn entry(&mut self, field: &Field, value: impl FnOnce() -> Result<Value, fmt::Error>) {
        let own = field.name();
        if self.result.is_err() || self.is_of_log && own.starts_with(OF_LOG) {
            return;
        }
        let own = own.strip_prefix("r#").unwrap_or(own);
        let name = free(own, PATH, |name| self.is_taken(name));
        if *name != *own {
            self.renamed.add();
        }
        self.result = value().and_then(|value| {
            let key = Value::from(&*name);
            match value {
                // Backends expect a text there.
                Value::Bool(_) | Value::Number(_) if *name == *MESSAGE => {
                    let text = Value::from(value.to_string());
                    write!(self.out, ",{key}:{text}")
                }
                value => write!(self.out, ",{key}:{value}"),
            }
        });
        self.written.push(name);
    }

    /// Returns whether the line has this name already, or is going to get it.
    fn is_taken(&self, name: &str) -> bool {
        [TIMESTAMP, LEVEL, TARGET, SPANS].contains(&name)
            || self.written.iter().any(|written| *written == name)
            || self.added.has(name)
    }
}

impl Visit for FlatFields<'_, '_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.entry(field, || {
            let mut text = String::new();
            write!(text, "{value:?}")?;
            Ok(text.into())
        });
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.entry(field, || Ok(value.into()));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.entry(field, || Ok(value.into()));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.entry(field, || Ok(value.into()));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.entry(field, || Ok(value.into()));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.entry(field, || Ok(value.into()));
    }
}
