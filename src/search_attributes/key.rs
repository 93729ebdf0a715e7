//! Keys of search attributes: a name with the type of its values.

use std::{fmt, marker::PhantomData, time::SystemTime};

use temporalio_common::{
    protos::temporal::api::enums::v1::IndexedValueType,
    search_attributes::{
        SearchAttributeError, SearchAttributeKey, SearchAttributeValue, SearchAttributes, Timestamp,
    },
};

use super::{Change, change::is_value};

/// A search attribute: its name, and the type of its values.
///
/// ```
/// use chronoscope::search_attributes::{Int, Key, Keyword};
///
/// const ORDER_STATUS: Key<Keyword> = Key::new("OrderStatus");
/// const ORDER_ITEMS: Key<Int> = Key::new("OrderItems");
///
/// let changes = [ORDER_STATUS.set("shipped"), ORDER_ITEMS.unset()];
/// # let _ = changes;
/// ```
///
/// A value of another type does not compile:
///
/// ```compile_fail,E0277
/// use chronoscope::search_attributes::{Int, Key};
///
/// const ORDER_ITEMS: Key<Int> = Key::new("OrderItems");
/// ORDER_ITEMS.set("three");
/// ```
///
/// ```compile_fail,E0277
/// use chronoscope::search_attributes::{Int, Key};
///
/// const ORDER_ITEMS: Key<Int> = Key::new("OrderItems");
/// ORDER_ITEMS.set(true);
/// ```
///
/// ```compile_fail,E0277
/// use chronoscope::search_attributes::{Key, Keyword};
///
/// const ORDER_STATUS: Key<Keyword> = Key::new("OrderStatus");
/// ORDER_STATUS.set(vec!["shipped".to_owned()]);
/// ```
pub struct Key<K> {
    name: &'static str,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Key<K> {
    /// Creates a key for the attribute of this name.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            kind: PhantomData,
        }
    }

    /// Returns the attribute's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// Returns the change that gives the attribute a value.
    ///
    /// A value that can't be encoded, such as NaN, is an error of the function that applies the
    /// change.
    pub fn set(self, value: impl IntoValue<K>) -> Change {
        Change::set(&K::key(self.name), value.into_value())
    }

    /// Returns the change that removes the attribute.
    ///
    /// It sets an empty list, whatever the type is: the SDK's own `value_unset` makes a command
    /// that Temporal Server 1.29 can't read. So the SDK's view of the run's attributes still has
    /// the name afterwards; [`get`](Self::get) returns `None` for it.
    pub fn unset(self) -> Change {
        Change::unset(&K::key(self.name))
    }

    /// Returns the attribute's value, if it is set.
    ///
    /// # Errors
    ///
    /// Returns the SDK's error if the recorded value has another type.
    pub fn get(
        self,
        attributes: &SearchAttributes,
    ) -> Result<Option<K::Value>, SearchAttributeError> {
        match attributes.raw_payload(self.name).filter(is_value) {
            Some(_) => attributes.try_get(&K::key(self.name)),
            None => Ok(None),
        }
    }
}

impl<K> Clone for Key<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Key<K> {}

impl<K: Kind> fmt::Debug for Key<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, K::NAME)
    }
}

/// A type of search attributes: [`Text`], [`Keyword`], [`Int`], [`Double`], [`Bool`], [`Datetime`]
/// or [`KeywordList`].
pub trait Kind: sealed::Sealed + 'static {
    /// The SDK's type of such values.
    type Value: SearchAttributeValue + PartialEq + 'static;

    /// The type's name in Temporal's commands.
    const NAME: &'static str;

    /// The type's number on the server.
    const TYPE: IndexedValueType;

    /// Returns the SDK's own key.
    fn key(name: &'static str) -> SearchAttributeKey<Self::Value>;
}

/// A type that can become a value of a [`Kind`].
pub trait IntoValue<K: Kind> {
    /// Returns the value.
    fn into_value(self) -> K::Value;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident($value:ty) = $constructor:ident {
        $($from:ty => |$given:ident| $into:expr,)*
    })*) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub enum $kind {}

            impl sealed::Sealed for $kind {}

            impl Kind for $kind {
                type Value = $value;

                const NAME: &'static str = stringify!($kind);
                const TYPE: IndexedValueType = IndexedValueType::$kind;

                fn key(name: &'static str) -> SearchAttributeKey<$value> {
                    SearchAttributeKey::$constructor(name)
                }
            }

            $(impl IntoValue<$kind> for $from {
                fn into_value(self) -> $value {
                    let $given = self;
                    $into
                }
            })*
        )*
    };
}

kinds! {
    /// Text that queries search word by word.
    Text(String) = text {
        &str => |text| text.to_owned(),
        String => |text| text,
    }
    /// Text that queries match as a whole.
    Keyword(String) = keyword {
        &str => |text| text.to_owned(),
        String => |text| text,
    }
    /// A whole number.
    Int(i64) = int {
        i64 => |number| number,
    }
    /// A finite number.
    Double(f64) = float {
        f64 => |number| number,
    }
    /// True or false.
    Bool(bool) = bool {
        bool => |flag| flag,
    }
    /// A point in time.
    Datetime(Timestamp) = datetime {
        Timestamp => |time| time,
        SystemTime => |time| time.into(),
    }
    /// Several keywords.
    KeywordList(Vec<String>) = keyword_list {
        Vec<String> => |list| list,
        &[&str] => |list| list.iter().map(|text| (*text).to_owned()).collect(),
    }
}

impl<const N: usize> IntoValue<KeywordList> for [&str; N] {
    fn into_value(self) -> Vec<String> {
        self.map(str::to_owned).into()
    }
}
