use chronoscope::schema::{Label, Metric, Naming};

use super::variables;

/// Labels, each with a regular expression of the values that are wanted, or after `!` of those that
/// are not.
pub type Only<'a> = &'a [(Label, &'a str)];

/// Writes expressions over the catalogue, under one naming.
#[derive(Clone, Debug)]
pub struct Promql {
    naming: Naming,
    range: String,
    filters: bool,
}

impl Promql {
    /// For panels: filtered by the board's variables, over Grafana's interval for rates.
    pub fn of_board(naming: Naming) -> Self {
        Self {
            naming,
            range: "$__rate_interval".to_owned(),
            filters: true,
        }
    }

    /// For rules: over a range of their own, and by `job` beside what else they group by.
    pub fn of_rule(naming: Naming, range: String) -> Self {
        Self {
            naming,
            range,
            filters: false,
        }
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
        let name = metric.exported_name(self.naming);
        match matchers.is_empty() {
            true => format!("{name}{suffix}"),
            false => format!("{name}{suffix}{{{}}}", matchers.join(",")),
        }
    }

    /// The series of a metric.
    pub fn series(&self, metric: Metric, only: Only<'_>) -> String {
        self.part(metric, "", only)
    }

    /// `by (…)`, or nothing where there is nothing to group by.
    pub fn by(&self, by: &[Label]) -> String {
        self.grouped(by, &[])
    }

    fn grouped(&self, by: &[Label], first: &[&str]) -> String {
        let job: &[&str] = if self.filters { &[] } else { &["job"] };
        let names = first.iter().chain(job).copied();
        let names: Vec<_> = names.chain(by.iter().map(|label| label.name())).collect();
        match names.is_empty() {
            true => String::new(),
            false => format!(" by ({})", names.join(", ")),
        }
    }

    /// What a gauge shows, summed.
    pub fn sum(&self, metric: Metric, only: Only<'_>, by: &[Label]) -> String {
        format!("sum{} ({})", self.by(by), self.series(metric, only))
    }

    /// What a gauge shows on each instance.
    pub fn per_instance(&self, metric: Metric, by: &[Label]) -> String {
        let by = self.grouped(by, &["instance"]);
        format!("sum{by} ({})", self.series(metric, &[]))
    }

    /// What a counter counts in a second.
    pub fn rate(&self, metric: Metric, only: Only<'_>, by: &[Label]) -> String {
        self.rate_of(&self.series(metric, only), by)
    }

    fn rate_of(&self, series: &str, by: &[Label]) -> String {
        format!("sum{} (rate({series}[{}]))", self.by(by), self.range)
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

    /// The mean of what a histogram recorded.
    pub fn mean(&self, metric: Metric, by: &[Label]) -> String {
        let rate = |suffix| self.rate_of(&self.part(metric, suffix, &[]), by);
        format!("{} / {}", rate("_sum"), rate("_count"))
    }
}
