//! Expected and received trees of spans, as comparable paths: one per span, from its root.

use std::collections::BTreeMap;

use chronoscope::schema::{Operation, OperationKind, Outcome};

use super::{
    expected::Expected,
    nodes::{About, Node, Parent, operation},
};
use crate::{oracle::End, support::collector::Span};

/// Stands for a parent that did not come.
const MISSING: &str = "(missing)";

/// The paths that histories and journal tell of, sorted.
pub fn told(told: &Expected) -> Vec<String> {
    let mut paths: Vec<_> = told.nodes.iter().map(|node| path(told, node)).collect();
    paths.sort();
    paths
}

fn path(told: &Expected, node: &Node) -> String {
    let own = label_of(node);
    match &node.parent {
        Parent::Root => own,
        Parent::Missing => format!("{MISSING} > {own}"),
        Parent::Named(parent) => format!("… {parent} > {own}"),
        Parent::Node(index) => {
            let parent = &told.nodes[*index];
            match is_cut(&node.name, &parent.name) {
                true => format!("… {} > {own}", parent.name),
                false => format!("{} > {own}", path(told, parent)),
            }
        }
    }
}

fn label_of(node: &Node) -> String {
    let end = ended(&node.outcome);
    match &node.about {
        About::Workflow {
            run,
            start,
            end: at,
        } => match at {
            End::At(at) => format!("{} of {run} {start}..{at}{end}", node.name),
            End::Unknown => format!("{} of {run} {start}..", node.name),
            End::Abandoned => format!("{} of {run} {start}.. abandoned", node.name),
        },
        About::Attempt(attempt) => format!(
            "{} {} of {} #{}{end}",
            node.name, attempt.activity_id, attempt.run_id, attempt.attempt
        ),
        About::Call { workflow_id } => format!("{} to {workflow_id}{end}", node.name),
        About::Own => node.name.clone(),
    }
}

/// How an end shows: an error that is retried does not count as one.
fn ended(outcome: &Outcome) -> String {
    let is_error = match outcome {
        Outcome::Failed(_) => outcome.is_final(),
        other => other.is_error(),
    };
    let failure = outcome.failure().map(|failure| &*failure.error_type);
    match outcome.error_type().or(failure) {
        Some(error_type) if is_error => format!(" !{error_type}"),
        Some(error_type) => format!(" ~{error_type}"),
        None if *outcome == Outcome::Dropped => " abandoned".to_owned(),
        None => String::new(),
    }
}

/// The paths that arrived at a collector, sorted. Those of gRPC calls are left out: calls are
/// repeated as the network has it.
pub fn sent(spans: &[Span]) -> Vec<String> {
    let by_id: BTreeMap<_, _> = spans.iter().map(|span| (&*span.id, span)).collect();
    let is_call = |span: &Span| span.attributes.contains_key("rpc.system.name");
    let told = spans.iter().filter(|span| !is_call(span));
    let mut paths: Vec<_> = told.map(|span| path_of(&by_id, span)).collect();
    paths.sort();
    paths
}

fn path_of(by_id: &BTreeMap<&str, &Span>, span: &Span) -> String {
    let own = label(span);
    if span.parent.is_empty() {
        return own;
    }
    let Some(parent) = by_id.get(&*span.parent) else {
        return format!("{MISSING} > {own}");
    };
    if parent.trace != span.trace {
        return format!("(another trace) > {own}");
    }
    match is_cut(&span.name, &parent.name) {
        true => format!("… {} > {own}", parent.name),
        false => format!("{} > {own}", path_of(by_id, parent)),
    }
}

fn label(span: &Span) -> String {
    let of = |attribute| span.attribute(attribute);
    let error_type = of("error.type");
    let end = match (error_type, span.is_error) {
        ("", false) if !of("temporalAbandoned").is_empty() => " abandoned".to_owned(),
        ("", false) => String::new(),
        (_, true) => format!(" !{error_type}"),
        (_, false) => format!(" ~{error_type}"),
    };
    let (name, run) = (&span.name, of("temporalRunID"));
    if is_own(name) {
        return name.clone();
    }
    match operation(name) {
        "RunActivity" => format!(
            "{name} {} of {run} #{}{end}",
            of("temporalActivityID"),
            of("temporalAttempt")
        ),
        "HandleSignal" => format!("{name} of {run} {}..", span.start),
        "HandleQuery" | "ValidateUpdate" => format!("{name} to {}{end}", of("temporalWorkflowID")),
        _ if is_of_workflow(name) && end == " abandoned" => {
            format!("{name} of {run} {}.. abandoned", span.start)
        }
        _ if is_of_workflow(name) => format!("{name} of {run} {}..{}{end}", span.start, span.end),
        _ => format!("{name} to {}{end}", of("temporalWorkflowID")),
    }
}

fn known(name: &str) -> Option<Operation> {
    let mut all = Operation::ALL.iter().copied();
    all.find(|known| known.name() == operation(name))
}

fn is_of_workflow(name: &str) -> bool {
    known(name).is_some_and(|operation| operation.kind() == OperationKind::Workflow)
}

/// Whether a span is the example's own, or that of a wait: these are in no history.
fn is_own(name: &str) -> bool {
    known(name).is_none_or(|operation| operation == Operation::WaitCondition)
}

/// Whether only a row can tell which span of this name the parent is.
fn is_cut(child: &str, parent: &str) -> bool {
    is_own(child) || is_own(parent) || ["HandleSignal", "HandleUpdate"].contains(&operation(parent))
}
