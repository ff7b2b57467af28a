//! The text of an entry with another pin: one value changes, and all else stays byte for byte.

use std::ops::Range;

use documents::ImageDigest;
use serde::{Deserialize, Deserializer};
use serde_saphyr::{Location, Spanned};

use crate::registry::Entry;

/// Where the parts of an entry are that a pin needs to know.
#[derive(Deserialize)]
struct Draft {
    #[serde(rename = "ref")]
    processor_ref: Spanned<String>,
    #[serde(default, deserialize_with = "present")]
    image: Option<Spanned<Option<Image>>>,
}

#[derive(Deserialize)]
struct Image {
    #[serde(default, deserialize_with = "present")]
    oci: Option<Spanned<Option<String>>>,
}

/// Bytes to replace, and what replaces them.
struct Edit {
    range: Range<usize>,
    text: String,
}

/// An entry's text with this pin, and nothing else changed: that is checked.
///
/// # Errors
///
/// Says in a clause that the layout is one that is not understood here.
pub(super) fn pinned(text: &str, image: &ImageDigest) -> Result<String, String> {
    let mut wanted = Entry::parse(text)?;
    wanted.image.oci = Some(image.clone());
    let draft: Spanned<Draft> = serde_saphyr::from_str(text).map_err(|_| strange())?;
    let edit = edit(text, &draft, image.as_str()).ok_or_else(strange)?;
    let (Some(before), Some(after)) = (text.get(..edit.range.start), text.get(edit.range.end..)) else {
        return Err(strange());
    };
    let changed = [before, &edit.text, after].concat();
    let is_as_wanted = |entry: Entry| {
        let value = |entry: &Entry| serde_json::to_value(entry).ok();
        value(&entry).is_some_and(|got| Some(got) == value(&wanted))
    };
    if Entry::parse(&changed).is_ok_and(is_as_wanted) {
        Ok(changed)
    } else {
        Err(strange())
    }
}

fn strange() -> String {
    "its layout is unusual".into()
}

fn edit(text: &str, draft: &Spanned<Draft>, image: &str) -> Option<Edit> {
    let root = span(&draft.defined)?;
    let is_flow = text.get(root.start..)?.starts_with('{');
    let processor_ref = span(&draft.value.processor_ref.defined)?;
    let Some(present) = &draft.value.image else {
        return absent(text, processor_ref, is_flow, image);
    };
    let at = span(&present.defined)?;
    match &present.value {
        None => empty(text, at, is_flow, image),
        Some(Image { oci: Some(oci) }) => value(text, span(&oci.defined)?, image),
        Some(Image { oci: None }) => braces(text, at.start, image),
    }
}

/// There is no `image`: it comes after `ref`.
fn absent(text: &str, processor_ref: Range<usize>, is_flow: bool, image: &str) -> Option<Edit> {
    if is_flow {
        return Some(insertion(processor_ref.end, format!(", image: {{oci: {image}}}")));
    }
    let indent = indent(text, processor_ref.start)?;
    let newline = newline(text);
    let at = line_end(text, processor_ref.end)?;
    Some(insertion(
        at,
        format!("{newline}{indent}image:{newline}{indent}  oci: {image}"),
    ))
}

/// `image` is null: written out, or by writing nothing after the colon, which the place is then.
fn empty(text: &str, at: Range<usize>, is_flow: bool, image: &str) -> Option<Edit> {
    if !at.is_empty() {
        let text = format!("{{oci: {image}}}");
        return Some(Edit { range: at, text });
    }
    if is_flow {
        return Some(insertion(at.start + 1, format!(" {{oci: {image}}}")));
    }
    let (indent, newline) = (indent(text, at.start)?, newline(text));
    let end = line_end(text, at.start)?;
    Some(insertion(end, format!("{newline}{indent}  oci: {image}")))
}

/// `image.oci` has a value, or null.
fn value(text: &str, at: Range<usize>, image: &str) -> Option<Edit> {
    if at.is_empty() {
        return Some(insertion(at.start + 1, format!(" {image}")));
    }
    let quote = match text.get(at.clone())?.chars().next()? {
        quote @ ('"' | '\'') => quote.to_string(),
        _ => String::new(),
    };
    let text = format!("{quote}{image}{quote}");
    Some(Edit { range: at, text })
}

/// `image` is `{}`, with nothing but space in it.
fn braces(text: &str, start: usize, image: &str) -> Option<Edit> {
    let inside = text.get(start..)?.strip_prefix('{')?;
    let length = inside.find('}').filter(|end| {
        let between = inside.get(..*end).unwrap_or("#");
        between.trim().is_empty()
    })?;
    Some(Edit {
        range: start + 1..start + 1 + length,
        text: format!("oci: {image}"),
    })
}

fn insertion(at: usize, text: String) -> Edit {
    Edit { range: at..at, text }
}

fn span(location: &Location) -> Option<Range<usize>> {
    let start = usize::try_from(location.span().byte_offset()?).ok()?;
    let length = usize::try_from(location.span().byte_len()?).ok()?;
    Some(start..start + length)
}

/// The space before the first character of the line.
fn indent(text: &str, at: usize) -> Option<&str> {
    let before = text.get(..at)?;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.get(start..)?.trim_start_matches('\u{feff}');
    line.get(..line.len() - line.trim_start_matches(' ').len())
}

/// The end of the line, before its `\r\n` or `\n`.
fn line_end(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let line = rest.split('\n').next()?;
    Some(at + line.trim_end_matches('\r').len())
}

/// The way in which most files end their lines.
fn newline(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some) // null is present, too
}

#[cfg(test)]
mod tests;
