//! The series that an expression of PromQL selects.

use std::collections::BTreeMap;

/// A series that an expression selects.
#[derive(Debug)]
pub struct Selector {
    pub metric: String,
    pub matchers: Vec<Matcher>,
}

/// The values of a label that are wanted, or that are not.
#[derive(Debug)]
pub struct Matcher {
    pub label: String,
    pub wanted: bool,
    pub alternatives: Vec<String>,
}

impl Matcher {
    /// Reads `label=~"a|b"`, without its last quotation mark.
    fn of(text: &str) -> Self {
        let (label, pattern) = text.split_once("~\"").unwrap();
        let pattern = pattern.replace("[.]", ".");
        assert!(!pattern.contains(['(', '[', '+', '?', '*']), "{text}");
        Self {
            label: label[..label.len() - 1].to_owned(),
            wanted: label.ends_with('='),
            alternatives: pattern.split('|').map(str::to_owned).collect(),
        }
    }

    pub fn fits(&self, labels: &BTreeMap<&str, &str>) -> bool {
        let value = labels.get(self.label.as_str()).unwrap_or(&"");
        self.wanted == self.alternatives.iter().any(|one| one == value)
    }
}

impl Selector {
    /// All of an expression.
    pub fn all(expr: &str) -> Vec<Self> {
        let mut found = Vec::new();
        let in_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let mut rest = expr;
        while let Some(start) = rest.find(in_name) {
            rest = &rest[start..];
            let end = rest.find(|c| !in_name(c)).unwrap_or(rest.len());
            let name = &rest[..end];
            rest = &rest[end..];
            let ours = ["temporal_", "chronoscope_"];
            if name != "up" && !ours.iter().any(|start| name.starts_with(start)) {
                continue;
            }
            let mut matchers = Vec::new();
            if let Some(braced) = rest.strip_prefix('{') {
                let (inside, after) = braced.split_once("\"}").unwrap();
                matchers = inside.split("\",").map(Matcher::of).collect();
                rest = after;
            }
            let metric = name.to_owned();
            found.push(Self { metric, matchers });
        }
        found
    }

    /// Whether it reads a series, or leaves it out by name.
    pub fn is_about(&self, name: &str, labels: &BTreeMap<&str, &str>) -> bool {
        let mut wanted = self.matchers.iter().filter(|matcher| matcher.wanted);
        self.metric == name && wanted.all(|matcher| matcher.fits(labels))
    }

    /// The labels that it looks at, as a name for selectors alike: all buckets, and their count.
    pub fn labels(&self) -> String {
        let labels = self.matchers.iter().map(|matcher| &*matcher.label);
        let labels: Vec<_> = labels.filter(|label| *label != "le").collect();
        labels.join(", ")
    }
}

/// The name of a series, and its labels.
pub fn parts(series: &str) -> (&str, BTreeMap<&str, &str>) {
    let (name, labels) = series.split_once('{').unwrap();
    let labels = labels.trim_end_matches("\"}").split("\",");
    let labels = labels.map(|label| label.split_once("=\"").unwrap());
    (name, labels.collect())
}
