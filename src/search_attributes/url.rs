//! The URL of a trace, made from a template.

use std::{error::Error, fmt, str::FromStr};

use opentelemetry::trace::TraceId;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// The placeholder for the id in a template.
const ID: &str = "{trace_id}";

/// A template of a trace's URL, with `{trace_id}` in place of the id.
///
/// ```
/// use chronoscope::search_attributes::TraceUrl;
///
/// let jaeger = TraceUrl::jaeger("http://localhost:16686");
/// let tempo = TraceUrl::tempo("https://grafana.example.com", "tempo-uid");
/// let other: TraceUrl = "https://traces.example.com/?id={trace_id}".parse()?;
/// # let _ = (jaeger, tempo, other);
/// # Ok::<_, chronoscope::search_attributes::InvalidTraceUrl>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceUrl {
    before: String,
    after: String,
}

impl TraceUrl {
    /// Returns the template for Jaeger, from the address of its user interface.
    #[must_use]
    pub fn jaeger(address: &str) -> Self {
        Self {
            before: format!("{}/trace/", address.trim_end_matches('/')),
            after: String::new(),
        }
    }

    /// Returns the template for Tempo in Grafana, from Grafana's address and the data source's uid.
    #[must_use]
    pub fn tempo(grafana: &str, data_source: &str) -> Self {
        let query = serde_json::json!({
            "refId": "A",
            "datasource": { "type": "tempo", "uid": data_source },
            "queryType": "traceql",
            "query": ID,
        });
        let panes =
            serde_json::json!({ "trace": { "datasource": data_source, "queries": [query] } });
        let panes = panes.to_string();
        let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let (before, after) = panes.split_once(ID).unwrap_or((&panes, ""));
        let address = grafana.trim_end_matches('/');
        Self {
            before: format!("{address}/explore?schemaVersion=1&panes={}", encode(before)),
            after: encode(after),
        }
    }

    /// Returns the URL of a trace.
    #[must_use]
    pub fn of(&self, trace: TraceId) -> String {
        format!("{}{trace}{}", self.before, self.after)
    }
}

impl FromStr for TraceUrl {
    type Err = InvalidTraceUrl;

    fn from_str(template: &str) -> Result<Self, InvalidTraceUrl> {
        let is_url = template.starts_with("http://") || template.starts_with("https://");
        match template.split_once(ID) {
            Some((before, after)) if is_url => Ok(Self {
                before: before.to_owned(),
                after: after.to_owned(),
            }),
            _ => Err(InvalidTraceUrl(template.to_owned())),
        }
    }
}

/// The error of a template that gives no URL of a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidTraceUrl(String);

impl fmt::Display for InvalidTraceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid template of trace URLs {:?}: expected a URL with {ID} in it, such as \
             \"http://localhost:16686/trace/{ID}\"",
            self.0
        )
    }
}

impl Error for InvalidTraceUrl {}
