//! Placeholders in the parameters of inputs.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use documents::Error;
use documents::inputs::placeholders::{FILE, SECRET, replace};
use serde_json::{Value, json};

#[test]
fn only_an_object_of_one_key_is_a_placeholder() {
    let mut params = json!({
        "a": {"$file": "x"},
        "b/c": [1, {"d": {"$file": "y"}}, {"$file": "x", "detail": "low"}, "$file", {"file": "x"}],
    });
    let mut seen = Vec::new();
    let fields = params.as_object_mut().unwrap();
    replace::<Error>(fields, FILE, &mut |name, at| {
        seen.push(format!("{name} {at}"));
        Ok(name.to_uppercase().into())
    })
    .unwrap();
    assert_eq!(seen, ["x /params/a", "y /params/b~1c/1/d"]);
    assert_eq!(
        params,
        json!({"a": "X", "b/c": [1, {"d": "Y"}, {"$file": "x", "detail": "low"}, "$file", {"file": "x"}]})
    );
}

#[test]
fn a_name_is_a_string() {
    let mut params = json!({"a": [{"$secret": 1}]});
    let fields = params.as_object_mut().unwrap();
    let error = replace::<Error>(fields, SECRET, &mut |_, _| Ok(Value::Null)).unwrap_err();
    assert_eq!(
        error.message(),
        "/params/a/0/$secret is not a string; give a name there"
    );
}
