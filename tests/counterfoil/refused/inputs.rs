//! Inputs that do not fit the schema of the entry, or are no inputs at all.

use std::os::unix::fs::symlink;

use serde_json::json;

use super::super::workspace::Workspace;
use super::{assert_not_started, untouched};

const SCHEMA: &str = r#"
inputs:
  schema:
    type: object
    required: [needed, "also needed"]
    additionalProperties: false
    propertyNames: {maxLength: 12}
    properties:
      needed: {}
      "also needed": {}
      number: {type: integer}
      text: {type: string, maxLength: 3, pattern: "^[a-c]+$"}
      list: {type: array, items: {type: object, required: [role], properties: {role: {enum: [user, system]}}}}
      fixed: {const: this one}
      small: {maximum: 3}
      many: {uniqueItems: true, maxItems: 1}
      "a/b~c": {type: "null"}
      either: {anyOf: [{type: "null"}, {type: integer}]}
      one: {oneOf: [{type: string}, {maxLength: 99}]}
      not: {not: {type: string}}
      some: {contains: {const: x}}
      depends: {dependentRequired: {a: [b]}}
      deep: {unevaluatedProperties: false}
"#;

#[test]
fn every_kind_of_violation_is_named_without_its_value() {
    const MARKER: &str = "m4rk3r";
    let workspace = untouched(SCHEMA);
    for (number, (name, value, pointers)) in [
        ("number", json!(MARKER), vec!["/params/number "]),
        ("text", json!([MARKER, MARKER].concat()), vec!["/params/text "]),
        (
            "list",
            json!([{"role": MARKER}, {"content": MARKER}, MARKER]),
            vec!["/params/list/0/role ", "/params/list/1 ", "/params/list/2 "],
        ),
        ("fixed", json!(MARKER), vec!["/params/fixed "]),
        ("small", json!(77_001), vec!["/params/small "]),
        ("many", json!([MARKER, MARKER]), vec!["/params/many "]),
        ("a/b~c", json!(MARKER), vec!["/params/a~1b~0c "]),
        ("either", json!(MARKER), vec!["/params/either "]),
        ("one", json!(MARKER), vec!["/params/one "]),
        ("not", json!(MARKER), vec!["/params/not "]),
        ("some", json!([MARKER]), vec!["/params/some "]),
        ("depends", json!({"a": MARKER}), vec!["/params/depends ", "\"b\""]),
        ("deep", json!({"a": MARKER}), vec!["/params/deep "]),
        ("unknown", json!(MARKER), vec!["/params ", "unknown"]),
        (
            "more than 12 characters",
            json!(MARKER),
            vec!["/params has a property"],
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let mut params = json!({"needed": 1, "also needed": MARKER});
        params[name] = value;
        let finished = workspace
            .probe(&params.to_string())
            .execution_id(&format!("run-{number}"))
            .run();
        finished.assert_failure("ERR_INPUTS", 3);
        finished.assert_nowhere(MARKER).assert_nowhere("77001");
        for part in pointers {
            assert!(
                finished.message().contains(part),
                "{part} is not in {}",
                finished.message()
            );
        }
    }
    assert_not_started(&workspace);
}

#[test]
fn all_violations_are_named_at_once() {
    let workspace = untouched(SCHEMA);
    let finished = workspace
        .probe(r#"{"unknown":1,"number":true,"text":"dddd"}"#)
        .run();
    finished.assert_failure("ERR_INPUTS", 3);
    let message = finished.message();
    for part in [
        "\"needed\"",
        "\"also needed\"",
        "unknown",
        "/params/number ",
        "/params/text the value is longer",
        "/params/text the value does not match",
    ] {
        assert!(message.contains(part), "{part} is not in {message}");
    }
    assert_not_started(&workspace);
}

#[test]
fn params_that_fit_the_schema_are_run() {
    let workspace = Workspace::new()
        .entry("inputs: {schema: {type: object, required: [do], properties: {size: {type: integer}}}}");
    workspace.probe(r#"{"do":"ok","size":3}"#).run().assert_success();
}

#[test]
fn wrong_inputs_leave_receipts_and_start_nothing() {
    let workspace = untouched("");
    for (number, (document, code, status, words)) in [
        ("", "ERR_INPUTS", 3, "empty"),
        ("[]", "ERR_INPUTS", 3, "not a JSON object"),
        (
            "{\"params\":[\"m4rk3r\" m4rk3r]}",
            "ERR_INPUTS",
            3,
            "not valid JSON",
        ),
        ("{\"params\":1}", "ERR_INPUTS", 3, "/params"),
        ("{\"more\":\"m4rk3r\"}", "ERR_INPUTS", 3, "/more"),
        ("{\"mode\":\"m4rk3r\"}", "ERR_MODE", 3, "/mode"),
        ("{\"files\":[]}", "ERR_INPUTS", 3, "/files"),
        ("{\"params\":{\"a\":1,\"\\u0061\":2}}", "ERR_INPUTS", 3, "line 1"),
    ]
    .into_iter()
    .enumerate()
    {
        let finished = workspace
            .test()
            .without_inputs()
            .args(["--inputs", "-"])
            .stdin(document)
            .execution_id(&format!("run-{number}"))
            .run();
        finished.assert_failure(code, status);
        finished.assert_message(words);
        assert_eq!(finished.receipt().get("inputs_hash"), None);
        finished.assert_nowhere("m4rk3r");
    }
    assert_not_started(&workspace);
}

#[test]
fn files_that_cannot_be_read_are_a_wrong_command_line() {
    let workspace = untouched("");
    let looping = workspace.path("loop"); // unreadable for root as well
    symlink(&looping, &looping).unwrap();
    workspace.write("file", "{}");
    for (path, why) in [
        ("missing.json", "No such file"),
        ("bin", "it is a directory"),
        ("loop", "symbolic links"),
        ("file/below", "Not a directory"),
    ] {
        let run = |arguments: &[&str]| {
            let test = workspace.test().current_dir(workspace.root());
            test.without_inputs().args(arguments).run()
        };
        let attach = format!("photo={path}");
        let attach = [
            "--inputs-json",
            r#"{"params":{"a":"photo"}}"#,
            "--attach",
            &attach,
        ];
        for (finished, given) in [
            (run(&["--inputs", path]), format!("--inputs {path}")),
            (run(&attach), format!("--attach photo={path}")),
        ] {
            finished.assert_refused("ERR_USAGE", 2);
            finished.assert_message(&format!("{given} cannot be read: "));
            finished.assert_message(why);
            assert!(finished.files().is_empty(), "recorded: {finished:?}");
        }
    }
    assert_not_started(&workspace);
}
