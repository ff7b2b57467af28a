//! `--select NAME=/pointer`: a column of one's own.

use std::str::FromStr;

use documents::ErrorCode;

use super::column_names::COLUMNS;
use crate::error::Error;
use crate::pointer::is_pointer;

/// A column with what a pointer names in the outputs.
#[derive(Clone, Debug)]
pub(crate) struct Select {
    pub(super) name: String,
    pub(super) pointer: String,
}

impl FromStr for Select {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((name, pointer)) if !name.is_empty() && is_pointer(pointer) => Ok(Self {
                name: name.to_owned(),
                pointer: pointer.to_owned(),
            }),
            _ => Err("it has the form NAME=/POINTER, e.g. answer=/choices/0/message/content"),
        }
    }
}

/// Checks that every column has a name of its own.
///
/// # Errors
///
/// `ERR_USAGE`.
pub(crate) fn check_names(selects: &[Select]) -> Result<(), Error> {
    let mut known = COLUMNS.to_vec();
    for Select { name, .. } in selects {
        if known.contains(&&**name) {
            let message = format!("the table has a column {name} already");
            return Err(Error::new(ErrorCode::Usage, message).hint("give --select another name"));
        }
        known.push(name);
    }
    Ok(())
}
