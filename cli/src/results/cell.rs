//! One value of a table.

use documents::json::{Node, Order, to_bytes};
use serde_json::value::RawValue;

/// A value in one row and column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Cell {
    /// There is none.
    #[default]
    Empty,
    Text(String),
    /// JSON that is not a string: a number, for example.
    Json(String),
}

impl Cell {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn integer(number: u64) -> Self {
        Self::Json(number.to_string())
    }

    /// A number as receipts write it.
    pub(super) fn number(number: f64) -> Self {
        let canonical = Node::from_double(number).map(|node| to_bytes(&node, Order::Canonical));
        let text = canonical.and_then(|bytes| String::from_utf8(bytes).ok());
        text.map_or(Self::Empty, Self::Json)
    }

    /// A part of a document, as it is written there.
    pub(super) fn of_json(value: &RawValue) -> Self {
        let json = value.get();
        match serde_json::from_str::<Option<String>>(json) {
            Ok(Some(text)) => Self::Text(text),
            Ok(None) => Self::Empty,
            Err(_) => Self::Json(json.to_owned()),
        }
    }
}

impl<T: Into<String>> From<Option<T>> for Cell {
    fn from(text: Option<T>) -> Self {
        text.map_or(Self::Empty, Self::text)
    }
}
