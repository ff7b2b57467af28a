//! What is refused before anything is started, and how it is told.

use std::path::Path;

use serde_json::json;
use support::Finished;

use super::workspace::{BINARY, REF, SECRET, Workspace, probe};

/// A processor that leaves a trace when it is started.
fn untouched(entry: &str) -> Workspace {
    let workspace =
        Workspace::with_script("touch \"$(dirname \"$0\")/started\"; exec $PROBE \"$@\"").entry(entry);
    std::fs::create_dir(workspace.artifacts()).unwrap();
    workspace
}

#[track_caller]
fn assert_not_started(workspace: &Workspace) {
    assert!(!workspace.bin().join("started").exists(), "the processor was started");
}

fn counterfoil<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Finished {
    Workspace::empty().counterfoil(arguments).env("PATH", "/nowhere").run()
}

#[test]
fn a_wrong_command_line_is_told_to_people_and_programs() {
    const MARKER: &str = "m4rk3r";
    for (line, id, told) in [
        ("run --json", "", "--ref"),
        ("run --json --ref test/probe@1", "", "--inputs"),
        ("run --ref nonsense --inputs-json {} --json", "", "ns/name@ver"),
        (
            "run --ref test/probe@1 --inputs-json {} --execution-id run-7 --mode fast --json",
            "run-7",
            "mock and real",
        ),
        (
            "run --json --ref test/probe@1 --inputs-json {} --execution-id=run-8 --timeout 0",
            "run-8",
            "number of seconds above 0",
        ),
        (
            "run --json --ref test/probe@1 --inputs-json {} --inputs - --execution-id run-9",
            "run-9",
            "cannot be used with",
        ),
        (
            "run --json --ref test/probe@1 --inputs-json {} --jobs 2",
            "",
            "--jobs",
        ),
        (
            "run --json --ref test/probe@1 --inputs-json {} --resume",
            "",
            "--resume",
        ),
        ("run_processor --json --frobnicate", "", "--frobnicate"),
        (
            "run --json --ref test/probe@1 --inputs-json { m4rk3r }",
            "",
            MARKER,
        ),
    ] {
        let finished = counterfoil(line.split(' '));
        finished.assert_refused("ERR_USAGE", 2);
        assert_eq!(finished.envelope()["execution_id"], id, "{finished:?}");
        assert!(finished.stderr.contains(told), "{finished:?}");
        assert!(!finished.stdout.contains(MARKER), "{finished:?}");
        assert!(finished.files().is_empty());
    }
}

#[test]
fn another_adapter_than_this_machine_is_refused_with_a_sentence() {
    let workspace = untouched("");
    let refused = workspace.test().args(["--adapter", "modal"]).run();
    refused.assert_refused("ERR_USAGE", 2);
    refused.assert_message("--adapter local");
    assert_not_started(&workspace);
    workspace.test().args(["--adapter", "local"]).run();
    assert!(workspace.bin().join("started").exists());
}

#[test]
fn without_json_only_people_are_told() {
    for line in ["run", "run --frobnicate", "frobnicate --json", "--json run", ""] {
        let finished = counterfoil(line.split_terminator(' '));
        finished.assert_status(2);
        assert!(!finished.stderr.is_empty(), "{finished:?}");
        let envelope = finished.stdout.starts_with('{');
        assert_eq!(envelope, line == "--json run", "{line}: {finished:?}");
    }
}

#[test]
fn help_and_version_are_answers() {
    for (line, expected) in [
        ("--help", "completions"),
        ("run --help", "--write-prefix <PREFIX>"),
        ("run --json --help", "Examples:"),
        ("--version", "counterfoil 0.1.0\n"),
    ] {
        let finished = counterfoil(line.split(' '));
        finished.assert_status(0);
        assert!(finished.stdout.contains(expected), "{finished:?}");
        assert_eq!(finished.stderr, "");
    }
}

#[test]
fn real_mode_is_refused_under_ci_before_anything_else() {
    let workspace = untouched(
        "secrets: {required: [PROBE_SECRET, PROBE_OTHER]}\ninputs: {schema: {type: object, required: [absent]}}",
    );
    for (number, value) in ["1", "true", "anything"].into_iter().enumerate() {
        let id = format!("run-{number}");
        let finished = workspace.test()
            .args(["--mode", "real"])
            .execution_id(&id)
            .env("CI", value)
            .env(SECRET, "s3cret-value")
            .run();
        finished.assert_failure("ERR_CI_SAFETY", 4);
        let receipt = finished.receipt();
        assert_eq!(receipt["mode"], "real");
        assert_eq!(receipt["image_digest"], "unknown");
        assert_eq!(receipt["inputs_hash"].as_str().map(str::len), Some(64));
        assert!(finished.message().contains("CI"));
        finished.assert_nowhere("s3cret-value");
    }
    // said by the inputs, and not by the option
    workspace.test()
        .inputs(r#"{"mode":"real"}"#)
        .execution_id("inputs")
        .env("CI", "1")
        .run()
        .assert_failure("ERR_CI_SAFETY", 4);
    assert_not_started(&workspace);
}

#[test]
fn ci_that_is_off_or_mock_guards_nothing() {
    let workspace = Workspace::new();
    for (number, value) in ["", "0", "false", "FALSE", "no", "No"].into_iter().enumerate() {
        let finished = workspace.test()
            .args(["--mode", "real"])
            .execution_id(&format!("run-{number}"))
            .env("CI", value)
            .run();
        finished.assert_success();
    }
    workspace.test()
        .execution_id("mock")
        .env("CI", "1")
        .run()
        .assert_success();
}

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
        let finished = workspace.test()
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
    let missing = workspace.test()
        .without_inputs()
        .args(["--inputs".into(), workspace.path("missing.json")])
        .execution_id("missing")
        .run();
    missing.assert_failure("ERR_INPUTS", 3);
    assert_not_started(&workspace);
}

#[test]
fn names_that_cannot_be_used_touch_nothing() {
    let workspace = untouched("");
    for (prefix, code) in [
        ("/artifacts/demo/", "ERR_PREFIX_TEMPLATE"),
        ("/artifacts/demo/{execution_id}", "ERR_PREFIX_TEMPLATE"),
        ("/elsewhere/{execution_id}/", "ERR_PREFIX_TEMPLATE"),
        ("/artifacts/{execution_id}/{other}/", "ERR_PREFIX_TEMPLATE"),
        ("/artifacts/../{execution_id}/", "ERR_DOT_SEGMENTS"),
        ("/artifacts/%2F/{execution_id}/", "ERR_DECODED_SLASH"),
        ("/artifacts/.git/{execution_id}/", "ERR_FORBIDDEN_SEGMENT"),
    ] {
        let finished = workspace.test().prefix(prefix).run();
        finished.assert_refused(code, 5);
        assert_eq!(finished.envelope()["execution_id"], support::EXECUTION_ID);
        assert!(finished.files().is_empty(), "{finished:?}");
    }
    for id in ["../x", ".hidden", "a b", "a/b"] {
        let finished = workspace.test().execution_id(id).run();
        finished.assert_refused("ERR_EXECUTION_ID", 5);
        assert!(finished.files().is_empty(), "{finished:?}");
    }
    assert_not_started(&workspace);
}

#[test]
fn registries_that_cannot_be_used() {
    let entry = |more: &str| {
        format!(
            "ref: {REF}\nbuild: {{package: {BINARY}}}\nruntime: {{cpu: \"1\", memory: 2Gi, timeout_s: 60}}\n{more}"
        )
    };
    for (yaml, words) in [
        ("ref: [broken".to_owned(), "test_probe.yaml"),
        (String::new(), "test_probe.yaml"),
        (entry("surplus: 1"), "surplus"),
        (entry("image: {oci: 'ghcr.io/o/r/x:latest'}"), "test_probe.yaml"),
        (entry("secrets: {required: [lower]}"), "test_probe.yaml"),
        (entry("secrets: {required: [LD_PRELOAD]}"), "LD_PRELOAD"),
        (entry("inputs: {schema: {type: 7}}"), "no JSON Schema"),
        (
            entry("inputs: {schema: {$ref: 'https://example.invalid/schema'}}"),
            "no JSON Schema",
        ),
        (entry("").replace("cpu: \"1\"", "cpu: \"0\""), "cpu"),
        (entry("").replace("2Gi", "lots"), "memory"),
        (entry("").replace("timeout_s: 60", "timeout_s: 0"), "timeout_s"),
        (entry("").replace(REF, "test/probe@2"), "test/probe@2"),
    ] {
        let workspace = untouched("").registry_file("test_probe.yaml", &yaml);
        let finished = workspace.test().run();
        finished.assert_refused("ERR_REGISTRY", 30);
        finished.assert_message(words);
        assert!(finished.files().is_empty());
        assert_not_started(&workspace);
    }
    let workspace = untouched("");
    let unknown = workspace.test().args(["--ref", "test/other@1"]).run();
    assert_eq!(unknown.status, 2, "given twice: {unknown:?}");

    std::fs::remove_file(workspace.registry().join("test_probe.yaml")).unwrap();
    let unknown = workspace.test().run();
    unknown.assert_refused("ERR_REGISTRY", 30);
    unknown.assert_message("registry list");

    std::fs::remove_dir(workspace.registry()).unwrap();
    let none = workspace.test().run();
    none.assert_refused("ERR_REGISTRY", 30);
    none.assert_message("--registry");
}

#[test]
fn a_registry_is_found_from_below_it() {
    let workspace = Workspace::new();
    let below = workspace.path("a/b");
    std::fs::create_dir_all(&below).unwrap();
    let run = |dir: &Path| {
        workspace
            .counterfoil(["run", "--ref", REF, "--inputs-json", "{}", "--json"])
            .env("PATH", workspace.bin())
            .current_dir(dir)
            .run()
            .envelope()
    };
    assert_eq!(run(&below)["status"], "success");
    assert!(
        below.join("artifacts/outputs").is_dir(),
        "the artifacts are in the working folder"
    );
    let nowhere = run(Path::new("/"));
    assert_eq!(nowhere["error"]["code"], "ERR_REGISTRY");
}

#[test]
fn artifacts_that_cannot_be_written_end_in_an_envelope() {
    // a file where a folder has to be
    for blocked in [
        "artifacts",
        "artifacts/execution",
        "artifacts/demo",
        "artifacts/demo/run-1",
    ] {
        let workspace = Workspace::new();
        std::fs::create_dir_all(workspace.path(blocked).parent().unwrap()).unwrap();
        std::fs::write(workspace.path(blocked), "in the way").unwrap();
        let finished = workspace.test().run();
        finished.assert_refused("ERR_OUTPUT_WRITE", 21);
        assert_eq!(
            std::fs::read_to_string(workspace.path(blocked)).unwrap(),
            "in the way"
        );
    }
    let workspace = Workspace::new();
    let finished = workspace.test()
        .args(["--artifacts-dir", "s3://bucket/prefix"])
        .run();
    finished.assert_refused("ERR_USAGE", 2);

    // and a link that leads out
    std::fs::create_dir(workspace.artifacts()).unwrap();
    std::fs::create_dir(workspace.path("outside")).unwrap();
    std::os::unix::fs::symlink(workspace.path("outside"), workspace.artifacts().join("demo")).unwrap();
    workspace.test().run().assert_refused("ERR_FORBIDDEN_SEGMENT", 5);
    assert!(support::files_below(&workspace.path("outside")).is_empty());
}

#[test]
fn a_processor_that_is_not_there_is_a_failed_run() {
    let workspace = Workspace::new();
    std::fs::remove_file(workspace.bin().join(BINARY)).unwrap();
    let finished = workspace.test().run();
    finished.assert_failure("ERR_ADAPTER_INVOCATION", 33);
    finished.assert_message("--build");
    workspace.install(&probe());
    workspace.test().run().assert_success();
}
