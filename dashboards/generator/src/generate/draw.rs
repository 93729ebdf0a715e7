//! Panels from metrics: how each kind of metric is drawn.

use chronoscope::schema::{Label, Metric, Naming, Unit};

use super::{
    Promql,
    board::{Kind, Panel, Query},
};

/// Makes panels, one call each.
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
            signed: false,
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

    /// The rate of a counter, per second.
    pub fn rate(&self, title: &'static str, metric: Metric, by: &[Label]) -> Panel {
        let mut panel = self.panel(title, per_second(metric), &[metric]);
        panel.queries.push(Query {
            expr: self.0.rate(metric, &[], by),
            legend: legend(by),
        });
        Self::typed(panel, by)
    }

    /// The rates of several counters, per second, in one panel.
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

    /// The value of a gauge, per instance.
    pub fn gauge(&self, title: &'static str, metric: Metric, by: &[Label]) -> Panel {
        let mut panel = self.panel(title, unit(metric, self.0.naming()), &[metric]);
        panel.queries.push(Query {
            expr: self.0.per_instance(metric, by),
            legend: format!("{} {{{{instance}}}}", legend(by)).trim().to_owned(),
        });
        panel
    }

    /// The value of a gauge, summed over all instances.
    pub fn total(&self, title: &'static str, metric: Metric) -> Panel {
        let mut panel = self.panel(title, unit(metric, self.0.naming()), &[metric]);
        panel.queries.push(Query {
            expr: self.0.sum(metric, &[], &[]),
            legend: String::new(),
        });
        panel
    }

    /// Three quantiles of a histogram. A stat shows only the first.
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

    /// A series that Prometheus itself records for each scrape.
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

/// The unit of a rate: requests for calls, and counts for all else.
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
