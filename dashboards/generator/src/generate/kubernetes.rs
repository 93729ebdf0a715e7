//! How a worker runs on Kubernetes, and is scraped there.

use std::{collections::BTreeMap, path::PathBuf};

use chronoscope::schema::{Label, Naming};

use super::{Faster, Links, namespace, rules};

/// The port of the metrics, which OpenTelemetry reserves for it, and the pages on it.
const PORT: u16 = 9464;
const METRICS: &str = "/metrics";
const HEALTHY: &str = "/-/healthy";
const READY: &str = "/-/ready";

/// How long `Observability::shutdown` may take, in seconds.
const SHUTDOWN: u32 = 12;

/// How long activities may run on after a worker was told to shut down, in seconds: its graceful
/// shutdown period.
const GRACE: u32 = 30;

/// Seconds to spare.
const ROOM: u32 = 8;

/// Returns every manifest, by its path inside `dashboards/`, for processes whose label
/// `namespace` has this name.
pub fn manifests(links: Links<'_>, label: &str) -> BTreeMap<PathBuf, String> {
    let rules = rules::yaml(Naming::default(), Faster::default(), links);
    let rules = BTreeMap::from([(PathBuf::from("rules.yml"), rules)]);
    let rules = namespace::renamed(rules, label).into_values().collect();
    let files = [
        ("deployment.yml", deployment(label)),
        ("podmonitor.yml", pod_monitor(label)),
        ("prometheusrule.yml", prometheus_rule(rules)),
        ("scrape.yml", scrape(label)),
    ];
    let path = |file| PathBuf::from("kubernetes").join(file);
    files
        .into_iter()
        .map(|(file, text)| (path(file), text))
        .collect()
}

const WRITTEN: &str = "# Written by `cargo run -p chronoscope-dashboards`.\n";

fn is_own(label: &str) -> bool {
    label == Label::Namespace.name()
}

/// The variable that renames the label, unless it has its default name.
fn variable(label: &str) -> String {
    match is_own(label) {
        true => String::new(),
        false => format!("            - {{name: CHRONOSCOPE_NAMESPACE_LABEL, value: {label}}}\n"),
    }
}

fn deployment(label: &str) -> String {
    let grace = SHUTDOWN + GRACE + ROOM;
    let variable = variable(label);
    format!(
        r#"{WRITTEN}# A worker. Fill in its name, image and collector.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: orders-worker
  labels: {{app.kubernetes.io/name: orders-worker}}
spec:
  replicas: 2
  selector:
    matchLabels: {{app.kubernetes.io/name: orders-worker}}
  template:
    metadata:
      labels: {{app.kubernetes.io/name: orders-worker, temporal-worker: "true"}}
    spec:
      # {GRACE} s for running activities (the worker's graceful shutdown period), {SHUTDOWN} s for `shutdown`
      # to flush telemetry, and {ROOM} s to spare.
      terminationGracePeriodSeconds: {grace}
      containers:
        - name: worker
          image: orders-worker:latest
          ports:
            - {{name: metrics, containerPort: {PORT}, protocol: TCP}}
          livenessProbe:
            httpGet: {{path: {HEALTHY}, port: metrics}}
            periodSeconds: 10
            timeoutSeconds: 5
          readinessProbe:
            httpGet: {{path: {READY}, port: metrics}}
            periodSeconds: 5
            timeoutSeconds: 5
          env:
            - {{name: POD_NAME, valueFrom: {{fieldRef: {{fieldPath: metadata.name}}}}}}
            - {{name: POD_NAMESPACE, valueFrom: {{fieldRef: {{fieldPath: metadata.namespace}}}}}}
            - {{name: POD_UID, valueFrom: {{fieldRef: {{fieldPath: metadata.uid}}}}}}
            - {{name: NODE_NAME, valueFrom: {{fieldRef: {{fieldPath: spec.nodeName}}}}}}
            - {{name: OTEL_SERVICE_NAME, value: orders}}
            - name: OTEL_RESOURCE_ATTRIBUTES
              value: >-
                service.instance.id=$(POD_NAMESPACE).$(POD_NAME).worker,k8s.namespace.name=$(POD_NAMESPACE),k8s.pod.name=$(POD_NAME),k8s.pod.uid=$(POD_UID),k8s.node.name=$(NODE_NAME),k8s.container.name=worker
            - {{name: OTEL_METRICS_EXPORTER, value: prometheus}}
            - {{name: OTEL_EXPORTER_PROMETHEUS_HOST, value: 0.0.0.0}}
            - {{name: OTEL_EXPORTER_PROMETHEUS_PORT, value: "{PORT}"}}
            - {{name: OTEL_TRACES_EXPORTER, value: otlp}}
            - {{name: OTEL_EXPORTER_OTLP_ENDPOINT, value: "http://otel-collector.observability:4317"}}
            - {{name: CHRONOSCOPE_LOG_FORMAT, value: json}}
{variable}"#
    )
}

/// The comment on `honorLabels`, and its value.
fn honoured(label: &str) -> (&'static str, bool) {
    match is_own(label) {
        true => (
            "Otherwise the pods' `namespace` label replaces Temporal's, which becomes\n# `exported_namespace`.",
            true,
        ),
        false => (
            "Temporal's namespace has another label here, so it does not clash with the pods'\n# `namespace`.",
            false,
        ),
    }
}

fn pod_monitor(label: &str) -> String {
    let (why, honours) = honoured(label);
    format!(
        r#"{WRITTEN}# {why}
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata:
  name: temporal-workers
spec:
  selector:
    matchLabels: {{temporal-worker: "true"}}
  podMetricsEndpoints:
    - port: metrics
      path: {METRICS}
      interval: 30s
      honorLabels: {honours}
"#
    )
}

fn prometheus_rule(rules: Vec<String>) -> String {
    let mut text = format!(
        "{WRITTEN}apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: temporal-workers
spec:
"
    );
    for line in rules.iter().flat_map(|rules| rules.lines()) {
        if !line.starts_with('#') {
            text.extend(["  ", line, "\n"]);
        }
    }
    text
}

fn scrape(label: &str) -> String {
    let (why, honours) = honoured(label);
    format!(
        r#"{WRITTEN}# For Prometheus without the operator: merge this into its `scrape_configs`.
# {why}
scrape_configs:
  - job_name: temporal-workers
    scrape_interval: 30s
    metrics_path: {METRICS}
    honor_labels: {honours}
    kubernetes_sd_configs: [{{role: pod}}]
    relabel_configs:
      - {{source_labels: [__meta_kubernetes_pod_label_temporal_worker], regex: "true", action: keep}}
      - {{source_labels: [__meta_kubernetes_pod_container_port_name], regex: metrics, action: keep}}
      # Pods that ended are no targets: `up` would stay 0 for them.
      - {{source_labels: [__meta_kubernetes_pod_phase], regex: Succeeded|Failed, action: drop}}
      - {{source_labels: [__meta_kubernetes_namespace], target_label: namespace}}
      - {{source_labels: [__meta_kubernetes_pod_name], target_label: pod}}
      - {{source_labels: [__meta_kubernetes_pod_node_name], target_label: node}}
"#
    )
}
