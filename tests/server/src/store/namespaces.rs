//! Namespaces and the search attributes that they know.

use std::collections::BTreeMap;

use crate::{
    proto::enums::IndexedValueType::{self, Bool, Datetime, Int, Keyword, KeywordList},
    run::fresh_id,
};

/// A namespace.
#[derive(Clone, Debug)]
pub(crate) struct Namespace {
    pub(crate) id: String,
    pub(crate) description: String,
    pub(crate) owner: String,
    /// The search attributes that users registered.
    pub(crate) attributes: BTreeMap<String, IndexedValueType>,
}

/// Search attributes that are there without anybody's doing.
pub(crate) const SYSTEM: &[(&str, IndexedValueType)] = &[
    ("BatcherUser", Keyword),
    ("BinaryChecksums", KeywordList),
    ("BuildIds", KeywordList),
    ("CloseTime", Datetime),
    ("ExecutionDuration", Int),
    ("ExecutionStatus", Keyword),
    ("ExecutionTime", Datetime),
    ("HistoryLength", Int),
    ("HistorySizeBytes", Int),
    ("ParentRunId", Keyword),
    ("ParentWorkflowId", Keyword),
    ("RootRunId", Keyword),
    ("RootWorkflowId", Keyword),
    ("RunId", Keyword),
    ("StartTime", Datetime),
    ("StateTransitionCount", Int),
    ("TaskQueue", Keyword),
    ("TemporalChangeVersion", KeywordList),
    ("TemporalNamespaceDivision", Keyword),
    ("TemporalSchedulePaused", Bool),
    ("TemporalScheduledById", Keyword),
    ("TemporalScheduledStartTime", Datetime),
    ("WorkflowId", Keyword),
    ("WorkflowType", Keyword),
];

impl Namespace {
    /// A namespace with nothing in it.
    pub(crate) fn new() -> Self {
        Self {
            id: fresh_id(),
            description: String::new(),
            owner: String::new(),
            attributes: BTreeMap::new(),
        }
    }

    /// What kind of values a search attribute has.
    pub(crate) fn kind_of(&self, name: &str) -> Option<IndexedValueType> {
        let system = SYSTEM.iter().find(|(known, _)| *known == name);
        system
            .map(|(_, kind)| *kind)
            .or_else(|| self.attributes.get(name).copied())
    }
}
