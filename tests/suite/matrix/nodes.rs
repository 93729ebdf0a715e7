//! The nodes of the expected tree, each with a span.

use chronoscope::schema::Outcome;

use super::journal::Attempt;
use crate::oracle::End;

/// What a node stands below.
#[derive(Clone, Debug)]
pub enum Parent {
    Root,
    /// What never ended, and so never came: a run that no worker executed to its end.
    Missing,
    /// Another node.
    Node(usize),
    /// Something that only a row can tell: a handler, or a span of the example's own.
    Named(String),
}

/// What a node is about.
#[derive(Clone, Debug)]
pub enum About {
    /// A run's own doing, at workflow time.
    Workflow {
        run: String,
        start: u64,
        end: End,
    },
    Attempt(Attempt),
    /// A client call, and its effects that are in no history.
    Call {
        workflow_id: String,
    },
    /// A span of the example's own.
    Own,
}

/// Something that happened once.
#[derive(Clone, Debug)]
pub struct Node {
    pub name: String,
    pub outcome: Outcome,
    pub about: About,
    pub parent: Parent,
    /// Of what a worker does.
    pub task_queue: String,
    pub workflow_type: String,
}

impl Node {
    /// A span of the example's own, below another of that name.
    pub fn own(name: &str, parent: &str) -> Self {
        Self {
            name: name.to_owned(),
            outcome: Outcome::Completed,
            about: About::Own,
            parent: match parent {
                "" => Parent::Root,
                _ => Parent::Named(parent.to_owned()),
            },
            task_queue: String::new(),
            workflow_type: String::new(),
        }
    }

    pub fn operation(&self) -> &str {
        operation(&self.name)
    }

    /// The attempt, if it is one.
    pub fn attempt(&self) -> Option<&Attempt> {
        match &self.about {
            About::Attempt(attempt) => Some(attempt),
            _ => None,
        }
    }

    /// What stands behind the operation.
    pub fn subject(&self) -> &str {
        self.name.split_once(':').map_or("", |(_, subject)| subject)
    }
}

/// The part of a span's name that says what was done.
pub fn operation(name: &str) -> &str {
    name.split(':').next().unwrap()
}
