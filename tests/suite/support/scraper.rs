//! A Prometheus for one test.

use std::{collections::BTreeSet, net::SocketAddr};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::{Served, http};

/// A Prometheus that scrapes one address each second, for as long as the value lives.
pub struct Scraper(Served);

impl Scraper {
    /// Starts one, with rules if there are some.
    pub fn start(target: SocketAddr, rules: Option<&str>) -> Self {
        let config = format!(
            "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\n\
             rule_files: ['*.rules.yml']\n\
             scrape_configs:\n- job_name: worker\n  static_configs: [{{targets: ['{target}']}}]\n"
        );
        let rules: Vec<_> = rules
            .map(|rules| ("all.rules.yml", rules))
            .into_iter()
            .collect();
        Self(Served::start("prometheus", &config, &rules))
    }

    /// The names of all metrics that Prometheus has samples of.
    pub fn names(&self) -> BTreeSet<String> {
        let path = "/api/v1/label/__name__/values";
        let Ok(answer) = http::get(self.0.address, path) else {
            return BTreeSet::new();
        };
        let answer: Value = serde_json::from_str(&answer).unwrap();
        serde_json::from_value(answer["data"].clone()).unwrap()
    }

    /// What a query answers; nothing as long as nobody answers.
    pub fn query(&self, expr: &str) -> Vec<f64> {
        query(self.0.address, expr).unwrap_or_default()
    }
}

/// What a Prometheus answers to a query: the value of each series.
pub fn query(prometheus: impl ToString, expr: &str) -> std::io::Result<Vec<f64>> {
    let query = utf8_percent_encode(expr, NON_ALPHANUMERIC);
    let answer = http::get(prometheus, &format!("/api/v1/query?query={query}"))?;
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let series = answer["data"]["result"].as_array().unwrap();
    let value = |series: &Value| series["value"][1].as_str().unwrap().parse().unwrap();
    Ok(series.iter().map(value).collect())
}
