//! Files and parameters before a run: what is attached has to be named, and what is named has to be there.

use std::collections::BTreeMap;
use std::path::Path;

use documents::ErrorCode;
use documents::inputs::placeholders::FILE;
use documents::inputs::{InputFile, pointer};
use documents::json::pointer_part;
use serde_json::{Map, Value};
use store::Artifacts;

use crate::environment::Environment;
use crate::error::Error;

/// The longest text that may be the path of a file, in bytes.
const LONGEST_PATH: usize = 4_096;

/// Whether the parameters name a file: by `{"$file":"name"}`, or by a string that is its name, as a processor may have it.
pub(super) fn is_named(params: &Map<String, Value>, name: &str) -> bool {
    params.values().any(|value| names(value, name))
}

fn names(value: &Value, name: &str) -> bool {
    match value {
        Value::String(text) => text == name,
        Value::Array(items) => items.iter().any(|item| names(item, name)),
        Value::Object(members) => is_named(members, name),
        _ => false,
    }
}

/// The error of an attached file that nothing names.
pub(super) fn unused(name: &str) -> Error {
    let message = format!("the attached file {name} is not used: nothing in /params names it");
    let hint = format!("put {{\"{FILE}\":\"{name}\"}} where it goes, or leave --attach out");
    Error::new(ErrorCode::Inputs, message).hint(hint)
}

/// Checks that every file is there but those that are attached, and are stored later.
///
/// # Errors
///
/// `ERR_INPUTS` with the JSON pointer.
pub(super) fn are_there(
    files: &BTreeMap<String, InputFile>,
    is_attached: impl Fn(&str) -> bool,
    artifacts: &dyn Artifacts,
) -> Result<(), Error> {
    for (name, file) in files.iter().filter(|(name, _)| !is_attached(name)) {
        if let Err(error) = artifacts.open(file.path()) {
            let message = format!("the file of {} {error}", pointer(name));
            return Err(Error::new(ErrorCode::Inputs, message).hint("attach it with --attach"));
        }
    }
    Ok(())
}

/// Checks what the parameters say of files: each `{"$file":"name"}` names one, and no `"@path"` means one of this machine,
/// whose content would not be sent.
///
/// # Errors
///
/// `ERR_INPUTS` with the JSON pointer.
pub(super) fn check(
    params: &Map<String, Value>,
    files: &BTreeMap<String, InputFile>,
    environment: &Environment,
) -> Result<(), Error> {
    let check = Check { files, environment };
    check.members(params).map_err(|Wrong { at, what, hint }| {
        let at: String = at.iter().rev().map(|part| format!("/{part}")).collect();
        Error::new(ErrorCode::Inputs, format!("/params{at} {what}")).hint(hint)
    })
}

struct Check<'a> {
    files: &'a BTreeMap<String, InputFile>,
    environment: &'a Environment,
}

struct Wrong {
    /// The parts of the pointer, last part first.
    at: Vec<String>,
    what: String,
    hint: String,
}

impl Check<'_> {
    fn members(&self, members: &Map<String, Value>) -> Result<(), Wrong> {
        let mut members = members.iter();
        members.try_for_each(|(key, value)| inside(pointer_part(key), self.value(value)))
    }

    fn value(&self, value: &Value) -> Result<(), Wrong> {
        let wrong = |what: String, hint: String| {
            let at = Vec::new();
            Err(Wrong { at, what, hint })
        };
        match value {
            Value::String(text) if self.is_path(text) => wrong(
                "begins with @ and names a file of this machine, which is not sent".to_owned(),
                format!("attach it with --attach NAME=PATH, and put {{\"{FILE}\":\"NAME\"}} there"),
            ),
            Value::Array(items) => {
                let mut items = items.iter().enumerate();
                items.try_for_each(|(index, item)| inside(index.to_string(), self.value(item)))
            }
            Value::Object(members) => match members.get(FILE).and_then(Value::as_str) {
                Some(name) if members.len() == 1 && !self.files.contains_key(name) => {
                    let name = pointer_part(name);
                    wrong(
                        format!("names the file {name}, which /files does not have"),
                        format!("attach it with --attach {name}=PATH"),
                    )
                }
                _ => self.members(members),
            },
            _ => Ok(()),
        }
    }

    /// Whether it is `@` and the path of a file.
    fn is_path(&self, text: &str) -> bool {
        text.len() <= LONGEST_PATH
            && text
                .strip_prefix('@')
                .is_some_and(|path| !path.is_empty() && self.environment.path(Path::new(path)).is_file())
    }
}

fn inside(part: String, checked: Result<(), Wrong>) -> Result<(), Wrong> {
    checked.map_err(|mut wrong| {
        wrong.at.push(part);
        wrong
    })
}
