//! An inputs document with a label.

use documents::Error;
use documents::json::{Members, Node};

/// The inputs document of a line, and what the caller calls the line.
#[derive(Debug)]
pub(crate) struct Labelled<'a> {
    /// It is no part of the inputs.
    pub(crate) label: Option<String>,
    pub(crate) inputs: Node<'a>,
}

/// Removes the field that holds the label.
pub(super) fn take_label(fields: &mut Members<'_>, name: &str) -> Result<Option<String>, Error> {
    match fields.remove(name) {
        None => Ok(None),
        Some(Node::Text(label)) => Ok(Some(label.into_owned())),
        Some(_) => Err(Error::inputs(format!("/{name} is not a string"))),
    }
}
