//! Runs that go well: inputs from everywhere, answers for people and for programs, and the second time.

mod digest;
mod environment;
mod save;

use std::os::unix::ffi::OsStrExt as _;

use serde_json::Value;
use support::Finished;

use super::workspace::{REF, Workspace, probe};

const INPUTS: &str = r#"{"params":{"do":"ok","size":10}}"#;

fn binary_digest(bytes: &[u8]) -> String {
    format!("binary@sha256:{}", documents::hash::sha256(bytes))
}

fn hash_of(finished: &Finished) -> Value {
    finished.assert_success();
    finished.receipt()["inputs_hash"].clone()
}

#[test]
fn inputs_come_from_the_command_line_a_file_and_standard_input() {
    let workspace = Workspace::new();
    let file = workspace.write("inputs.json", INPUTS.as_bytes());
    let given = workspace.test().inputs(INPUTS).execution_id("json").run();
    let from_file = workspace
        .test()
        .without_inputs()
        .args(["--inputs".into(), file])
        .execution_id("file")
        .run();
    let from_stdin = workspace
        .test()
        .without_inputs()
        .args(["--inputs", "-"])
        .stdin(INPUTS)
        .execution_id("stdin")
        .run();
    assert_eq!(hash_of(&given), hash_of(&from_file));
    assert_eq!(hash_of(&given), hash_of(&from_stdin));
}

#[test]
fn the_receipt_says_what_ran() {
    let workspace = Workspace::new();
    let finished = workspace.probe("{}").run();
    finished.assert_success();
    let receipt = finished.receipt();
    let image = binary_digest(&std::fs::read(probe()).unwrap());
    assert_eq!(receipt["processor_ref"], REF);
    assert_eq!(receipt["image_digest"], image);
    assert_eq!(
        receipt["env_fingerprint"],
        format!("cpu:1;image:{image};memory:2Gi")
    );
    assert_eq!(receipt["mode"], "mock");
    assert_eq!(finished.envelope()["meta"]["image_digest"], image);
}

/// An image that is pinned may be older than the orchestrator.
#[test]
fn believes_an_envelope_without_mode_and_usage() {
    let without = r#"SAID=$($PROBE "$@" | sed 's/"mode":"mock","usage":{[^}]*},//')
printf '%s\n' "$SAID" > "$ARTIFACTS_BASE_DIR/said"
printf '%s\n' "$SAID""#;
    let workspace = Workspace::with_script(without);
    let finished = workspace.probe(r#"{"usage":{"total_tokens":3}}"#).run();
    finished.assert_success();
    assert!(
        !workspace.read("artifacts/said").contains("usage"),
        "{finished:?}"
    );
    let meta = &finished.envelope()["meta"];
    assert_eq!(
        (&meta["mode"], &meta["usage"]["total_tokens"]),
        (&"mock".into(), &3.into())
    );
}

#[test]
fn refuses_contradicting_modes() {
    let workspace = Workspace::new();
    let absent = workspace.test().execution_id("absent").run();
    let option = workspace
        .test()
        .args(["--mode", "mock"])
        .execution_id("option")
        .run();
    let both = workspace
        .test()
        .inputs(r#"{"mode":"mock"}"#)
        .args(["--mode", "mock"])
        .execution_id("both")
        .run();
    assert_eq!(hash_of(&absent), hash_of(&option));
    assert_eq!(hash_of(&absent), hash_of(&both));

    let real = workspace
        .test()
        .args(["--mode", "real"])
        .execution_id("real")
        .run();
    assert_eq!(real.assert_success().receipt()["mode"], "real");

    let contradiction = workspace
        .test()
        .inputs(r#"{"mode":"real"}"#)
        .args(["--mode", "mock"])
        .execution_id("contradiction")
        .run();
    contradiction.assert_refused("ERR_USAGE", 2);
    contradiction.assert_message("/mode");
    assert!(!workspace.path("artifacts/execution/contradiction").exists());
}

#[test]
fn programs_get_the_envelope_and_the_log_goes_to_stderr() {
    let workspace = Workspace::new();
    let finished = workspace.probe("{}").args(["--plan-id", "plan-9"]).run();
    finished.assert_success();
    let log = finished.log();
    let events: Vec<_> = log.iter().map(|line| line["event"].as_str().unwrap()).collect();
    assert_eq!(events.first(), Some(&"run_started"), "{finished:?}");
    assert_eq!(events.last(), Some(&"run_ended"), "{finished:?}");
    assert!(
        events.contains(&"inputs_read"),
        "the processor's lines are missing: {finished:?}"
    );
    for line in &log {
        assert_eq!(line["trace_id"], support::EXECUTION_ID);
        assert_eq!(line["processor_ref"], REF);
        assert_eq!(
            line["mode"].as_str().filter(|mode| *mode != "unknown"),
            Some("mock")
        );
    }
    assert_eq!(log[0]["adapter"], "local");
    assert_eq!(log[0]["plan_id"], "plan-9");
    assert_eq!(finished.receipt()["plan_id"], "plan-9");
    let refused = workspace.probe(r#"{"do":"error"}"#).execution_id("run-2");
    let refused = refused.args(["--plan-id", "plan-9"]).run();
    assert_eq!(refused.receipt()["plan_id"], "plan-9");
}

/// Contract: JSON lines alone, the log and last the envelope.
#[test]
fn a_pipe_has_the_log_and_last_the_envelope() {
    let workspace = Workspace::new();
    for (id, params, status) in [
        ("good", "{}", 0),
        (
            "bad",
            r#"{"do":"error","code":"ERR_PROVIDER_AUTH","message":"the key is wrong"}"#,
            10,
        ),
    ] {
        let finished = workspace.probe(params).execution_id(id).for_people().run();
        assert_eq!(
            (finished.status, finished.stderr.as_str()),
            (status, ""),
            "{finished:?}"
        );
        let lines = support::json_lines(&finished.stdout);
        let (envelope, log) = lines.split_last().unwrap();
        assert!(
            envelope["event"].is_null() && envelope["execution_id"] == id,
            "{finished:?}"
        );
        assert_eq!(envelope["status"] == "success", status == 0, "{finished:?}");
        let events: Vec<_> = log.iter().map(|line| line["event"].as_str().unwrap()).collect();
        assert_eq!(events.first(), Some(&"run_started"), "{finished:?}");
        assert_eq!(events.last(), Some(&"run_ended"), "{finished:?}");
    }
    let elsewhere = workspace.test().execution_id("modal").for_people();
    let elsewhere = elsewhere.args(["--adapter", "modal"]).run();
    assert_eq!(elsewhere.status, 2);
    assert_eq!(
        support::json_lines(&elsewhere.stdout)[0]["error"]["code"],
        "ERR_USAGE"
    );
}

#[test]
fn the_log_goes_where_and_as_far_as_the_caller_says() {
    let workspace = Workspace::new();
    let finished = workspace
        .probe("{}")
        .for_people()
        .env("LOG_STREAM", "stderr")
        .execution_id("elsewhere")
        .run();
    assert_eq!(finished.envelope()["execution_id"], "elsewhere");
    assert!(!finished.log().is_empty());

    let debug = r#"{"do":"debug_log","message":"m"}"#;
    for (level, seen, unseen) in [
        ("debug", "probe_debug", "probe_trace"),
        ("warn", "probe_warn", "probe_info"),
    ] {
        let finished = workspace
            .probe(debug)
            .env("LOG_LEVEL", level)
            .execution_id(level)
            .run();
        finished.assert_success();
        assert!(finished.stderr.contains(seen), "{finished:?}");
        assert!(!finished.stderr.contains(unseen), "{finished:?}");
    }
    let silent = workspace
        .probe(debug)
        .env("LOG_LEVEL", "off")
        .execution_id("off")
        .run();
    assert_eq!(silent.assert_success().stderr, "");
}

#[test]
fn the_command_has_an_alias() {
    let workspace = Workspace::new();
    workspace
        .counterfoil(["run_processor", "--ref", REF, "--inputs-json", "{}", "--json"])
        .args([
            "--write-prefix",
            support::PREFIX,
            "--execution-id",
            support::EXECUTION_ID,
        ])
        .env("PATH", workspace.bin())
        .env("COUNTERFOIL_REGISTRY", workspace.registry())
        .run()
        .assert_success();
}

#[test]
fn an_execution_gets_a_name_of_its_own() {
    let workspace = Workspace::new();
    let ids: Vec<String> = (0..2)
        .map(|_| {
            let finished = workspace
                .counterfoil(["run", "--ref", REF, "--inputs-json", "{}", "--json"])
                .args(["--artifacts-dir".into(), workspace.artifacts()])
                .args(["--registry".into(), workspace.registry()])
                .env("PATH", workspace.bin())
                .run();
            finished.assert_status(0);
            let id = finished.envelope()["execution_id"].as_str().unwrap().to_owned();
            let receipt = workspace
                .artifacts()
                .join("outputs")
                .join(&id)
                .join("receipt.json");
            assert!(receipt.is_file(), "{finished:?}");
            id
        })
        .collect();
    assert_ne!(ids[0], ids[1]);
    for id in ids {
        assert_eq!(uuid::Uuid::parse_str(&id).unwrap().get_version_num(), 7);
    }
}

#[test]
fn the_same_execution_again_answers_the_same_and_calls_no_provider() {
    let workspace = Workspace::new();
    let calls = workspace.path("calls");
    let inputs = format!(r#"{{"do":"count","path":{:?}}}"#, calls.to_str().unwrap());
    let first = workspace.probe(&inputs).run();
    let files = first.assert_success().files();
    let again = workspace.probe(&inputs).run();
    assert_eq!(again.status, 0);
    assert_eq!(again.stdout, first.stdout);
    assert_eq!(again.files(), files);
    let elsewhere = workspace
        .probe(&inputs)
        .prefix("/artifacts/elsewhere/{execution_id}/");
    let elsewhere = elsewhere.run();
    assert_eq!(
        (elsewhere.status, &elsewhere.stdout),
        (0, &first.stdout),
        "{elsewhere:?}"
    );
    assert!(!workspace.path("artifacts/elsewhere/run-1/outputs.json").exists());
    assert_eq!(std::fs::read_to_string(&calls).unwrap(), "called\n");

    let other = workspace.probe(r#"{"do":"ok"}"#).run();
    other.assert_refused("ERR_EXECUTION_CONFLICT", 22);
    assert_eq!(other.files(), files);
}

#[test]
fn an_artifacts_directory_need_not_be_utf_8() {
    let workspace = Workspace::new();
    let base = workspace
        .path("")
        .join(std::ffi::OsStr::from_bytes(b"arti\xff\xfe"));
    workspace
        .test()
        .args(["--artifacts-dir".into(), base.clone()])
        .artifacts(&base)
        .run()
        .assert_success();
}
