//! Expressions over the catalogue, for panels and for rules.

use chronoscope::schema::{Label, Metric, Naming};

use super::{expr, variables};

/// Labels, each with a regular expression of the values to select, or after `!` of those to leave
/// out.
pub type Only<'a> = &'a [(Label, &'a str)];

/// Writes expressions over the catalogue, under one naming.
#[derive(Clone, Debug)]
pub struct Promql {
    naming: Naming,
    range: String,
    /// The modifier `offset`, if there is one.
    offset: String,
    filters: bool,
    /// Whether a rule also groups by instance.
    instance: bool,
}

impl Promql {
    /// For panels: filtered by the board's variables, over Grafana's interval for rates.
    pub fn of_board(naming: Naming) -> Self {
        Self {
            naming,
            range: "$__rate_interval".to_owned(),
            offset: String::new(),
            filters: true,
            instance: false,
        }
    }

    /// For rules: over a fixed range, and grouped by `job` in addition to other labels.
    pub fn of_rule(naming: Naming, range: String) -> Self {
        Self {
            naming,
            range,
            offset: String::new(),
            filters: false,
            instance: false,
        }
    }

    /// Also grouped by instance.
    pub fn per_instance_too(mut self) -> Self {
        self.instance = true;
        self
    }

    /// Over all instances.
    pub fn over_all(mut self) -> Self {
        self.instance = false;
        self
    }

    /// Over another range, with an offset.
    pub fn at(mut self, range: &str, offset: &str) -> Self {
        (self.range, self.offset) = (range.to_owned(), format!(" offset {offset}"));
        self
    }

    /// Over another range.
    pub fn over(mut self, range: &str) -> Self {
        range.clone_into(&mut self.range);
        self
    }

    pub fn naming(&self) -> Naming {
        self.naming
    }

    pub fn range(&self) -> &str {
        &self.range
    }

    /// The series of a metric as it is exported, or of one of a histogram's parts.
    fn part(&self, metric: Metric, suffix: &str, only: Only<'_>) -> String {
        let mut matchers = Vec::new();
        if self.filters {
            matchers.extend(["job", "instance"].map(variables::matcher));
            let labels = metric.labels().iter().map(|label| label.name());
            matchers.extend(
                labels
                    .filter(|name| variables::is_one(name))
                    .map(variables::matcher),
            );
        }
        matchers.extend(
            only.iter()
                .map(|(label, value)| match value.strip_prefix('!') {
                    Some(unwanted) => format!("{}!~\"{unwanted}\"", label.name()),
                    None => format!("{}=~\"{value}\"", label.name()),
                }),
        );
        let name = metric.exported_name(self.naming) + suffix;
        match by_otlp(&name).filter(|_| self.filters) {
            Some(other) => {
                matchers.insert(0, format!("__name__=~\"{name}|{other}\""));
                format!("{{{}}}", matchers.join(","))
            }
            None if matchers.is_empty() => name,
            None => format!("{name}{{{}}}", matchers.join(",")),
        }
    }

    /// The series of a metric.
    pub fn series(&self, metric: Metric, only: Only<'_>) -> String {
        self.part(metric, "", only)
    }

    /// `by (…)`, or nothing without labels.
    pub fn by(&self, by: &[Label]) -> String {
        self.grouped(by, &[])
    }

    /// The labels in parentheses, for `on`.
    pub fn labels(&self, by: &[Label]) -> String {
        self.by(by).trim_start_matches(" by").to_owned()
    }

    fn grouped(&self, by: &[Label], first: &[&'static str]) -> String {
        let mut names = first.to_vec();
        if !self.filters {
            names.push("job");
        }
        for label in by {
            match self.filters {
                true => names.push(label.name()),
                false => names.extend(expr::grouped(*label)),
            }
        }
        names.extend(self.instance.then_some("instance"));
        match names.is_empty() {
            true => String::new(),
            false => format!(" by ({})", names.join(", ")),
        }
    }

    /// The sum of a gauge.
    pub fn sum(&self, metric: Metric, only: Only<'_>, by: &[Label]) -> String {
        format!("sum{} ({})", self.by(by), self.series(metric, only))
    }

    /// A gauge per instance.
    pub fn per_instance(&self, metric: Metric, by: &[Label]) -> String {
        let by = self.grouped(by, &["instance"]);
        format!("sum{by} ({})", self.series(metric, &[]))
    }

    /// The rate of a counter, per second.
    pub fn rate(&self, metric: Metric, only: Only<'_>, by: &[Label]) -> String {
        self.rate_of(&self.series(metric, only), by)
    }

    fn rate_of(&self, series: &str, by: &[Label]) -> String {
        format!("sum{} (rate({series}[{}]))", self.by(by), self.range)
    }

    /// The increase of a counter.
    pub fn increase(&self, metric: Metric, only: Only<'_>, by: &[Label]) -> String {
        self.increase_of(&self.series(metric, only), by)
    }

    /// How many values a histogram recorded.
    pub fn increase_count(&self, metric: Metric, by: &[Label]) -> String {
        self.increase_of(&self.part(metric, "_count", &[]), by)
    }

    /// The sum of the values that a histogram recorded.
    pub fn increase_sum(&self, metric: Metric, by: &[Label]) -> String {
        self.increase_of(&self.part(metric, "_sum", &[]), by)
    }

    /// The sum of a gauge, on average over a range.
    pub fn average(&self, metric: Metric, range: &str, by: &[Label]) -> String {
        let series = self.series(metric, &[]);
        format!("sum{} (avg_over_time({series}[{range}]))", self.by(by))
    }

    fn increase_of(&self, series: &str, by: &[Label]) -> String {
        let (range, offset) = (&self.range, &self.offset);
        format!("sum{} (increase({series}[{range}]{offset}))", self.by(by))
    }

    /// How many values above one of its bounds a histogram recorded.
    pub fn slower(&self, metric: Metric, bound: f64, only: Only<'_>, by: &[Label]) -> String {
        let bucket = self.part(metric, "_bucket", only);
        let bucket = match bucket.strip_suffix('}') {
            Some(open) => format!("{open},le=~\"{}\"}}", spelled(bound)),
            None => format!("{bucket}{{le=~\"{}\"}}", spelled(bound)),
        };
        let all = self.part(metric, "_count", only);
        let (all, fast) = (self.increase_of(&all, by), self.increase_of(&bucket, by));
        format!("{all} - {fast}")
    }

    /// A quantile of a histogram.
    pub fn quantile(&self, quantile: f64, metric: Metric, only: Only<'_>, by: &[Label]) -> String {
        let (by, series) = (
            self.grouped(by, &["le"]),
            self.part(metric, "_bucket", only),
        );
        format!(
            "histogram_quantile({quantile}, sum{by} (rate({series}[{}])))",
            self.range
        )
    }

    /// The mean of a histogram.
    pub fn mean(&self, metric: Metric, by: &[Label]) -> String {
        let rate = |suffix| self.rate_of(&self.part(metric, suffix, &[]), by);
        format!("{} / {}", rate("_sum"), rate("_count"))
    }
}

/// The name of a counter that Prometheus received by OTLP, if it differs from the scraped one: the
/// receiver moves `total` to the end.
fn by_otlp(name: &str) -> Option<String> {
    let words = name.strip_suffix("_total")?;
    words
        .contains("_total_")
        .then(|| words.replace("_total_", "_") + "_total")
}

/// A bound as a pattern of all the ways in which exporters and Prometheus write it.
fn spelled(bound: f64) -> String {
    let mut ways = vec![bound.to_string()];
    if bound.fract() == 0.0 {
        ways.push(format!("{bound}.0"));
    }
    // Go writes an exponent from a million on.
    if bound >= 1e6 {
        let way = format!("{bound:e}");
        ways.push(way.replace('e', "e+0"));
    }
    let ways: Vec<_> = ways
        .iter()
        .map(|way| way.replace('.', "[.]").replace('+', "[+]"))
        .collect();
    ways.join("|")
}
