//! The expectations of a test about a [`Capture`](super::Capture).
//!
//! | expectation | counts |
//! |---|---|
//! | [`line`](fn@line) | lines with this message |
//! | [`span`] | spans of this name that have ended |
//! | [`counter`] | the total of this counter, over all its series |
//! | [`histogram`] | the number of recorded values |
//! | [`gauge`] | the number of series, each at its last value |
//!
//! [`field`](Expectation::field) narrows it to items with a field, a label or an attribute.
//!
//! ```
//! use chronoscope::testing::expect;
//!
//! let packed = expect::line("packed").field("item", "socks").once();
//! let refunds = expect::counter("refunds_total").never();
//! let left = expect::gauge("parcels_left").value(7.0);
//! # let _ = (packed, refunds, left);
//! ```

use std::{collections::BTreeMap, fmt};

use super::{sample::Sample, sink::Sink};

/// Expects lines with this message.
pub fn line(message: impl Into<String>) -> Expectation {
    Expectation::new(Kind::Line, message)
}

/// Expects spans of this name, such as `RunWorkflow:Order`.
pub fn span(name: impl Into<String>) -> Expectation {
    Expectation::new(Kind::Span, name)
}

/// Expects a counter.
pub fn counter(name: impl Into<String>) -> Expectation {
    Expectation::new(Kind::Counter, name)
}

/// Expects a gauge.
pub fn gauge(name: impl Into<String>) -> Expectation {
    Expectation::new(Kind::Gauge, name)
}

/// Expects recordings in a histogram.
pub fn histogram(name: impl Into<String>) -> Expectation {
    Expectation::new(Kind::Histogram, name)
}

/// An expectation, made by the functions of this [module](self). By default at least one.
#[derive(Clone, Debug)]
#[must_use = "an expectation does nothing until `Capture::assert` or `Capture::check`"]
pub struct Expectation {
    kind: Kind,
    name: String,
    fields: BTreeMap<String, String>,
    value: Option<f64>,
    times: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Line,
    Span,
    Counter,
    Gauge,
    Histogram,
}

/// The error of an expectation that is not met.
#[derive(Debug)]
pub struct Unmet {
    expected: Expectation,
    found: u64,
    others: Vec<String>,
}

/// A captured item, in plain form.
struct Found {
    name: String,
    fields: BTreeMap<String, String>,
    values: Vec<f64>,
    count: u64,
}

impl Expectation {
    fn new(kind: Kind, name: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
            fields: BTreeMap::new(),
            value: None,
            times: None,
        }
    }

    /// Expects a field of a line, a label of a metric or an attribute of a span with this value.
    pub fn field(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.fields.insert(name.into(), value.to_string());
        self
    }

    /// Expects this value of a gauge, or among a histogram's recorded values.
    pub fn value(mut self, value: f64) -> Self {
        self.value = Some(value);
        self
    }

    /// Expects it exactly once.
    pub fn once(self) -> Self {
        self.times(1)
    }

    /// Expects it exactly this many times.
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Expects none.
    pub fn never(self) -> Self {
        self.times(0)
    }

    pub(super) fn count(&self, sink: &Sink) -> u64 {
        self.count_in(&self.kind.all(sink))
    }

    fn count_in(&self, all: &[Found]) -> u64 {
        let count = |found: &Found| match self.value {
            Some(value) => found.values.iter().filter(|own| **own == value).count() as u64,
            None => found.count,
        };
        all.iter().filter(|found| self.is(found)).map(count).sum()
    }

    pub(super) fn check(&self, sink: &Sink) -> Result<(), Unmet> {
        let all = self.kind.all(sink);
        let found = self.count_in(&all);
        if self.times.map_or(found > 0, |times| times == found) {
            return Ok(());
        }
        Err(Unmet {
            expected: self.clone(),
            found,
            others: all.iter().map(Found::to_string).collect(),
        })
    }

    fn is(&self, found: &Found) -> bool {
        let has = |(name, value): (&String, &String)| found.fields.get(name) == Some(value);
        found.name == self.name && self.fields.iter().all(has)
    }
}

impl Kind {
    fn all(self, sink: &Sink) -> Vec<Found> {
        match self {
            Self::Line => sink.lines().into_iter().map(Found::line).collect(),
            Self::Span => sink.spans().iter().map(Found::span).collect(),
            _ => {
                let samples = sink.samples().into_iter();
                samples
                    .filter_map(|((name, fields), sample)| self.sample(name, fields, &sample))
                    .collect()
            }
        }
    }

    fn sample(
        self,
        name: String,
        fields: BTreeMap<String, String>,
        sample: &Sample,
    ) -> Option<Found> {
        let (kind, count, values) = match sample {
            Sample::Counter(total) => (Self::Counter, *total, Vec::new()),
            Sample::Gauge(value) => (Self::Gauge, 1, vec![*value]),
            Sample::Histogram(values) => (Self::Histogram, values.len() as u64, values.clone()),
        };
        (kind == self).then_some(Found {
            name,
            fields,
            values,
            count,
        })
    }
}

impl Found {
    fn line(line: super::Line) -> Self {
        let mut fields = line.added;
        fields.extend(line.fields);
        Self {
            name: line.message,
            fields,
            values: Vec::new(),
            count: 1,
        }
    }

    fn span(span: &opentelemetry_sdk::trace::SpanData) -> Self {
        let attributes = span.attributes.iter();
        let attributes = attributes.map(|own| (own.key.to_string(), own.value.to_string()));
        Self {
            name: span.name.to_string(),
            fields: attributes.collect(),
            values: Vec::new(),
            count: 1,
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.name)?;
        for (name, value) in &self.fields {
            write!(f, " {name}={value}")?;
        }
        if self.count != 1 {
            write!(f, " ({})", self.count)?;
        }
        for value in &self.values {
            write!(f, " {value}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Expectation {
            kind,
            name,
            fields,
            value,
            times: wanted,
        } = &self.expected;
        let kind = match kind {
            Kind::Line => "line",
            Kind::Span => "span",
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        write!(f, "expected {kind} {name:?}")?;
        for (name, value) in fields {
            write!(f, " with {name}={value}")?;
        }
        if let Some(value) = value {
            write!(f, " of {value}")?;
        }
        match *wanted {
            Some(wanted) => write!(f, " {}, found {}", times(wanted), self.found)?,
            None => f.write_str(" at least once, found none")?,
        }
        if self.others.is_empty() {
            return write!(f, "; no {kind} was captured");
        }
        write!(f, "; captured:")?;
        self.others
            .iter()
            .try_for_each(|other| write!(f, "\n  {other}"))
    }
}

impl std::error::Error for Unmet {}

/// Returns a count in words.
pub(super) fn times(count: u64) -> String {
    match count {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}
