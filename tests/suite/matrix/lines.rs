//! The lines that an example logged, by their messages and by what they are about.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    expected::Expected,
    nodes::{About, Node},
    rows::Row,
};

/// As much of what a line is about as histories and journal tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    /// Nothing, or other things for the same message.
    Example,
    Workflow,
    Run,
    Attempt,
}

/// A line of the example's own.
pub struct Line {
    message: String,
    ids: Value,
}

impl Line {
    /// Reads a line, if it is one of the example's own.
    pub fn read(example: &str, json: &str) -> Option<Self> {
        let line: Value = serde_json::from_str(json).unwrap();
        let target = line["target"].as_str().unwrap();
        // In the program of all examples each is a module.
        (target.split("::").nth(1) == Some(example)).then(|| Self {
            message: line["fields"]["message"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            ids: line,
        })
    }

    fn about(&self, level: Level) -> String {
        let of = |field: &str| match &self.ids[field] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        match level {
            Level::Example => String::new(),
            Level::Workflow => workflow(&of("workflow_id")),
            Level::Run => run(&of("run_id")),
            Level::Attempt => attempt(&of("run_id"), &of("activity_id"), &of("attempt")),
        }
    }
}

fn workflow(id: &str) -> String {
    format!("workflow {id}")
}

fn run(id: &str) -> String {
    format!("run {id}")
}

fn attempt(run: &str, activity: &str, attempt: &str) -> String {
    format!("attempt {attempt} at activity {activity} of run {run}")
}

fn of_node(node: &Node) -> (Level, String) {
    match &node.about {
        About::Workflow { run: id, .. } => (Level::Run, run(id)),
        About::Attempt(of) => {
            let about = attempt(&of.run_id, &of.activity_id, &of.attempt.to_string());
            (Level::Attempt, about)
        }
        About::Call { workflow_id } => (Level::Workflow, workflow(workflow_id)),
        About::Own => (Level::Example, String::new()),
    }
}

/// The lines that there must be, sorted, and those that there are.
pub fn compared(row: &Row, told: &Expected, sent: &[Line]) -> [Vec<(String, String)>; 2] {
    let mut levels = BTreeMap::new();
    let mut must = Vec::new();
    for (message, count) in row.lines {
        for node in count.nodes(told) {
            let (level, about) = node.map_or((Level::Example, String::new()), of_node);
            let known = levels.entry(*message).or_insert(level);
            if *known != level {
                *known = Level::Example;
            }
            must.push((*message, about));
        }
    }
    let must = must.into_iter().map(|(message, about)| {
        let is_open = levels[message] == Level::Example;
        (
            message.to_owned(),
            if is_open { String::new() } else { about },
        )
    });
    let is = sent.iter().map(|line| {
        let level = levels.get(&*line.message).copied();
        (
            line.message.clone(),
            line.about(level.unwrap_or(Level::Run)),
        )
    });
    let mut both = [must.collect::<Vec<_>>(), is.collect()];
    both.iter_mut().for_each(|lines| lines.sort());
    both
}
