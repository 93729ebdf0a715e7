//! The search attributes of a run that its lines and spans show.

use parking_lot::Mutex;
use serde_json::Value;

/// Fields that a run gains and loses as its code executes, under the user's names.
///
/// They are kept apart from its [`Fields`](super::Fields), which are rendered once.
#[derive(Debug, Default)]
pub(crate) struct Mirror(Mutex<Vec<(&'static str, Value)>>);

impl Mirror {
    /// Sets a field, or removes it.
    pub(crate) fn set(&self, name: &'static str, value: Option<Value>) {
        let mut fields = self.0.lock();
        fields.retain(|(known, _)| *known != name);
        if let Some(value) = value.filter(|value| !value.is_null()) {
            fields.push((name, value));
            fields.sort_by_key(|(name, _)| *name);
        }
    }

    /// Returns the current fields by name.
    pub(crate) fn fields(&self) -> Vec<(&'static str, Value)> {
        let fields = self.0.lock();
        fields.clone()
    }
}
