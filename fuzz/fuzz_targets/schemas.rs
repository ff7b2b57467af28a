//! Whatever a model's schema is, parameters are checked and outputs searched in bounded time. An input is
//! `{"schema": …, "params": {…}, "output": …}`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|document: &[u8]| {
    let Ok(Value::Object(mut document)) = serde_json::from_slice(document) else {
        return;
    };
    let mut take = |name| document.remove(name).unwrap_or_default();
    let (schema, params, output) = (take("schema"), take("params"), take("output"));
    let params = params.as_object().cloned().unwrap_or_default();
    replicate_generic::fuzzing::schema(schema, params, &output.to_string());
});
