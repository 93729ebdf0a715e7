//! The fate of a workflow task: the server's answer, read as a fate.

/// The server's answer to the completion of a workflow task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// A page of a completion that is not the last one.
    Page,
    /// It took the completion.
    Took {
        /// It threw the task away, since it could not have changed anything.
        discards: bool,
        /// It only kept the task alive, and another worker would execute its code anew.
        beats: bool,
        /// How many results of local activities it recorded, if it answered queries besides.
        results: u32,
    },
    /// `INVALID_ARGUMENT`: it failed the task for what the completion says.
    Invalid,
    /// Any other error, or none that anybody heard: the completion may have been applied.
    Unheard,
}

/// The fate of a workflow task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Nothing is decided yet.
    Open,
    Accepted,
    /// It goes on in the next task, and shares that one's fate.
    Kept,
    /// It left nothing in history, and its code will not run again.
    Discarded,
    Refused,
    /// Only history knows.
    InDoubt,
}

impl Fate {
    /// Returns the fate that an answer decides. A completion that an earlier attempt may have brought
    /// to the server can't be refused by a later one.
    pub(crate) const fn of(reply: Reply, was_in_doubt: bool) -> Self {
        match reply {
            Reply::Page => Self::Open,
            Reply::Took { discards: true, .. } => Self::Discarded,
            Reply::Took { beats: true, .. } => Self::Kept,
            Reply::Took { .. } => Self::Accepted,
            Reply::Invalid if !was_in_doubt => Self::Refused,
            Reply::Invalid | Reply::Unheard => Self::InDoubt,
        }
    }

    /// Returns the name by which introspection shows it.
    #[cfg(feature = "introspect")]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Open => "",
            Self::Accepted => "accepted",
            Self::Kept => "kept",
            Self::Discarded => "discarded",
            Self::Refused => "refused",
            Self::InDoubt => "in_doubt",
        }
    }
}
