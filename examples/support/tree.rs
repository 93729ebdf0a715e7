//! Prints traces as trees.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use opentelemetry::{
    Context,
    trace::{SpanId, Status},
};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanProcessor},
};

/// Keeps every span that ends, and shows each trace as a tree with durations.
#[derive(Clone, Debug, Default)]
pub struct Tree(Arc<Mutex<Vec<SpanData>>>);

impl SpanProcessor for Tree {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        let mut spans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        spans.push(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut spans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        spans.sort_by_key(|span| span.start_time);
        let ids: BTreeSet<_> = spans.iter().map(|span| key(id(span))).collect();
        let mut children: BTreeMap<_, Vec<&SpanData>> = BTreeMap::new();
        let mut roots = Vec::new();
        for span in spans.iter() {
            match ids.contains(&key(span.parent_span_id)) {
                true => children
                    .entry(key(span.parent_span_id))
                    .or_default()
                    .push(span),
                false => roots.push(span),
            }
        }
        for root in roots {
            writeln!(f, "trace {}", root.span_context.trace_id())?;
            branch(f, root, root.start_time, 1, &children)?;
        }
        Ok(())
    }
}

fn branch(
    f: &mut fmt::Formatter<'_>,
    span: &SpanData,
    began: SystemTime,
    depth: usize,
    children: &BTreeMap<[u8; 8], Vec<&SpanData>>,
) -> fmt::Result {
    let since = |time: SystemTime, from| time.duration_since(from).unwrap_or_default();
    let name = format!("{:indent$}{}", "", span.name, indent = 2 * depth);
    let (start, took) = (
        since(span.start_time, began).as_secs_f64() * 1e3,
        since(span.end_time, span.start_time).as_secs_f64() * 1e3,
    );
    write!(f, "{name:<52} +{start:>8.1} ms {took:>9.1} ms")?;
    if let Some(attempt) = attribute(span, "temporalAttempt").filter(|attempt| attempt != "1") {
        write!(f, "  attempt {attempt}")?;
    }
    if let Some(error) = attribute(span, "error.type") {
        write!(f, "  {error}")?;
    }
    if let Status::Error { description } = &span.status {
        write!(f, "  error: {description}")?;
    }
    writeln!(f)?;
    for child in children.get(&key(id(span))).into_iter().flatten() {
        branch(f, child, began, depth + 1, children)?;
    }
    Ok(())
}

fn id(span: &SpanData) -> SpanId {
    span.span_context.span_id()
}

fn key(id: SpanId) -> [u8; 8] {
    id.to_bytes()
}

fn attribute(span: &SpanData, name: &str) -> Option<String> {
    let mut attributes = span.attributes.iter();
    let found = attributes.find(|known| known.key.as_str() == name)?;
    Some(found.value.to_string()).filter(|value| !value.is_empty())
}
