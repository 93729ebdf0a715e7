//! The manifests, and another name for the label `namespace`.

use std::{collections::BTreeSet, fs, path::Path};

use chronoscope::schema::Naming;

use super::{
    folder,
    generate::{Faster, Links, files, kubernetes::manifests, namespace::renamed, rules},
};

#[test]
fn the_manifests_that_are_checked_in_are_those_that_the_generator_writes() {
    let expected = manifests(Links::default(), "namespace");
    for (path, text) in &expected {
        let found = fs::read_to_string(folder().join(path)).unwrap_or_default();
        assert!(
            found == *text,
            "dashboards/{} is stale: `cargo run -p chronoscope-dashboards`",
            path.display()
        );
    }
    let found = fs::read_dir(folder().join("kubernetes")).unwrap();
    assert_eq!(found.count(), expected.len());
}

#[test]
fn a_deployment_has_what_the_operators_of_it_need() {
    for label in ["namespace", "temporal_namespace"] {
        let files = manifests(Links::default(), label);
        let deployment = &files[Path::new("kubernetes/deployment.yml")];
        for part in [
            "terminationGracePeriodSeconds: 50",
            "{path: /-/healthy, port: metrics}",
            "{path: /-/ready, port: metrics}",
            "{name: metrics, containerPort: 9464, protocol: TCP}",
            "k8s.pod.uid=$(POD_UID)",
            "service.instance.id=",
            "fieldPath: spec.nodeName",
        ] {
            assert!(deployment.contains(part), "{part}");
        }
        let renames = "{name: CHRONOSCOPE_NAMESPACE_LABEL, value: temporal_namespace}";
        let is_own = label == "namespace";
        assert_eq!(deployment.contains(renames), !is_own);
        for file in ["podmonitor.yml", "scrape.yml"] {
            let text = &files[&Path::new("kubernetes").join(file)];
            let honours = format!(": {is_own}\n");
            let line = |line: &&str| line.contains("onor") && !line.starts_with('#');
            let line = text.split_inclusive('\n').find(line).unwrap();
            assert!(line.ends_with(&honours), "{line}");
        }
    }
}

#[test]
fn the_rules_of_the_operator_are_the_rules() {
    let files = manifests(Links::default(), "namespace");
    let inside = &files[Path::new("kubernetes/prometheusrule.yml")];
    let (_, inside) = inside.split_once("spec:\n").unwrap();
    let rules = rules::yaml(Naming::Prometheus, Faster::default(), Links::default());
    let expected = rules.lines().filter(|line| !line.starts_with('#'));
    let expected = expected.map(|line| format!("  {line}\n"));
    assert_eq!(inside, expected.collect::<String>());
}

/// The words of a text that are names in expressions.
fn words(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '$' | '-'))
        .collect()
}

#[test]
fn another_label_takes_the_place_of_the_namespace_in_boards_and_rules() {
    let plain = files(Links::default());
    assert_eq!(renamed(plain.clone(), "namespace"), plain);
    let other = renamed(plain.clone(), "temporal_ns");
    assert_eq!(
        other[Path::new("alerts/inhibit.yml")],
        plain[Path::new("alerts/inhibit.yml")]
    );
    let mut changed = 0;
    for (path, text) in &other {
        let before = &plain[path];
        assert_eq!(text.lines().count(), before.lines().count());
        for (line, before) in text.lines().zip(before.lines()) {
            let is_board = line.trim_start().starts_with("\"expr\"");
            let is_rule = path.extension().is_some_and(|e| e == "yml") && line.contains(" by (");
            if is_board || is_rule {
                assert!(!words(line).contains("namespace"), "{line}");
                changed += usize::from(words(before).contains("namespace"));
            }
            assert!(!line.contains("$labels.namespace"), "{line}");
            // Variables of boards keep their names, and with them the links to boards.
            assert_eq!(line.contains("$namespace"), before.contains("$namespace"));
            assert_eq!(
                line.contains("var-namespace"),
                before.contains("var-namespace")
            );
        }
    }
    assert!(changed > 100, "{changed}");
}
