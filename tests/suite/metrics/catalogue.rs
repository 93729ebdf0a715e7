//! The catalogue: what its table says, and that its rows agree with each other.

use std::{collections::BTreeSet, env, fmt::Write as _, fs, path::Path};

use chronoscope::schema::{Metric, MetricKind, Naming, Origin, Unit};

/// Set to write the table instead of comparing it.
const UPDATE: &str = "UPDATE_GENERATED";

fn table(origin: Origin) -> String {
    let mut table =
        String::from("| metric | kind | labels | buckets | what |\n|---|---|---|---|---|\n");
    for metric in Metric::ALL
        .iter()
        .filter(|metric| metric.origin() == origin)
    {
        let labels: Vec<_> = metric.labels().iter().map(|label| label.name()).collect();
        let buckets = match metric.buckets() {
            [] => String::new(),
            [first, .., last] => format!("{first} to {last}"),
            [only] => only.to_string(),
        };
        let kind = format!("{:?}", metric.kind()).to_lowercase();
        writeln!(
            table,
            "| `{}` | {kind} | {} | {buckets} | {} |",
            metric.exported_name(Naming::Prometheus),
            labels.join(", "),
            metric.help(),
        )
        .unwrap();
    }
    table
}

#[test]
fn the_table_in_the_docs_is_the_catalogue() {
    let generated = format!(
        "Names are those of [`Naming::Prometheus`](super::Naming::Prometheus).\n\n\
         # Of the SDK's core\n\n{}\n\
         # Of this crate, of what Temporal does\n\n{}\n\
         # Of this crate, of itself\n\n{}",
        table(Origin::Core),
        table(Origin::Chronoscope),
        table(Origin::Health)
    );
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/schema/catalogue.md");
    if env::var_os(UPDATE).is_some() {
        fs::write(&path, &generated).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap() == generated,
        "{} is stale: run the tests once with {UPDATE}=1",
        path.display()
    );
}

#[test]
fn names_follow_the_conventions() {
    let mut names = BTreeSet::new();
    for metric in Metric::ALL {
        let name = metric.exported_name(Naming::Prometheus);
        assert!(names.insert(name.clone()), "{name} is there twice");
        // The last is of OpenTelemetry's conventions.
        let prefixes = ["temporal_", "chronoscope_", "rpc_client_"];
        assert!(
            prefixes.iter().any(|prefix| name.starts_with(prefix)),
            "{name}"
        );
        let suffix = match (metric.kind(), metric.unit()) {
            (MetricKind::Counter, _) => "_total",
            (_, Unit::Seconds) => "_seconds",
            (_, Unit::Bytes) => "_bytes",
            _ => "",
        };
        assert!(name.ends_with(suffix), "{name}");
        assert!(!name.ends_with("_total_total"), "{name}");
        assert_eq!(metric.exported_name(Naming::Core), metric.name());
        assert!(!metric.help().is_empty());
        let labels: BTreeSet<_> = metric.labels().iter().collect();
        assert_eq!(labels.len(), metric.labels().len(), "{name}");
    }
}

#[test]
fn histograms_alone_have_buckets_and_they_ascend() {
    for metric in Metric::ALL {
        let buckets = metric.buckets();
        let is_histogram = metric.kind() == MetricKind::Histogram;
        assert_eq!(is_histogram, buckets.len() > 5, "{metric:?}");
        assert!(buckets.is_sorted_by(|a, b| a < b), "{metric:?}");
    }
}
