//! The inputs document, version `v1`: read, normalized and hashed (`docs/spec.md#inputs`).

mod files;
pub mod placeholders;

pub use files::{InputFile, pointer};

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;

use crate::code::ErrorCode;
use crate::error::Error;
use crate::hash::Hasher;
use crate::json::{self, Members, Node, Order, pointer_part};
use crate::mode::Mode;

/// The name of the construction of the hashes, for receipts.
pub const HASH_SCHEMA: &str = "jcs-sha256-v1";
/// The largest inputs document, in bytes.
pub const LARGEST: u64 = 64 * 1024 * 1024;

/// Valid inputs with their hashes.
#[derive(Debug)]
pub struct Normalized<'a> {
    /// What to run, if the caller says it.
    pub model: Option<String>,
    /// The provider's parameters.
    pub params: Members<'a>,
    /// The input files by name.
    pub files: BTreeMap<String, InputFile>,
    /// Whether to call the provider's service.
    pub mode: Mode,
    /// The hashes of these inputs.
    pub hashes: Hashes,
}

/// The hashes of normalized inputs (`docs/spec.md#hashing`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hashes {
    /// Of the canonical form: shared by all documents with the same values.
    pub inputs_hash: String,
    /// Of the ordered form: shared by all documents that ask a provider the same thing.
    pub inputs_sha256: String,
}

/// Parses and normalizes an inputs document.
///
/// # Errors
///
/// `ERR_INPUTS` and `ERR_MODE`; the message names the field or the position, and repeats no value.
pub fn parse(document: &[u8]) -> Result<Normalized<'_>, Error> {
    normalize(parse_json(document)?)
}

/// Parses the JSON of an inputs document.
///
/// # Errors
///
/// `ERR_INPUTS`; the message names the position.
pub fn parse_json(document: &[u8]) -> Result<Node<'_>, Error> {
    json::parse(document)
        .map_err(|what| Error::inputs(format!("the inputs document is not valid JSON here: {what}")))
}

/// Checks and normalizes an inputs document from [`parse_json`].
///
/// # Errors
///
/// `ERR_INPUTS` and `ERR_MODE`; the message names the field.
pub fn normalize(document: Node<'_>) -> Result<Normalized<'_>, Error> {
    let Node::Object(mut fields) = document else {
        return Err(Error::inputs("the inputs document is not a JSON object"));
    };
    if fields
        .remove("schema")
        .is_some_and(|schema| schema.as_str() != Some("v1"))
    {
        return Err(Error::inputs("/schema is not \"v1\", the only schema there is"));
    }
    let mode = match fields.remove("mode") {
        None => Mode::Mock,
        Some(mode) => mode
            .as_str()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| Error::new(ErrorCode::Mode, "/mode is neither \"mock\" nor \"real\""))?,
    };
    let model = match fields.remove("model") {
        None => None,
        Some(Node::Text(model)) => Some(model),
        Some(_) => return Err(Error::inputs("/model is not a string")),
    };
    let params = object(&mut fields, "params")?;
    let raw_files = object(&mut fields, "files")?;
    let files = files::parse(&raw_files)?;
    if let Some(unknown) = fields.keys().next() {
        return Err(Error::inputs(format!(
            "/{} is not a field of the inputs document; it has schema, model, params, files and mode",
            pointer_part(unknown)
        )));
    }

    // The order of the ordered form.
    let mut normalized = Members::default();
    normalized.push("schema", Node::Text("v1".into()));
    if let Some(model) = &model {
        normalized.push("model", Node::Text(model.clone()));
    }
    normalized.push("params", Node::Object(params));
    normalized.push("files", Node::Object(raw_files));
    normalized.push("mode", Node::Text(mode.as_str().into()));
    let mut normalized = Node::Object(normalized);
    let hashes = Hashes {
        inputs_hash: hash(&normalized, Order::Canonical)?,
        inputs_sha256: hash(&normalized, Order::Given)?,
    };
    let params = match &mut normalized {
        Node::Object(members) => object(members, "params")?,
        _ => Members::default(),
    };
    Ok(Normalized {
        model: model.map(Cow::into_owned),
        params,
        files,
        mode,
        hashes,
    })
}

/// Hashes a form while it is written.
fn hash(node: &Node<'_>, order: Order) -> Result<String, Error> {
    let mut writer = io::BufWriter::with_capacity(32 * 1024, Hasher::default());
    json::write(node, order, &mut writer)
        .and_then(|()| writer.into_inner().map_err(io::IntoInnerError::into_error))
        .map(Hasher::finish)
        .map_err(|error| Error::new(ErrorCode::Processor, "the inputs cannot be hashed").with_cause(error))
}

fn object<'a>(fields: &mut Members<'a>, name: &str) -> Result<Members<'a>, Error> {
    match fields.remove(name) {
        None => Ok(Members::default()),
        Some(Node::Object(object)) => Ok(object),
        Some(_) => Err(Error::inputs(format!("/{name} is not an object"))),
    }
}
