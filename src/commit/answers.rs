//! The SDK's answers in an activation, in plain data: the held ends wait for them.

/// The answer that an end waits for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Awaits {
    /// The completion of the activation.
    Completion,
    /// The command that ends the run.
    EndOfRun,
    /// The response to an update, by the id of its protocol instance.
    Update(Box<str>),
    /// Whether the validator let an update pass, by the id of its protocol instance.
    Validation(Box<str>),
    /// The response to a query, by its id.
    Query(Box<str>),
}

/// The answer to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The SDK sent what the code returned.
    AsReturned,
    /// The SDK answered with a failure, for instance because it could not convert a result.
    Failed,
}

/// The answers in an activation that succeeded.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    pub(crate) ends_run: bool,
    pub(crate) updates: Vec<(Box<str>, Answer)>,
    pub(crate) queries: Vec<(Box<str>, Answer)>,
}

impl Answers {
    /// Returns the answer that an end waits for, or `None` if the SDK gave none.
    pub(super) fn to(&self, awaits: &Awaits) -> Option<Answer> {
        let among = |answers: &[(Box<str>, Answer)], id: &str| {
            // An update that is accepted and completed at once has two responses.
            let mut answers = answers.iter().rev();
            answers.find_map(|(known, answer)| (**known == *id).then_some(*answer))
        };
        match awaits {
            Awaits::Completion => Some(Answer::AsReturned),
            Awaits::EndOfRun => self.ends_run.then_some(Answer::AsReturned),
            Awaits::Update(id) => among(&self.updates, id),
            // The handler's later end is not the validator's.
            Awaits::Validation(id) => {
                let mut answers = self.updates.iter();
                answers.find_map(|(known, answer)| (*known == *id).then_some(*answer))
            }
            Awaits::Query(id) => among(&self.queries, id),
        }
    }
}
