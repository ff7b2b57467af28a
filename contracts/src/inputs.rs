//! The inputs document, version `v1`: read, normalized, hashed.

mod files;
pub mod placeholders;
mod read;

pub use files::{InputFile, pointer};
pub use read::{LARGEST, read};

use std::collections::BTreeMap;
use std::io;

use serde_json::{Map, Value};

use crate::error::{ErrorCode, ProcessorError};
use crate::hash::Hasher;
use crate::json::{self, pointer_part};
use crate::mode::Mode;

/// The name of the canonical form and the hash, as receipts give it.
pub const HASH_SCHEMA: &str = "jcs-sha256-v1";

/// Inputs that are valid, with their hash.
#[derive(Debug)]
pub struct Normalized {
    /// The model to run, where the caller named one.
    pub model: Option<String>,
    /// The provider's parameters.
    pub params: Map<String, Value>,
    /// The input files by name.
    pub files: BTreeMap<String, InputFile>,
    /// Whether to call the provider's service.
    pub mode: Mode,
    /// What the document asks for.
    pub hashes: Hashes,
}

/// The two hashes of normalized inputs, each SHA-256 in lower-case hex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hashes {
    /// Of the canonical form: the same for all documents of the same values, whatever the order of their keys.
    pub inputs_hash: String,
    /// Of the ordered form: two documents that share it ask a provider the same thing.
    pub inputs_sha256: String,
}

/// Reads an inputs document.
///
/// # Errors
///
/// `ERR_INPUTS` and `ERR_MODE`, with the field and the position and no piece of a value.
pub fn parse(document: &[u8]) -> Result<Normalized, ProcessorError> {
    normalize(parse_json(document)?)
}

/// Reads the JSON of an inputs document.
///
/// # Errors
///
/// `ERR_INPUTS`, with the position.
pub fn parse_json(document: &[u8]) -> Result<Value, ProcessorError> {
    json::parse(document).map_err(|what| wrong(format!("the inputs document is not valid JSON here: {what}")))
}

/// Checks and normalizes an inputs document that was read by [`parse_json`].
///
/// # Errors
///
/// `ERR_INPUTS` and `ERR_MODE`, with the field.
pub fn normalize(value: Value) -> Result<Normalized, ProcessorError> {
    let Value::Object(mut fields) = value else {
        return Err(wrong("the inputs document is not a JSON object"));
    };
    if fields.remove("schema").is_some_and(|schema| schema != "v1") {
        return Err(wrong("/schema is not \"v1\", the only schema there is"));
    }
    let mode = match fields.remove("mode") {
        None => Mode::Mock,
        Some(mode) => mode
            .as_str()
            .and_then(Mode::parse)
            .ok_or_else(|| ProcessorError::new(ErrorCode::Mode, "/mode is neither \"mock\" nor \"real\""))?,
    };
    let model = match fields.remove("model") {
        None => None,
        Some(Value::String(model)) => Some(model),
        Some(_) => return Err(wrong("/model is not a string")),
    };
    let params = object(&mut fields, "params")?;
    let raw_files = object(&mut fields, "files")?;
    let files = files::parse(&raw_files)?;
    if let Some(unknown) = fields.keys().next() {
        return Err(wrong(format!(
            "/{} is not a field of the inputs document; it has schema, model, params, files and mode",
            pointer_part(unknown)
        )));
    }

    let mut normalized = Map::new();
    normalized.insert("schema".into(), "v1".into());
    if let Some(model) = &model {
        normalized.insert("model".into(), model.as_str().into());
    }
    normalized.insert("params".into(), Value::Object(params));
    normalized.insert("files".into(), Value::Object(raw_files));
    normalized.insert("mode".into(), mode.as_str().into());
    let mut normalized = Value::Object(normalized);
    let hashes = Hashes::of(&normalized)
        .map_err(|error| wrong("the inputs document has no canonical form").with_cause(error))?;
    let params = match normalized.get_mut("params").map(Value::take) {
        Some(Value::Object(params)) => params,
        _ => Map::new(),
    };
    Ok(Normalized {
        model,
        params,
        files,
        mode,
        hashes,
    })
}

impl Hashes {
    /// Hashes both forms without holding them in memory. The value has its members in the order of the ordered form.
    fn of(normalized: &Value) -> io::Result<Self> {
        Ok(Self {
            inputs_hash: hash(|writer| json::write_canonical(normalized, writer))?,
            inputs_sha256: hash(|writer| json::write_ordered(normalized, writer))?,
        })
    }
}

fn hash(write: impl FnOnce(&mut io::BufWriter<Hasher>) -> io::Result<()>) -> io::Result<String> {
    let mut writer = io::BufWriter::with_capacity(32 * 1024, Hasher::default());
    write(&mut writer)?;
    Ok(writer.into_inner().map_err(|error| error.into_error())?.finish())
}

fn object(fields: &mut Map<String, Value>, name: &str) -> Result<Map<String, Value>, ProcessorError> {
    match fields.remove(name) {
        None => Ok(Map::new()),
        Some(Value::Object(object)) => Ok(object),
        Some(_) => Err(wrong(format!("/{name} is not an object"))),
    }
}

/// `ERR_INPUTS` with this sentence.
pub fn wrong(what: impl Into<String>) -> ProcessorError {
    ProcessorError::new(ErrorCode::Inputs, what)
}
