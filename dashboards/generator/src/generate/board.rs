//! Boards, as rows of panels.

use chronoscope::schema::{Label, Metric, Naming};

use super::threshold::{Measure, Threshold};

/// A board: rows of panels.
#[derive(Clone, Debug)]
pub struct Board {
    pub title: &'static str,
    /// What the board answers.
    pub about: &'static str,
    /// A metric that every process on the board has.
    pub anchor: Metric,
    pub naming: Naming,
    pub rows: Vec<Row>,
}

impl Board {
    /// Returns the name of its file, and of its section in the runbook.
    pub fn slug(&self) -> String {
        self.title.to_lowercase().replace(' ', "-")
    }

    pub fn panels(&self) -> impl Iterator<Item = &Panel> {
        self.rows.iter().flat_map(|row| &row.panels)
    }
}

/// Panels under one heading.
#[derive(Clone, Debug)]
pub struct Row {
    pub title: &'static str,
    pub panels: Vec<Panel>,
}

/// How a panel shows its queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Lines over time.
    Lines,
    /// The latest value, large.
    Stat,
}

/// A query, and the legend of its series.
#[derive(Clone, Debug)]
pub struct Query {
    pub expr: String,
    pub legend: String,
}

/// One panel.
#[derive(Clone, Debug)]
pub struct Panel {
    pub title: &'static str,
    pub kind: Kind,
    pub unit: &'static str,
    pub queries: Vec<Query>,
    /// The metrics that it shows.
    pub metrics: Vec<Metric>,
    pub what: String,
    pub bad: &'static str,
    pub act: &'static str,
    /// The alert on what it shows.
    pub alert: Option<&'static str>,
    /// Where that alert's threshold lies, in the panel's unit.
    pub line: Option<f64>,
    /// Whether its values can be below zero.
    pub signed: bool,
    /// The type labels of its series.
    pub types: Vec<Label>,
}

impl Panel {
    /// Sets what bad looks like, and what to do about it.
    pub fn bad(mut self, bad: &'static str, act: &'static str) -> Self {
        (self.bad, self.act) = (bad, act);
        self
    }

    /// Sets what it shows, for panels without a metric of the catalogue.
    pub fn says(mut self, what: &str) -> Self {
        what.clone_into(&mut self.what);
        self
    }

    /// Allows values below zero.
    pub fn signed(mut self) -> Self {
        self.signed = true;
        self
    }

    /// Sets the alert on what it shows, and draws the alert's threshold if it has one.
    pub fn alert(mut self, alert: &'static str) -> Self {
        self.alert = Some(alert);
        let threshold = Threshold::of(alert).filter(|threshold| {
            let fits = match threshold.measure {
                Measure::Quantile(_) => ["s", "ms", "bytes", "short"].contains(&self.unit),
                _ => self.unit == "percentunit",
            };
            fits && self.metrics.first() == Some(&threshold.metric)
        });
        self.line = threshold.map(|threshold| match self.unit {
            "ms" => threshold.value * 1000.0,
            _ => threshold.value,
        });
        self
    }

    /// Shows only the latest value.
    pub fn stat(mut self) -> Self {
        self.kind = Kind::Stat;
        self.queries.truncate(1);
        self
    }

    /// Returns its description, as Markdown.
    pub fn description(&self) -> String {
        let Self { what, bad, act, .. } = self;
        format!("{what}.\n\n**Watch for:** {bad}\n\n**What to do:** {act}")
    }
}
