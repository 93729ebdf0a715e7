//! The trace link: writes a run's trace id and URL into the options of its start.

use opentelemetry::trace::TraceId;
use temporalio_common::{MemoValues, search_attributes::SearchAttributes};

use super::{Key, Keyword, Kind as _, TraceUrl, change::is_value, size};

/// How runs are linked to their traces, for
/// [`SearchAttributesBuilder::link`](super::SearchAttributesBuilder::link).
///
/// | a run that | has the trace's id as | and the URL in |
/// |---|---|---|
/// | a client starts | search attribute, or memo | `static_details` |
/// | starts as a child | search attribute | `static_details` |
/// | continues as new | search attribute, added to its others | after [`show_trace`](super::show_trace) |
/// | a schedule starts | after [`upsert_trace`](super::upsert_trace) | after [`show_trace`](super::show_trace) |
///
/// ```
/// use chronoscope::{
///     Observability,
///     search_attributes::{Key, Keyword, TraceLink, TraceUrl},
/// };
///
/// const TRACE_ID: Key<Keyword> = Key::new("TraceId");
///
/// let link = TraceLink::attribute(TRACE_ID).url(TraceUrl::jaeger("http://localhost:16686"));
/// let builder = Observability::builder().search_attributes(|s| s.link(link));
/// # let _ = builder;
/// ```
///
/// The id is that of the trace of the start. If a [`Boundary`](crate::trace::Boundary) makes the
/// new run begin a trace of its own, as by default for a run that continues as new, that trace's id
/// follows from a run id that is not known yet; the attribute then names the trace of the start,
/// until the run calls [`upsert_trace`](super::upsert_trace).
///
/// A trace that [`Sampling`](crate::trace::Sampling) leaves out has an id all the same, and
/// [`rebuild`](crate::rebuild) can export it. With traces off there is no id, and nothing is
/// written.
///
/// A value that the user's options set under the same name stays. A start that finds its workflow
/// already running does not change it.
#[derive(Clone, Debug)]
pub struct TraceLink {
    place: Place,
    url: Option<TraceUrl>,
}

/// Where the id is kept.
#[derive(Clone, Debug)]
enum Place {
    Attribute(Key<Keyword>),
    Memo(String),
}

/// The options of a start that a link changes.
pub(crate) struct Start<'a> {
    pub(crate) search_attributes: &'a mut Option<SearchAttributes>,
    pub(crate) static_details: &'a mut Option<String>,
}

impl TraceLink {
    /// Writes the id into a search attribute, by which [`list`](super::list) finds the runs.
    ///
    /// The namespace must have it before the first start, otherwise the server refuses the start:
    /// [`Keys::register`](super::Keys::register) creates it. A run whose own attributes leave no
    /// room is started without the id.
    #[must_use]
    pub fn attribute(key: Key<Keyword>) -> Self {
        Self {
            place: Place::Attribute(key),
            url: None,
        }
    }

    /// Writes the id into the memo of the runs that a client starts, which needs no registration.
    /// Child workflows get no memo.
    #[must_use]
    pub fn memo(name: impl Into<String>) -> Self {
        Self {
            place: Place::Memo(name.into()),
            url: None,
        }
    }

    /// Writes the trace's URL into the details that Temporal's user interface shows. Default: no
    /// URL.
    #[must_use]
    pub fn url(mut self, url: TraceUrl) -> Self {
        self.url = Some(url);
        self
    }

    /// Links a run that a client starts.
    pub(crate) fn start(
        &self,
        trace: TraceId,
        start: &mut Start<'_>,
        memo: &mut Option<MemoValues>,
    ) {
        if let Place::Memo(name) = &self.place {
            let memo = memo.get_or_insert_default();
            if memo.get(name).is_none() {
                memo.insert(name, trace.to_string());
            }
        }
        self.child(trace, start);
    }

    /// Links a child workflow.
    pub(crate) fn child(&self, trace: TraceId, start: &mut Start<'_>) {
        if let Place::Attribute(key) = &self.place {
            let own = start.search_attributes.clone().unwrap_or_default();
            if let Some(linked) = linked(*key, trace, own) {
                *start.search_attributes = Some(linked);
            }
        }
        let Some(line) = self.line(trace) else {
            return;
        };
        let details = start.static_details.get_or_insert_default();
        if !details.contains(&line) {
            if !details.is_empty() {
                details.push_str("\n\n");
            }
            details.push_str(&line);
        }
    }

    /// Links the next run of a run that continues as new. Setting any attribute replaces all, so
    /// the current ones are set as well.
    pub(crate) fn next(
        &self,
        trace: TraceId,
        attributes: &mut Option<SearchAttributes>,
        now: impl FnOnce() -> SearchAttributes,
    ) {
        if let Place::Attribute(key) = &self.place {
            let own = attributes.clone().unwrap_or_else(|| inherited(*key, now()));
            if let Some(linked) = linked(*key, trace, own) {
                *attributes = Some(linked);
            }
        }
    }

    /// Returns the line with the link to the trace, in Markdown.
    pub(super) fn line(&self, trace: TraceId) -> Option<String> {
        let url = self.url.as_ref()?;
        Some(format!("[Trace {trace}]({})", url.of(trace)))
    }
}

/// Leaves out removed attributes, and the link of the run that passes its attributes on.
fn inherited(key: Key<Keyword>, attributes: SearchAttributes) -> SearchAttributes {
    let mut proto = attributes.into_proto();
    let fields = &mut proto.indexed_fields;
    fields.retain(|name, payload| name != key.name() && is_value(&&*payload));
    proto.into()
}

/// Returns the attributes with the id added, unless they have it or have no room for it: a link
/// must never fail a start.
fn linked(
    key: Key<Keyword>,
    trace: TraceId,
    mut attributes: SearchAttributes,
) -> Option<SearchAttributes> {
    if attributes
        .raw_payload(key.name())
        .is_some_and(|known| is_value(&known))
    {
        return None;
    }
    let id = Keyword::key(key.name()).try_value_set(trace.to_string());
    attributes.apply(id.ok()?);
    size::is_taken(&attributes).then_some(attributes)
}
