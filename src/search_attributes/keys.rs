//! The set of search attributes that an application declares.

use std::fmt;

use temporalio_common::protos::temporal::api::enums::v1::IndexedValueType;

use super::{Key, Kind};

/// The search attributes of an application, declared once.
///
/// ```
/// use chronoscope::search_attributes::{Int, Key, Keys, Keyword};
///
/// const ORDER_STATUS: Key<Keyword> = Key::new("OrderStatus");
/// const ORDER_ITEMS: Key<Int> = Key::new("OrderItems");
/// const KEYS: Keys<'_> = Keys::new(&[ORDER_STATUS.declare(), ORDER_ITEMS.declare()]);
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = chronoscope_testserver::TestServer::builder().start().await;
/// # let client = server.client("default").await?;
/// KEYS.register(client.connection(), "default").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Keys<'a>(pub(super) &'a [Declared]);

impl<'a> Keys<'a> {
    /// Collects the keys.
    #[must_use]
    pub const fn new(keys: &'a [Declared]) -> Self {
        Self(keys)
    }
}

/// A key without the type of its values: see [`Key::declare`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Declared {
    pub(super) name: &'static str,
    pub(super) type_name: &'static str,
    pub(super) value_type: IndexedValueType,
}

impl<K: Kind> Key<K> {
    /// Returns the name and the type, for [`Keys`].
    #[must_use]
    pub const fn declare(self) -> Declared {
        Declared {
            name: self.name(),
            type_name: K::NAME,
            value_type: K::TYPE,
        }
    }
}

impl Declared {
    /// Returns the attribute's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl fmt::Debug for Declared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.type_name)
    }
}
