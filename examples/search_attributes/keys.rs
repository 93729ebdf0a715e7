//! The search attributes of the example.

use chronoscope::search_attributes::{Double, Key, Keys, Keyword, KeywordList};

/// Each search attribute is declared once.
pub const ORDER_STATUS: Key<Keyword> = Key::new("OrderStatus");
pub const ORDER_TOTAL: Key<Double> = Key::new("OrderTotal");
pub const ORDER_ITEMS: Key<KeywordList> = Key::new("OrderItems");
pub const TRACE_ID: Key<Keyword> = Key::new("TraceId");

pub const KEYS: Keys<'_> = Keys::new(&[
    ORDER_STATUS.declare(),
    ORDER_TOTAL.declare(),
    ORDER_ITEMS.declare(),
    TRACE_ID.declare(),
]);
