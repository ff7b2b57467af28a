//! `counterfoil show`.

mod way_out;

use documents::ErrorCode;
use serde_json::Value;
use snapbox::{assert_data_eq, str};

use crate::execution::Execution;
use crate::workspace::Workspace;

fn success() -> Workspace {
    let workspace = Workspace::empty();
    Execution::answer("run-1")
        .output("outputs/assets/00.webp", "image/webp", &"x".repeat(2_000))
        .with(|receipt| {
            receipt.usage = Some([("prompt_tokens".into(), 8.0), ("completion_tokens".into(), 12.5)].into());
            receipt.extra = [
                ("model".into(), "openai/gpt-4o-mini".into()),
                ("request_id".into(), "req-7".into()),
            ]
            .into();
        })
        .succeed(&workspace);
    workspace
}

#[test]
fn shows_a_success() {
    let workspace = success();
    let answer = workspace.counterfoil(["show", "run-1"]).run();
    assert_eq!((answer.status, answer.stderr.as_str()), (0, ""));
    assert_data_eq!(
        answer.stdout,
        str![[r#"
status     success
execution  run-1
processor  llm/litellm@1
mode       mock
image      ghcr.io/o/r/llm-litellm@sha256:0123456789ab…
ended      2026-11-24 01:02:03 UTC, after 3 ms
inputs     4a90e706340bc82554651a2aa5f42e0e16372d55c4649a90362c4fe1b79b8bbc
info       llm_litellm:v1
model      openai/gpt-4o-mini
extra      request_id: req-7
usage      completion_tokens 12.5, prompt_tokens 8

outputs    2 files, 2.0 KiB
     2.0 KiB  image/webp        5c0e0ea42157  outputs/assets/00.webp
        13 B  application/json  ecf59a2696ca  outputs/response.json

open       ./artifacts/outputs/demo/run-1/receipt.json
           ./artifacts/execution/run-1/determinism.json
           ./artifacts/outputs/demo/run-1/outputs.json
           ./artifacts/outputs/demo/run-1/outputs/assets/00.webp
           ./artifacts/outputs/demo/run-1/outputs/response.json

"#]]
    );
}

#[test]
fn shows_a_failure() {
    let workspace = Workspace::empty();
    Execution::new("run-1").fail(
        &workspace,
        ErrorCode::ProviderRateLimit,
        "the service still asked to slow down after 4 tries (429); wait a minute, or ask the service for a higher limit",
    );
    let answer = workspace
        .counterfoil(["show", "/artifacts/outputs/demo/run-1/"])
        .run();
    assert_eq!((answer.status, answer.stderr.as_str()), (0, ""));
    assert_data_eq!(
        answer.stdout,
        str![[r#"
status     error
execution  run-1
processor  llm/litellm@1
mode       mock
image      ghcr.io/o/r/llm-litellm@sha256:0123456789ab…
ended      2026-11-24 01:02:03 UTC, after 3 ms
inputs     4a90e706340bc82554651a2aa5f42e0e16372d55c4649a90362c4fe1b79b8bbc

error      ERR_PROVIDER_RATE_LIMIT
message    the service still asked to slow down after 4 tries (429); wait a
           minute, or ask the service for a higher limit
again      the same run may succeed when it is tried again
way out    counterfoil run --ref llm/litellm@1 --mode mock --write-prefix '/artifacts/outputs/demo/{execution_id}/' --execution-id run-1 --inputs FILE

open       ./artifacts/outputs/demo/run-1/receipt.json
           ./artifacts/execution/run-1/determinism.json

"#]]
    );
}

#[test]
fn json_is_one_line_in_one_order() {
    let workspace = success();
    let answer = workspace
        .counterfoil(["show", "world://artifacts/outputs/demo/run-1/", "--json"])
        .run();
    assert_eq!(answer.status, 0);
    assert_eq!(answer.stdout.matches('\n').count(), 1);
    let receipt = workspace.read("artifacts/outputs/demo/run-1/receipt.json");
    let index = workspace.read("artifacts/outputs/demo/run-1/outputs.json");
    let outputs = index.strip_prefix('{').unwrap().strip_suffix('}').unwrap();
    assert_eq!(
        answer.stdout.trim_end(),
        format!(
            r#"{{"receipt":{receipt},{outputs},"paths":{{"receipt":"./artifacts/outputs/demo/run-1/receipt.json","determinism":"./artifacts/execution/run-1/determinism.json","index":"./artifacts/outputs/demo/run-1/outputs.json","outputs":["./artifacts/outputs/demo/run-1/outputs/assets/00.webp","./artifacts/outputs/demo/run-1/outputs/response.json"]}},"state":"success"}}"#
        )
    );
}

#[test]
fn the_paths_are_there_to_be_opened() {
    let workspace = success();
    let answer = workspace
        .counterfoil(["show", "artifacts/execution/run-1/determinism.json", "--json"])
        .run();
    let document: Value = serde_json::from_str(&answer.stdout).unwrap();
    let paths = &document["paths"];
    let outputs = paths["outputs"].as_array().unwrap();
    for path in outputs
        .iter()
        .chain([&paths["receipt"], &paths["determinism"], &paths["index"]])
    {
        assert!(workspace.path(path.as_str().unwrap()).is_file(), "{path}");
    }
}

#[test]
fn long_texts_stay_in_80_columns() {
    let workspace = Workspace::empty();
    Execution::new("01933f5e-8a4b-7c21-9d3e-5f6a7b8c9d0e")
        .output("outputs/a", &format!("application/{}", "x".repeat(90)), "x")
        .with(|receipt| {
            receipt.processor_info = Some("word ".repeat(60));
            receipt.extra = [("model".into(), "y".repeat(300))].into();
            receipt.usage = Some((0..20).map(|n| (format!("count_{n}"), f64::from(n))).collect());
        })
        .succeed(&workspace);
    let answer = workspace
        .counterfoil(["show", "01933f5e-8a4b-7c21-9d3e-5f6a7b8c9d0e"])
        .run();
    assert_eq!(answer.status, 0);
    let page = answer.stdout.split("\nopen").next().unwrap(); // paths are never cut
    assert!(page.contains("count_19 19"), "{page}");
    for line in page.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn hostile_text_does_not_steer_the_terminal() {
    let workspace = Workspace::empty();
    let hostile = "\u{1b}]0;owned\u{7}\u{9b}2J\r\n\u{202e}";
    Execution::new("run-1")
        .output("outputs/a", hostile, "x")
        .with(|receipt| {
            receipt.processor_info = Some(hostile.into());
            receipt.extra = [(hostile.into(), hostile.into())].into();
        })
        .succeed(&workspace);
    Execution::new("run-2").fail(&workspace, ErrorCode::Processor, hostile);
    for id in ["run-1", "run-2"] {
        for more in [&[][..], &["--json"]] {
            let answer = workspace.counterfoil([&["show", id], more].concat()).run();
            assert_eq!(answer.status, 0);
            assert!(answer.stdout.contains("]0;owned"), "{answer:?}");
            let steers = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!answer.stdout.contains(steers), "{:?}", answer.stdout);
        }
    }
}

#[test]
fn reports_what_cannot_be_shown() {
    let workspace = success();
    workspace.write("artifacts/outputs/demo/run-1/outputs.json", "{}");
    let answer = workspace.counterfoil(["show", "run-1"]).run();
    assert_eq!(answer.status, 0);
    assert!(
        answer.stderr.contains("outputs.json has changed: SHA-256 ")
            && answer
                .stderr
                .contains("`counterfoil verify` says what else differs"),
        "{answer:?}"
    );
    workspace.write("elsewhere.json", "{}");
    workspace.write("artifacts/batch/q.json", "{}");
    for (named, sentence) in [
        ("q", "q is no execution, but a batch; `counterfoil ls --batch q`"),
        ("run-2", "there is no execution run-2 below ./artifacts"),
        (
            "artifacts/outputs/demo/run-1/outputs.json",
            "is not a receipt that can be shown",
        ),
        (
            "elsewhere.json",
            "does not say which artifacts directory it is of",
        ),
    ] {
        let answer = workspace.counterfoil(["show", named]).run();
        assert_eq!((answer.status, answer.stdout.as_str()), (1, ""), "{named}");
        assert!(answer.stderr.contains(sentence), "{named}: {}", answer.stderr);
    }
    workspace.write("artifacts/execution/run-1/determinism.json", "{}");
    let answer = workspace.counterfoil(["show", "run-1"]).run();
    assert!(
        answer.stderr.contains("is not a receipt that can be shown"),
        "{answer:?}"
    );
}
