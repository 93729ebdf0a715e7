//! A row of the matrix: how an example is run, and which lines each kind of event makes it log.

use super::{expected::Expected, nodes::Node};

/// A program that is there to be copied: it takes variables of the environment alone.
#[derive(Clone, Copy, Debug)]
pub struct Copied {
    /// The id of the workflow that it runs.
    pub workflow_id: &'static str,
    /// What its client calls, and the type or the name that the call is about.
    pub calls: &'static [(&'static str, &'static str)],
}

/// One example.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub name: &'static str,
    /// Where it takes no flags.
    pub copied: Option<Copied>,
    /// In addition to those of every example.
    pub flags: &'static [&'static str],
    /// Each message that it logs, and what makes it do so.
    pub lines: &'static [(&'static str, Count)],
    /// Spans of its own, which stand in no history: the name, that of the parent, and what they are
    /// made for.
    pub spans: &'static [(&'static str, &'static str, Count)],
    /// What stands below another span than its run's: in a handler's, or in one of the example's
    /// own.
    pub within: &'static [(Which, &'static str)],
    /// Activities that are waited for until they have heard of their cancellation.
    pub waits: &'static [&'static str],
    /// The updates that have a validator: one that accepts leaves no event.
    pub validated: &'static [&'static str],
}

/// What a row says where it says nothing.
pub const EXAMPLE: Row = Row {
    name: "",
    copied: None,
    flags: &[],
    lines: &[],
    spans: &[],
    within: &[],
    waits: &[],
    validated: &[],
};

/// Which things of a name: all, or those that ended so.
#[derive(Clone, Copy, Debug)]
pub enum Which {
    All(&'static str),
    Only(&'static str, &'static str),
}

impl Which {
    pub fn has(self, node: &Node) -> bool {
        match self {
            Self::All(name) => node.name == name,
            Self::Only(name, class) => node.name == name && node.outcome.class() == class,
        }
    }
}

/// What is counted: things that histories and journal tell of, by the names of their spans.
#[derive(Clone, Copy, Debug)]
pub enum Count {
    /// Each thing of this name.
    Each(&'static str),
    /// Each that ended so, by the class of its [outcome](chronoscope::schema::Outcome).
    Ended(&'static str, &'static str),
    /// Anything else.
    By(fn(&Expected) -> usize),
}

impl Count {
    /// What is counted: nodes, or what has none.
    pub fn nodes(self, told: &Expected) -> Vec<Option<&Node>> {
        match self {
            Self::Each(name) => told.named(name).map(Some).collect(),
            Self::Ended(name, class) => {
                let ended = told.named(name);
                ended
                    .filter(|node| node.outcome.class() == class)
                    .map(Some)
                    .collect()
            }
            Self::By(count) => vec![None; count(told)],
        }
    }

    /// Counts.
    pub fn of(self, told: &Expected) -> usize {
        self.nodes(told).len()
    }
}
