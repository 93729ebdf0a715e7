//! The fields of an execution: ids, types and constants under the names of the schema.

use std::{fmt, sync::Arc};

use crate::schema::Field;

/// The value of a field.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Value {
    /// Text, such as an id. Shared with the attributes of spans.
    Text(Arc<str>),
    /// Text that is the same for many executions, such as a type.
    Constant(&'static str),
    /// A number, such as an attempt.
    Number(u64),
    /// A flag.
    Flag(bool),
}

impl Value {
    /// Returns the text, if the value is one.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Constant(text) => Some(text),
            _ => None,
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(own), Self::Number(other)) => own == other,
            (Self::Flag(own), Self::Flag(other)) => own == other,
            _ => self.as_text().is_some() && self.as_text() == other.as_text(),
        }
    }
}

impl Eq for Value {}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Constant(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
            Self::Flag(flag) => flag.fmt(f),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

/// The fields of an execution.
///
/// A handler shares the fields of its run and adds its own.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    shared: Option<Arc<Fields>>,
    own: Vec<(Field, Value)>,
}

impl Fields {
    pub(crate) fn on(shared: &Arc<Self>) -> Self {
        Self {
            shared: Some(shared.clone()),
            // The number that an activity attempt adds.
            own: Vec::with_capacity(4),
        }
    }

    /// Adds a field. Empty text is no value and adds nothing.
    pub(crate) fn with(mut self, field: Field, value: impl Into<Value>) -> Self {
        let value = value.into();
        if value.as_text() != Some("") {
            if self.own.capacity() == 0 {
                // The number that a run has.
                self.own.reserve_exact(6);
            }
            self.own.push((field, value));
        }
        self
    }

    /// Adds a field if it has a value.
    pub(crate) fn with_some(self, field: Field, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(field, value),
            None => self,
        }
    }

    /// Returns the value of a field.
    #[must_use]
    pub fn get(&self, field: Field) -> Option<&Value> {
        self.iter()
            .find_map(|(name, value)| (name == field).then_some(value))
    }

    /// Returns the text of a field, if it has one.
    #[must_use]
    pub fn text(&self, field: Field) -> Option<&str> {
        self.get(field).and_then(Value::as_text)
    }

    /// Returns whether both have the same shared fields.
    pub(crate) fn is_beside(&self, other: &Self) -> bool {
        match (&self.shared, &other.shared) {
            (Some(own), Some(other)) => Arc::ptr_eq(own, other),
            _ => false,
        }
    }

    /// Returns every field with its value, those of the run before those of the handler.
    pub fn iter(&self) -> impl Iterator<Item = (Field, &Value)> {
        let shared = self.shared.as_ref().map_or(&[][..], |shared| &shared.own);
        shared
            .iter()
            .chain(&self.own)
            .map(|(field, value)| (*field, value))
    }
}
