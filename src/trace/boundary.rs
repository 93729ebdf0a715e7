//! The edges between executions, and whether a trace continues across them.

/// A connection between two executions, at which a trace may end and another begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Edge {
    /// From a workflow to its child.
    Child,
    /// From the sender of a signal to its handler.
    Signal,
    /// From a run to its next one.
    ContinueAsNew,
    /// From the caller who created a schedule or a cron workflow to each of its runs.
    Schedule,
}

/// Whether a trace continues at an [`Edge`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Boundary {
    /// It continues: the caller's span is the parent.
    Parent,
    /// A run begins a trace of its own, with a link to the caller's span. A signal's handler stays
    /// in its run's trace, with a link to the sender.
    Link,
    /// The same, without the link.
    Root,
}

/// The [`Boundary`] of each [`Edge`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Boundaries {
    child: Boundary,
    signal: Boundary,
    continue_as_new: Boundary,
    schedule: Boundary,
}

impl Default for Boundaries {
    /// By default no trace grows forever.
    fn default() -> Self {
        Self {
            child: Boundary::Parent,
            signal: Boundary::Parent,
            continue_as_new: Boundary::Link,
            schedule: Boundary::Link,
        }
    }
}

impl Boundaries {
    pub(crate) fn set(&mut self, edge: Edge, boundary: Boundary) {
        let place = match edge {
            Edge::Child => &mut self.child,
            Edge::Signal => &mut self.signal,
            Edge::ContinueAsNew => &mut self.continue_as_new,
            Edge::Schedule => &mut self.schedule,
        };
        *place = boundary;
    }

    pub(super) fn at(&self, edge: Edge) -> Boundary {
        match edge {
            Edge::Child => self.child,
            Edge::Signal => self.signal,
            Edge::ContinueAsNew => self.continue_as_new,
            Edge::Schedule => self.schedule,
        }
    }
}
