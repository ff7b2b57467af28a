//! The JSON Schemas of the documents: `docs/schemas/*.json`, made from the types that read and write them.
//!
//! A schema is for tools and readers. It does not say what a schema cannot: canonical form, lengths in bytes, Unicode NFC.

use std::collections::BTreeMap;
use std::path::Path;

use schemars::{JsonSchema, Schema, generate::SchemaSettings};
use serde_json::{Map, Value, json};
use snapbox::{Data, assert_data_eq, data::DataFormat};

use crate::envelope::Envelope;
use crate::inputs::HASH_SCHEMA;
use crate::mode::Mode;
use crate::outputs::Index;
use crate::receipt::{Receipt, form::FIELDS};

/// An inputs document before it is normalized.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "inputs are read without serde, to keep the order of their keys"
)]
struct Inputs {
    /// The version of the document.
    schema: Option<String>,
    /// What to run; the provider gives it a meaning.
    model: Option<String>,
    /// The provider's parameters.
    params: Option<Map<String, Value>>,
    /// The input files by name.
    files: Option<BTreeMap<String, File>>,
    /// Whether to call the provider's service; `mock` by default.
    mode: Option<Mode>,
}

/// An input file.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "as above")]
struct File {
    /// A world path.
    path: String,
    /// The SHA-256 of its bytes in hexadecimal digits.
    sha256: Option<String>,
    /// Its media type.
    mime: Option<String>,
}

/// The schema of a type, with rules for the strings at these pointers.
fn schema<T: JsonSchema>(rules: &[(&str, Value)]) -> Value {
    let mut schema = SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<T>();
    schemars::transform::transform_subschemas(&mut tidy, &mut schema);
    let mut schema = schema.to_value();
    for (pointer, rule) in rules {
        let target = schema.pointer_mut(pointer).and_then(Value::as_object_mut);
        let target = target.unwrap_or_else(|| panic!("nothing at {pointer}"));
        target.extend(rule.as_object().unwrap().clone());
    }
    schema
}

/// Documents leave fields out instead of writing `null`, and have no integer above 2^53-1.
fn tidy(schema: &mut Schema) {
    if let Some(types) = schema.get_mut("type").and_then(Value::as_array_mut) {
        types.retain(|name| name != "null");
        if let [name] = types.as_slice() {
            let name = name.clone();
            schema.insert("type".into(), name);
        }
    }
    if let Some([inner, ..]) = schema.get("anyOf").and_then(Value::as_array).map(Vec::as_slice) {
        let inner = inner.as_object().unwrap().clone();
        schema.remove("anyOf");
        schema.ensure_object().extend(inner);
    }
    if schema.remove("format").is_some_and(|format| format == "uint64") {
        schema.insert("maximum".into(), crate::json::MAX_SAFE_INTEGER.into());
    }
    if schema
        .get("default")
        .is_some_and(|default| *default == json!({}) || default.is_null())
    {
        schema.remove("default");
    }
    schemars::transform::transform_subschemas(&mut tidy, schema);
}

fn pattern(pattern: &str) -> Value {
    json!({ "pattern": pattern })
}

/// A canonical world path that ends with this pattern.
fn world_path(end: &str) -> Value {
    let segment = r"[^/%\\\u0000-\u001f\u007f-\u009f]+";
    let pattern = match end {
        "" => format!("^world://artifacts(/{segment})+$"),
        _ => format!("^world://artifacts(/{segment})*/{end}$"),
    };
    json!({ "pattern": pattern, "maxLength": 1_024 })
}

/// Each schema by the name of its file.
fn schemas() -> [(&'static str, Value); 4] {
    let sha256 = || pattern("^[0-9a-f]{64}$");
    let cid = || pattern("^sha256:[0-9a-f]{64}$");
    let code = || pattern("^ERR_[A-Z0-9_]{1,60}$");
    let id = || pattern("^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$");
    let image =
        || json!({ "pattern": "^(unknown|[A-Za-z0-9._/:-]+@sha256:[0-9a-f]{64})$", "maxLength": 512 });
    let inputs = schema::<Inputs>(&[
        ("/properties/schema", json!({ "const": "v1" })),
        ("/$defs/File/properties/path", pattern("^(world:/)?/artifacts/")),
        ("/$defs/File/properties/sha256", pattern("^[0-9A-Fa-f]{64}$")),
    ]);
    let mut receipt = schema::<Receipt>(&[
        ("/properties/execution_id", id()),
        (
            "/properties/processor_ref",
            json!({
                "pattern": "^[a-z0-9][a-z0-9_-]*/[a-z0-9][a-z0-9_-]*@[A-Za-z0-9][A-Za-z0-9._-]*$",
                "maxLength": 255,
            }),
        ),
        ("/properties/image_digest", image()),
        ("/properties/inputs_hash", sha256()),
        ("/properties/hash_schema", json!({ "const": HASH_SCHEMA })),
        ("/properties/inputs_sha256", sha256()),
        ("/properties/outputs_index", world_path(r"outputs\.json")),
        ("/properties/outputs_index_sha256", sha256()),
        (
            "/properties/timestamp_utc",
            pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"),
        ),
        ("/$defs/Failure/properties/code", code()),
        (
            "/$defs/Rejected/properties/path",
            world_path(r"rejected/response\.bin"),
        ),
        ("/$defs/Rejected/properties/sha256", sha256()),
    ]);
    receipt["required"] = FIELDS
        .iter()
        .filter(|(_, when, ..)| when.rule(false).0 && when.rule(true).0)
        .map(|(name, ..)| *name)
        .collect();
    receipt["oneOf"] = [("success", false), ("error", true)]
        .map(|(status, is_error)| {
            let mut properties = Map::from_iter([("status".to_owned(), json!({ "const": status }))]);
            let rules = FIELDS.map(|(name, when, ..)| (name, when.rule(is_error)));
            for (name, _) in rules.iter().filter(|(_, (_, is_allowed))| !is_allowed) {
                properties.insert((*name).to_owned(), false.into());
            }
            let required = rules.iter().filter(|(_, (is_required, _))| *is_required);
            let required: Vec<_> = required.map(|(name, _)| *name).collect();
            json!({ "properties": properties, "required": required })
        })
        .into_iter()
        .collect();
    let index = schema::<Index>(&[
        ("/$defs/IndexEntry/properties/path", world_path("")),
        ("/$defs/IndexEntry/properties/cid", cid()),
    ]);
    let envelope = schema::<Envelope>(&[
        ("/oneOf/0/properties/execution_id", id()),
        ("/oneOf/0/properties/index_path", world_path(r"outputs\.json")),
        ("/$defs/SuccessMeta/properties/image_digest", image()),
        ("/$defs/IndexEntry/properties/path", world_path("")),
        ("/$defs/IndexEntry/properties/cid", cid()),
        ("/$defs/Failure/properties/code", code()),
    ]);
    [
        ("inputs", inputs),
        ("receipt", receipt),
        ("outputs", index),
        ("envelope", envelope),
    ]
}

#[test]
fn the_schemas_in_the_repository_are_current() {
    for (name, schema) in schemas() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../docs/schemas/{name}.json"));
        let text = format!("{schema:#}\n");
        assert_data_eq!(
            Data::text(text),
            Data::read_from(&path, Some(DataFormat::Text)).raw()
        );
    }
}
