//! Compact JSON with numbers and strings as RFC 8785 (JCS) has them: its canonical form, and the same in the given order.

use std::cmp::Ordering;
use std::io::{self, Write};

use serde_json::Value;

use super::node::Node;

/// The order of an object's members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By their keys' UTF-16 code units: the canonical form.
    Canonical,
    /// As the document has them: the ordered form.
    Given,
}

/// Writes a value without white space.
///
/// # Errors
///
/// Those of the writer.
pub fn write(node: &Node<'_>, order: Order, out: &mut impl Write) -> io::Result<()> {
    match node {
        Node::Null => out.write_all(b"null"),
        Node::Bool(true) => out.write_all(b"true"),
        Node::Bool(false) => out.write_all(b"false"),
        Node::Integer(integer) => Ok(serde_json::to_writer(out, integer)?),
        // ECMAScript's `Number::toString`
        Node::Double(double) => out.write_all(ryu_js::Buffer::new().format_finite(*double).as_bytes()),
        Node::Text(text) => write_string(text, out),
        Node::List(items) => {
            out.write_all(b"[")?;
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.write_all(b",")?;
                }
                write(item, order, out)?;
            }
            out.write_all(b"]")
        }
        Node::Object(members) => {
            let is_sorted = || members.keys().is_sorted_by(|a, b| by_utf16(a, b).is_le());
            if order == Order::Given || is_sorted() {
                return write_members(members.iter(), order, out);
            }
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by(|(a, _), (b, _)| by_utf16(a, b));
            write_members(members.into_iter(), order, out)
        }
    }
}

fn write_members<'m, 'a: 'm>(
    members: impl Iterator<Item = (&'m str, &'m Node<'a>)>,
    order: Order,
    out: &mut impl Write,
) -> io::Result<()> {
    out.write_all(b"{")?;
    for (index, (key, value)) in members.enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        write_string(key, out)?;
        out.write_all(b":")?;
        write(value, order, out)?;
    }
    out.write_all(b"}")
}

/// From this byte on, UTF-8 begins characters whose order may be another in UTF-16: U+E000 and up.
const FIRST_UNLIKE: u8 = 0xEE;

/// The order of the UTF-16 code units, which is that of the bytes for nearly all keys that there are.
fn by_utf16(a: &str, b: &str) -> Ordering {
    match a.bytes().zip(b.bytes()).find(|(a, b)| a != b) {
        None => a.len().cmp(&b.len()),
        Some((a, b)) if a < FIRST_UNLIKE || b < FIRST_UNLIKE => a.cmp(&b),
        Some(_) => a.encode_utf16().cmp(b.encode_utf16()),
    }
}

/// A value as bytes.
#[must_use]
pub fn to_bytes(node: &Node<'_>, order: Order) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = write(node, order, &mut bytes); // a Vec takes everything
    bytes
}

/// The canonical form of a value that was made elsewhere.
///
/// # Errors
///
/// `InvalidData` for a number that is not finite or whose canonical form would be an integer outside ±(2^53-1): such a form
/// is not a fixed point.
pub fn to_canonical(value: &Value) -> io::Result<Vec<u8>> {
    of_value(value, Order::Canonical)
}

/// A value that was made elsewhere as compact JSON, with numbers and strings as its canonical form has them and the members in
/// the order of the value.
///
/// # Errors
///
/// As [`to_canonical`].
pub fn to_ordered(value: &Value) -> io::Result<Vec<u8>> {
    of_value(value, Order::Given)
}

fn of_value(value: &Value, order: Order) -> io::Result<Vec<u8>> {
    match Node::of(value) {
        Some(node) => Ok(to_bytes(&node, order)),
        None => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "a number has no canonical form",
        )),
    }
}

/// The escapes of ECMAScript's `JSON.stringify`, which are serde_json's as well.
fn write_string(text: &str, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer(out, text).map_err(io::Error::from)
}
