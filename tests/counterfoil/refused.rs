//! What is refused before anything is started, and how that is reported.

mod inputs;

use std::path::Path;

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
    assert!(
        !workspace.bin().join("started").exists(),
        "the processor was started"
    );
}

fn counterfoil<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Finished {
    Workspace::empty()
        .counterfoil(arguments)
        .env("PATH", "/nowhere")
        .run()
}

#[test]
fn reports_a_wrong_command_line_to_people_and_programs() {
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
fn refuses_another_adapter_with_a_message() {
    let workspace = untouched("");
    let refused = workspace.test().args(["--adapter", "modal"]).run();
    refused.assert_refused("ERR_USAGE", 2);
    refused.assert_message("--adapter local");
    assert_not_started(&workspace);
    workspace.test().args(["--adapter", "local"]).run();
    assert!(workspace.bin().join("started").exists());
}

#[test]
fn prints_no_envelope_without_json() {
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
        let finished = workspace
            .test()
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
    workspace
        .test()
        .inputs(r#"{"mode":"real"}"#)
        .execution_id("inputs")
        .env("CI", "1")
        .run()
        .assert_failure("ERR_CI_SAFETY", 4);
    assert_not_started(&workspace);
}

#[test]
fn allows_real_mode_without_ci_and_mock_under_ci() {
    let workspace = Workspace::new();
    for (number, value) in ["", "0", "false", "FALSE", "no", "No"].into_iter().enumerate() {
        let finished = workspace
            .test()
            .args(["--mode", "real"])
            .execution_id(&format!("run-{number}"))
            .env("CI", value)
            .run();
        finished.assert_success();
    }
    workspace
        .test()
        .execution_id("mock")
        .env("CI", "1")
        .run()
        .assert_success();
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
        "the artifacts are in the working directory"
    );
    let nowhere = run(Path::new("/"));
    assert_eq!(nowhere["error"]["code"], "ERR_REGISTRY");
}

#[test]
fn artifacts_that_cannot_be_written_end_in_an_envelope() {
    // a file where a directory has to be
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
    let finished = workspace
        .test()
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
