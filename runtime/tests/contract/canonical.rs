//! The vectors that independent implementations of RFC 8785 agree on, through a whole run.

use base64::Engine as _;
use runtime::testing::{Case, Outcome};
use runtime::{Config, ErrorCode, OutputItem, ProcessorOutput, Runner};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

const VECTORS: &str = include_str!("../../../tests/vectors/jcs.json");

fn echo(_: Config) -> Runner {
    Box::new(|inputs| {
        let body = serde_json::to_vec(&inputs.params).unwrap();
        Ok(ProcessorOutput::new("echo:v1").with_output(OutputItem::bytes(
            "outputs/params.json",
            "application/json",
            body,
        )))
    })
}

fn run(document: impl Into<Vec<u8>>) -> Outcome {
    Case::new("test/echo@1", echo).inputs(document).run()
}

fn vectors(kind: &str) -> Vec<Value> {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    vectors.get(kind).unwrap().as_array().unwrap().clone()
}

fn text<'a>(vector: &'a Value, field: &str) -> &'a str {
    vector.get(field).unwrap().as_str().unwrap()
}

#[test]
fn canonical_forms_and_hashes_agree() {
    for vector in vectors("vectors") {
        // As a whole document it need not be inputs; as a parameter it is hashed inside this frame.
        let framed =
            |json: &str| format!(r#"{{"files":{{}},"mode":"mock","params":{{"v":{json}}},"schema":"v1"}}"#);
        let outcome = run(framed(text(&vector, "input")));
        assert_eq!(outcome.status, 0, "{vector}: {}", outcome.stdout);
        let canonical = framed(text(&vector, "canonical"));
        let expected = Sha256::digest(&canonical)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>();
        assert_eq!(
            outcome.receipt().get("inputs_hash"),
            Some(&Value::from(expected)),
            "{vector}"
        );
        // and the provider got the value of the canonical form
        let seen: Value = serde_json::from_slice(&outcome.output("outputs/params.json")).unwrap();
        let value: Value = serde_json::from_str(text(&vector, "canonical")).unwrap();
        assert_eq!(seen.get("v"), Some(&value), "{vector}");
    }
}

#[test]
fn refused_documents_are_refused_whole_and_as_a_value() {
    for vector in vectors("reject") {
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(text(&vector, "input_base64"))
            .unwrap();
        let framed = [br#"{"params":{"v":"#.as_slice(), &bytes, b"}}"].concat();
        for document in [bytes, framed] {
            let outcome = run(document);
            outcome.assert_error(ErrorCode::Inputs);
            let receipt = outcome.receipt();
            assert_eq!(receipt.get("status"), Some(&"error".into()), "{vector}");
            assert_eq!(receipt.get("inputs_hash"), None, "{vector}");
        }
    }
}

#[test]
fn spelling_never_changes_the_hash() {
    let hash = |document: &str| {
        let outcome = run(document);
        assert_eq!(outcome.status, 0, "{}", outcome.stdout);
        outcome.receipt().get("inputs_hash").cloned()
    };
    let plain = hash(r#"{"params":{"a":[1,0.5,"é"],"b":{"c":null}}}"#);
    for other in [
        r#" { "mode" : "mock", "params" : {"b":{"c":null}, "a":[1.0,5e-1,"\u00e9"]}, "files":{} , "schema":"v1" } "#,
        "{\"params\":{\"\\u0061\":[10e-1,0.50,\"é\"],\n\"b\":{\"c\":null}}}\r\n",
    ] {
        assert_eq!(hash(other), plain, "{other}");
    }
    assert_ne!(
        hash(r#"{"model":"m","params":{"a":[1,0.5,"é"],"b":{"c":null}}}"#),
        plain
    );
}

/// The ordered form, spelled out: what `inputs_sha256` is taken of, and what a provider gets.
#[test]
fn the_order_of_keys_is_the_callers() {
    for (document, ordered, params) in [
        (
            "{}",
            r#"{"schema":"v1","params":{},"files":{},"mode":"mock"}"#,
            "{}",
        ),
        (
            r#" {"mode":"mock", "params" : {"z":{"b":1.0,"a":[{"d":-0,"c":"\u00e9\/"}]},"a":1e2,"\u0062":null}, "model":"m"}"#,
            r#"{"schema":"v1","model":"m","params":{"z":{"b":1,"a":[{"d":0,"c":"é/"}]},"a":100,"b":null},"files":{},"mode":"mock"}"#,
            r#"{"z":{"b":1,"a":[{"d":0,"c":"é/"}]},"a":100,"b":null}"#,
        ),
        (
            r#"{"files":{},"schema":"v1","params":{"10":1,"9":2,"\uD83D\uDE00":3,"\uFB33":4,"":5}}"#,
            "{\"schema\":\"v1\",\"params\":{\"10\":1,\"9\":2,\"\u{1f600}\":3,\"\u{fb33}\":4,\"\":5},\"files\":{},\"mode\":\"mock\"}",
            "{\"10\":1,\"9\":2,\"\u{1f600}\":3,\"\u{fb33}\":4,\"\":5}",
        ),
    ] {
        let outcome = run(document);
        assert_eq!(outcome.status, 0, "{}", outcome.stdout);
        let expected: String = Sha256::digest(ordered)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(
            outcome.receipt().get("inputs_sha256"),
            Some(&expected.into()),
            "{document}"
        );
        let seen = String::from_utf8(outcome.output("outputs/params.json")).unwrap();
        assert_eq!(seen, params);
    }
    let receipt = |document: &str| run(document).receipt();
    let (one, other) = (
        receipt(r#"{"params":{"a":{"x":1,"y":2}}}"#),
        receipt(r#"{"params":{"a":{"y":2,"x":1}}}"#),
    );
    assert_eq!(one.get("inputs_hash"), other.get("inputs_hash"));
    assert_ne!(one.get("inputs_sha256"), other.get("inputs_sha256"));
}

#[test]
fn messages_name_the_field_and_the_place_and_no_value() {
    let deep = format!("{}1{}", "[".repeat(130), "]".repeat(130));
    for (document, expected) in [
        (r#"{"params":{"seed":12345678901234567890}}"#, "(in /params/seed)"),
        (r#"{"params":{"seed":1e20}}"#, "sent as a string"),
        (
            "{\"params\":{\n  \"n\": 1234567890123456789012}}",
            "line 2 column 8",
        ),
        (
            r#"{"params":{"a":{"top/secret":1,"top/secret":2}}}"#,
            "`top~1secret` a second time",
        ),
        (r#"{"params":{"a":[1,{"k":"\ud800"}]}}"#, "(in /params/a/1/k)"),
        (r#"{"parms":{}}"#, "/parms is not a field"),
        (r#"{"schema":"v2"}"#, "/schema"),
        (r#"{"schema":null}"#, "/schema"),
        (r#"{"model":7}"#, "/model is not a string"),
        (r#"{"model":null}"#, "/model is not a string"),
        (r#"{"params":[]}"#, "/params is not an object"),
        (r#"{"files":"hunter2"}"#, "/files is not an object"),
        (r#"{"files":{"f":"hunter2"}}"#, "/files/f is not an object"),
        (r#"{"files":{"f":{}}}"#, "/files/f has no path"),
        (r#"{"files":{"f":{"path":"/etc/hunter2"}}}"#, "/files/f/path"),
        (
            r#"{"files":{"f":{"path":"/artifacts/a/../hunter2"}}}"#,
            "/files/f/path",
        ),
        (
            r#"{"files":{"f":{"path":"/artifacts/a","sha256":"hunter2"}}}"#,
            "/files/f/sha256",
        ),
        (
            r#"{"files":{"f":{"path":"/artifacts/a","size":1}}}"#,
            "/files/f/size",
        ),
        (r#"[]"#, "not a JSON object"),
        ("\u{feff}{}", "byte order mark"),
        (r#"{} {}"#, "more than one document"),
        (&deep, "recursion limit"),
    ] {
        let outcome = run(document);
        outcome.assert_error(ErrorCode::Inputs);
        assert!(
            outcome.stdout.contains(expected),
            "{document}: {}",
            outcome.stdout
        );
        assert!(!outcome.stdout.contains("hunter2"), "{}", outcome.stdout);
    }
    for document in [
        r#"{"mode":"Real"}"#,
        r#"{"mode":""}"#,
        r#"{"mode":1}"#,
        r#"{"mode":null}"#,
    ] {
        run(document).assert_error(ErrorCode::Mode);
    }
}
