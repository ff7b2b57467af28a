//! What `docs/schemas` accepts: every golden document, and few of their neighbours.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may fail by panicking"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Every file below a directory.
fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let below = entries.map(|path| if path.is_dir() { files(&path) } else { vec![path] });
    below.flatten().collect()
}

/// Each schema as a function from a document to whether it is valid.
fn validators() -> BTreeMap<&'static str, impl Fn(&str) -> bool> {
    ["inputs", "receipt", "outputs", "envelope"]
        .map(|name| {
            let path = repository().join(format!("docs/schemas/{name}.json"));
            let schema = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
            let validator = jsonschema::options().offline().build(&schema).unwrap();
            let is_valid = move |document: &str| validator.is_valid(&serde_json::from_str(document).unwrap());
            (name, is_valid)
        })
        .into()
}

#[test]
fn every_golden_document_is_valid() {
    let validators = validators();
    let mut counts = BTreeMap::new();
    for dir in ["docs/examples/run", "tests", "runtime/tests"] {
        for path in files(&repository().join(dir)) {
            let name = path.file_name().unwrap().to_str().unwrap();
            let schema = match name {
                "receipt.json" | "determinism.json" => "receipt",
                "outputs.json" => "outputs",
                "inputs.json" => "inputs",
                _ if name.starts_with("envelope") && name.ends_with("json") => "envelope",
                _ => continue,
            };
            let document = std::fs::read_to_string(&path).unwrap();
            let document = document.replace("\"[duration_ms]\"", "12"); // golden files mask what varies
            let document = document.replace("[timestamp_utc]", "2026-01-02T03:04:05Z");
            assert!(validators[schema](&document), "{path:?}");
            *counts.entry(schema).or_insert(0) += 1;
        }
    }
    assert!(
        counts["receipt"] > 10 && counts["outputs"] > 4 && counts["envelope"] > 4 && counts["inputs"] > 0
    );
}

#[test]
fn changed_documents_are_not_valid() {
    let validators = validators();
    let example = |path: &str| {
        let path = repository().join("docs/examples/run").join(path);
        std::fs::read_to_string(path).unwrap()
    };
    let success = example("artifacts/demo/run-1/receipt.json");
    let failure = example("artifacts/demo/run-2/receipt.json");
    let index = example("artifacts/demo/run-1/outputs.json");
    let envelopes = example("envelope-1.json") + &example("envelope-2.json");
    let [success_line, error_line] = [0, 1].map(|at| envelopes.lines().nth(at).unwrap().to_owned());
    for (schema, document, from, to) in [
        ("receipt", &success, "\"success\"", "\"error\""),
        ("receipt", &success, "\"success\"", "\"done\""),
        ("receipt", &success, "\"duration_ms\":7,", ""),
        ("receipt", &success, "\"duration_ms\":7,", "\"duration_ms\":-1,"),
        ("receipt", &success, "\"processor_info\":\"llm_litellm:v1\",", ""),
        ("receipt", &success, "\"run-1\"", "\"-run\""),
        ("receipt", &success, "jcs-sha256-v1", "md5"),
        ("receipt", &success, "run-1/outputs.json", "run-1//outputs.json"),
        ("receipt", &success, "\"real\"", "null"),
        ("receipt", &failure, "\"error\",", "\"success\","),
        ("receipt", &failure, "ERR_", ""),
        ("receipt", &failure, "rejected/", "outputs/"),
        ("outputs", &index, "sha256:4", "sha256:"),
        ("outputs", &index, "\"mime\"", "\"kind\""),
        ("envelope", &success_line, "\"success\"", "\"error\""),
        ("envelope", &success_line, "\"duration_ms\":7", "\"more\":7"),
        ("envelope", &error_line, "\"code\"", "\"cod\""),
        ("inputs", &example("inputs.json"), "\"mode\"", "\"modes\""),
        ("inputs", &example("inputs.json"), "\"real\"", "\"test\""),
    ] {
        assert!(validators[schema](document), "{document}");
        let changed = document.replace(from, to);
        assert!(!validators[schema](&changed), "{changed}");
    }
    assert!(validators["receipt"](&success.replacen('{', "{\"later\":1,", 1)));
    for document in [
        "{}",
        r#"{"files":{"a":{"path":"/artifacts/a","mime":"text/plain"}}}"#,
    ] {
        assert!(validators["inputs"](document), "{document}");
    }
    for document in [
        r#"{"files":{"a":{}}}"#,
        r#"{"model":null}"#,
        r#"{"schema":"v2"}"#,
        r#"{"params":[]}"#,
    ] {
        assert!(!validators["inputs"](document), "{document}");
    }
}
