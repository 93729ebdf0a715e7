use chronoscope::schema::{Label, Measure, Metric, Naming, Threshold, Unit};

use super::Promql;

/// A board: rows of panels.
#[derive(Clone, Debug)]
pub struct Board {
    pub title: &'static str,
    /// What the board answers.
    pub about: &'static str,
    /// A metric that every process has which the board is about.
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
    /// The newest value, large.
    Stat,
}

/// A query, and how its series are called.
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
    /// The types by which its series are told apart.
    pub types: Vec<Label>,
}

impl Panel {
    /// Says what bad looks like, and what to do then.
    pub fn bad(mut self, bad: &'static str, act: &'static str) -> Self {
        (self.bad, self.act) = (bad, act);
        self
    }

    /// Says what it shows, where no metric of the catalogue does.
    pub fn says(mut self, what: &str) -> Self {
        what.clone_into(&mut self.what);
        self
    }

    /// Names the alert on what it shows, and draws the alert's threshold, if it has one.
    pub fn alert(mut self, alert: &'static str) -> Self {
        self.alert = Some(alert);
        let threshold = Threshold::of(alert).filter(|threshold| {
            let fits = match threshold.measure {
                Measure::Quantile(_) => ["s", "ms"].contains(&self.unit),
                Measure::PerSecond => self.unit == "cps",
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

    /// Shows the newest value only.
    pub fn stat(mut self) -> Self {
        self.kind = Kind::Stat;
        self.queries.truncate(1);
        self
    }

    /// Returns all that it says about itself.
    pub fn description(&self) -> String {
        let Self { what, bad, act, .. } = self;
        format!("{what}.\n\n**Bad:** {bad}\n\n**Do:** {act}")
    }
}

/// Makes panels, each out of one line.
#[derive(Clone, Debug)]
pub struct Draw(Promql);

impl Draw {
    pub fn new(naming: Naming) -> Self {
        Self(Promql::of_board(naming))
    }

    pub fn promql(&self) -> &Promql {
        &self.0
    }

    fn panel(&self, title: &'static str, unit: &'static str, metrics: &[Metric]) -> Panel {
        Panel {
            title,
            kind: Kind::Lines,
            unit,
            queries: Vec::new(),
            metrics: metrics.to_vec(),
            what: metrics
                .first()
                .map_or("", |metric| metric.help())
                .to_owned(),
            bad: "",
            act: "",
            alert: None,
            line: None,
            types: Vec::new(),
        }
    }

    fn typed(mut panel: Panel, by: &[Label]) -> Panel {
        let types = [Label::WorkflowType, Label::ActivityType];
        panel.types = types
            .into_iter()
            .filter(|label| by.contains(label))
            .collect();
        panel
    }

    /// Events a second of a counter.
    pub fn rate(&self, title: &'static str, metric: Metric, by: &[Label]) -> Panel {
        let mut panel = self.panel(title, per_second(metric), &[metric]);
        panel.queries.push(Query {
            expr: self.0.rate(metric, &[], by),
            legend: legend(by),
        });
        Self::typed(panel, by)
    }

    /// Events a second of several counters, side by side.
    pub fn rates(&self, title: &'static str, metrics: &[(&str, Metric)], by: &[Label]) -> Panel {
        let all: Vec<_> = metrics.iter().map(|(_, metric)| *metric).collect();
        let mut panel = self.panel(title, per_second(all[0]), &all);
        for (name, metric) in metrics {
            panel.queries.push(Query {
                expr: self.0.rate(*metric, &[], by),
                legend: format!("{name} {}", legend(by)).trim().to_owned(),
            });
        }
        let helps: Vec<_> = all.iter().map(|metric| metric.help()).collect();
        panel.what = helps.join(". ");
        Self::typed(panel, by)
    }

    /// What a gauge shows, on each instance.
    pub fn gauge(&self, title: &'static str, metric: Metric, by: &[Label]) -> Panel {
        let mut panel = self.panel(title, unit(metric, self.0.naming()), &[metric]);
        panel.queries.push(Query {
            expr: self.0.per_instance(metric, by),
            legend: format!("{} {{{{instance}}}}", legend(by)).trim().to_owned(),
        });
        panel
    }

    /// What a gauge shows, summed over all instances.
    pub fn total(&self, title: &'static str, metric: Metric) -> Panel {
        let mut panel = self.panel(title, unit(metric, self.0.naming()), &[metric]);
        panel.queries.push(Query {
            expr: self.0.sum(metric, &[], &[]),
            legend: String::new(),
        });
        panel
    }

    /// Three quantiles of a histogram; a stat shows the first.
    pub fn quantiles(&self, title: &'static str, metric: Metric, by: &[Label]) -> Panel {
        let mut panel = self.panel(title, unit(metric, self.0.naming()), &[metric]);
        for quantile in [0.99, 0.95, 0.5] {
            panel.queries.push(Query {
                expr: self.0.quantile(quantile, metric, &[], by),
                legend: format!("p{} {}", quantile * 100.0, legend(by))
                    .trim()
                    .to_owned(),
            });
        }
        Self::typed(panel, by)
    }

    /// The mean of what a histogram recorded.
    pub fn mean(&self, title: &'static str, metric: Metric, by: &[Label]) -> Panel {
        let mut panel = self.panel(title, unit(metric, self.0.naming()), &[metric]);
        panel.queries.push(Query {
            expr: self.0.mean(metric, by),
            legend: legend(by),
        });
        Self::typed(panel, by)
    }

    /// One expression as a share of another one.
    pub fn share(
        &self,
        title: &'static str,
        metrics: &[Metric],
        by: &[Label],
        expr: String,
    ) -> Panel {
        let mut panel = self.panel(title, "percentunit", metrics);
        panel.queries.push(Query {
            expr,
            legend: legend(by),
        });
        Self::typed(panel, by)
    }

    /// What Prometheus itself knows of a scrape.
    pub fn scraped(&self, title: &'static str, unit: &'static str, series: &str) -> Panel {
        let mut panel = self.panel(title, unit, &[]);
        panel.queries.push(Query {
            expr: format!("{series}{{job=~\"$job\",instance=~\"$instance\"}}"),
            legend: "{{instance}}".to_owned(),
        });
        panel
    }
}

fn legend(by: &[Label]) -> String {
    let names: Vec<_> = by
        .iter()
        .map(|label| format!("{{{{{}}}}}", label.name()))
        .collect();
    names.join(" ")
}

/// Calls are counted as requests, all else as things that happen.
fn per_second(metric: Metric) -> &'static str {
    match metric.labels().contains(&Label::Operation) {
        true => "reqps",
        false => "cps",
    }
}

fn unit(metric: Metric, naming: Naming) -> &'static str {
    match (metric.unit(), naming) {
        (Unit::Seconds, Naming::Core) => "ms",
        (Unit::Seconds, _) => "s",
        (Unit::Bytes, _) => "bytes",
        (Unit::Percent, _) => "percent",
        _ => "short",
    }
}
