/// Where one execution's trace may end and another's begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Edge {
    /// From a workflow to its child.
    Child,
    /// From the sender of a signal to its handler.
    Signal,
    /// From a run to the one that it goes on in.
    ContinueAsNew,
    /// From whoever set up a schedule or a cron workflow to each of its runs.
    Schedule,
}

/// What becomes of a trace at an [`Edge`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Boundary {
    /// It goes on: what comes before is the parent.
    Parent,
    /// A run begins a trace of its own, with a link to what came before. A signal's handler stays
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
    /// No trace grows for ever.
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
