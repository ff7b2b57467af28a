//! Compact JSON with numbers and strings as RFC 8785 (JCS) has them: its canonical form, and the same in the given order.

use std::cmp::Ordering;
use std::io::{self, Write};

use serde_json::{Number, Value};

/// 2^53 - 1: beyond it, two different integers can be the same IEEE 754 double.
pub(super) const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// The order of an object's members.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// By their keys' UTF-16 code units.
    Canonical,
    /// As the value has them.
    Given,
}

/// Writes the canonical form of a value.
///
/// # Errors
///
/// Those of the writer, and `InvalidData` for a number that is not finite or whose canonical form would be an integer
/// outside ±(2^53-1): such a form is not a fixed point.
pub fn write_canonical(value: &Value, out: &mut impl Write) -> io::Result<()> {
    write(value, Order::Canonical, out)
}

/// Writes a value as its canonical form, but for the order of members, which is the value's own.
///
/// # Errors
///
/// As [`write_canonical`].
pub fn write_ordered(value: &Value, out: &mut impl Write) -> io::Result<()> {
    write(value, Order::Given, out)
}

fn write(value: &Value, order: Order, out: &mut impl Write) -> io::Result<()> {
    match value {
        Value::Null => out.write_all(b"null"),
        Value::Bool(true) => out.write_all(b"true"),
        Value::Bool(false) => out.write_all(b"false"),
        Value::Number(number) => write_number(number, out),
        Value::String(text) => write_string(text, out),
        Value::Array(items) => {
            out.write_all(b"[")?;
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.write_all(b",")?;
                }
                write(item, order, out)?;
            }
            out.write_all(b"]")
        }
        Value::Object(members) => {
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

fn write_members<'a>(
    members: impl Iterator<Item = (&'a String, &'a Value)>,
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

fn by_utf16(a: &str, b: &str) -> Ordering {
    a.encode_utf16().cmp(b.encode_utf16())
}

/// The canonical form as bytes.
pub fn to_canonical(value: &Value) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    write_canonical(value, &mut bytes)?;
    Ok(bytes)
}

/// What [`write_ordered`] writes, as bytes.
pub fn to_ordered(value: &Value) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    write_ordered(value, &mut bytes)?;
    Ok(bytes)
}

/// The escapes of ECMAScript's `JSON.stringify`, which are serde_json's as well.
fn write_string(text: &str, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer(out, text).map_err(io::Error::from)
}

/// ECMAScript's `Number::toString`.
fn write_number(number: &Number, out: &mut impl Write) -> io::Result<()> {
    let double = match (number.as_i64(), number.as_u64()) {
        (Some(integer), _) if integer.unsigned_abs() <= MAX_SAFE_INTEGER => {
            return write!(out, "{integer}");
        }
        (None, None) => number.as_f64().filter(|double| is_canonical(*double)),
        _ => None,
    };
    let Some(double) = double else {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "a number has no canonical form",
        ));
    };
    out.write_all(ryu_js::Buffer::new().format_finite(double).as_bytes())
}

/// Whether a double's canonical form reads back as the same number under the rules of `strict`.
pub fn is_canonical(double: f64) -> bool {
    // From 1e21 on, ECMAScript writes an exponent, and the form is no longer an integer literal.
    double.is_finite()
        && (double.fract() != 0.0 || double.abs() <= MAX_SAFE_INTEGER as f64 || double.abs() >= 1e21)
}
