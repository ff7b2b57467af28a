//! The canonical form of RFC 8785 (JCS), and the ordered form, which keeps the order of members.

use std::cmp::Ordering;
use std::io::{self, Write};

use serde_json::Value;

use super::node::Node;

/// The order of an object's members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By the UTF-16 code units of their keys: the canonical form.
    Canonical,
    /// That of the document: the ordered form.
    Given,
}

/// Writes a value.
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

/// The first byte in UTF-8 of U+E000: from there on, UTF-16 may have another order.
const FIRST_UNLIKE: u8 = 0xEE;

/// Compares by UTF-16 code units; for nearly all keys that is the order of the bytes.
fn by_utf16(a: &str, b: &str) -> Ordering {
    match a.bytes().zip(b.bytes()).find(|(a, b)| a != b) {
        None => a.len().cmp(&b.len()),
        Some((a, b)) if a < FIRST_UNLIKE || b < FIRST_UNLIKE => a.cmp(&b),
        Some(_) => a.encode_utf16().cmp(b.encode_utf16()),
    }
}

/// A form of a value.
#[must_use]
pub fn to_bytes(node: &Node<'_>, order: Order) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = write(node, order, &mut bytes); // writing to a Vec cannot fail
    bytes
}

/// The canonical form of a value.
///
/// # Errors
///
/// `InvalidData` for a number whose canonical form would be an integer outside ±(2^53-1), which does not read back.
pub fn to_canonical(value: &Value) -> io::Result<Vec<u8>> {
    from_value(value, Order::Canonical)
}

/// The ordered form of a value.
///
/// # Errors
///
/// As [`to_canonical`].
pub fn to_ordered(value: &Value) -> io::Result<Vec<u8>> {
    from_value(value, Order::Given)
}

fn from_value(value: &Value, order: Order) -> io::Result<Vec<u8>> {
    let node = Node::from_value(value)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a number has no canonical form"))?;
    Ok(to_bytes(&node, order))
}

/// serde_json has the escapes of ECMAScript's `JSON.stringify`.
fn write_string(text: &str, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer(out, text).map_err(io::Error::from)
}
