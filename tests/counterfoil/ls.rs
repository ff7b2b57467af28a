//! `counterfoil ls`.

mod columns;
mod states;

use std::fs;
use std::os::unix::fs::symlink;

use documents::{ErrorCode, Mode};
use snapbox::{assert_data_eq, str};

use crate::execution::Execution;
use crate::workspace::Workspace;

const UUID: &str = "01933f5e-8a4b-7c21-9d3e-5f6a7b8c9d0e";

fn runs() -> Workspace {
    let workspace = Workspace::empty();
    let at = |id: &str, time: &str| {
        let time = time.to_owned();
        Execution::new(id).with(|receipt| receipt.timestamp_utc = time)
    };
    at("run-1", "2026-11-23T23:59:59Z").succeed(&workspace);
    at("run-2", "2026-11-24T01:02:03Z").succeed(&workspace);
    at("run-3", "2026-11-24T01:02:03Z").fail(&workspace, ErrorCode::Timeout, "it took too long");
    at(UUID, "2025-01-01T00:00:00Z")
        .with(|receipt| {
            receipt.processor_ref = "replicate/generic@1".into();
            receipt.mode = Some(Mode::Real);
            receipt.duration_ms = 65_432;
        })
        .succeed(&workspace);
    workspace
}

fn ids(workspace: &Workspace, arguments: &[&str]) -> Vec<String> {
    let answer = workspace.counterfoil([&["ls"], arguments].concat()).run();
    assert_eq!(answer.status, 0, "{answer:?}");
    let id = |line: &str| line.rsplit(' ').next().unwrap().to_owned();
    answer.stdout.lines().map(id).collect()
}

#[test]
fn newest_first() {
    let answer = runs().counterfoil(["ls"]).run();
    assert_eq!(
        (answer.status, answer.stderr.as_str()),
        (
            0,
            "4 runs: 3 done, 1 failed (ERR_TIMEOUT 1); the cost of 1 not known\n"
        )
    );
    assert_data_eq!(
        answer.stdout,
        str![[r#"
2026-11-24 01:02:03  error  ERR_TIMEOUT  llm/litellm@1        mock   3 ms  run-3
2026-11-24 01:02:03  ok     -            llm/litellm@1        mock   3 ms  run-2
2026-11-23 23:59:59  ok     -            llm/litellm@1        mock   3 ms  run-1
2025-01-01 00:00:00  ok     -            replicate/generic@1  real  1m05s  01933f5e-8a4b-7c21-9d3e-5f6a7b8c9d0e

"#]]
    );
}

#[test]
fn eighty_columns() {
    let workspace = runs();
    let answer = workspace.counterfoil(["ls"]).env("COLUMNS", "80").run();
    assert_data_eq!(
        answer.stdout.as_str(),
        str![[r#"
11-24 01:02 err llm/litellm@1    mock  3 ms run-3
11-24 01:02 ok  llm/litellm@1    mock  3 ms run-2
11-23 23:59 ok  llm/litellm@1    mock  3 ms run-1
01-01 00:00 ok  replicat…neric@1 real 1m05s 01933f5e-8a4b-7c21-9d3e-5f6a7b8c9d0e

"#]]
    );
    assert!(answer.stdout.lines().all(|line| line.chars().count() <= 80));
}

#[test]
fn colour_is_for_terminals() {
    let workspace = runs();
    let stdout = |name: &str| workspace.counterfoil(["ls"]).env(name, "1").run().stdout;
    let plain = stdout("NO_COLOR");
    assert!(!plain.contains('\u{1b}'), "{plain:?}");
    let forced = stdout("CLICOLOR_FORCE"); // as a terminal would have it
    assert!(forced.contains("\u{1b}[32mok\u{1b}[0m"), "{forced:?}");
    let stripped = forced.split("\u{1b}[").map(|part| match part.split_once('m') {
        Some((style, rest)) if style.bytes().all(|b| b.is_ascii_digit()) => rest,
        _ => part,
    });
    assert_eq!(stripped.collect::<String>(), plain);
}

#[test]
fn prints_json_lines() {
    let answer = runs().counterfoil(["ls", "--json"]).run();
    assert_eq!((answer.status, answer.stderr.as_str()), (0, ""));
    assert_data_eq!(
        answer.stdout,
        str![[r#"
{"execution_id":"run-3","status":"error","code":"ERR_TIMEOUT","processor_ref":"llm/litellm@1","mode":"mock","timestamp_utc":"2026-11-24T01:02:03Z","duration_ms":3}
{"execution_id":"run-2","status":"success","processor_ref":"llm/litellm@1","mode":"mock","timestamp_utc":"2026-11-24T01:02:03Z","duration_ms":3}
{"execution_id":"run-1","status":"success","processor_ref":"llm/litellm@1","mode":"mock","timestamp_utc":"2026-11-23T23:59:59Z","duration_ms":3}
{"execution_id":"01933f5e-8a4b-7c21-9d3e-5f6a7b8c9d0e","status":"success","processor_ref":"replicate/generic@1","mode":"real","timestamp_utc":"2025-01-01T00:00:00Z","duration_ms":65432}

"#]]
    );
}

#[test]
fn filters_by_status_ref_and_mode() {
    let workspace = runs();
    assert_eq!(ids(&workspace, &["--status", "error"]), ["run-3"]);
    assert_eq!(
        ids(&workspace, &["--status", "success"]),
        ["run-2", "run-1", UUID]
    );
    assert_eq!(ids(&workspace, &["--ref", "replicate"]), [UUID]);
    assert_eq!(
        ids(&workspace, &["--ref", "llm/litellm", "--limit", "2"]),
        ["run-3", "run-2"]
    );
    assert_eq!(
        ids(&workspace, &["--ref", "llm/litellm@1", "--status", "success"]),
        ["run-2", "run-1"]
    );
    assert_eq!(ids(&workspace, &["--mode", "real"]), [UUID]);
    assert_eq!(ids(&workspace, &["--limit", "0"]), [""; 0]);
    let none = workspace.counterfoil(["ls", "--ref", "llm/lite"]).run();
    assert_eq!((none.status, none.stdout.as_str()), (0, ""));
    assert_eq!(none.stderr, "no execution below ./artifacts is as asked for\n");
}

#[test]
fn reports_that_nothing_is_there() {
    let workspace = Workspace::empty();
    let told = (0, "", "there are no executions below ./artifacts\n");
    for dir in ["", "artifacts", "artifacts/execution"] {
        fs::create_dir_all(workspace.path(dir)).unwrap();
        for arguments in [&["ls"][..], &["ls", "--json"]] {
            let answer = workspace.counterfoil(arguments).run();
            assert_eq!(
                (answer.status, answer.stdout.as_str(), answer.stderr.as_str()),
                told,
                "{dir}"
            );
        }
    }
}

#[test]
fn counts_foreign_directories() {
    let workspace = runs();
    let executions = workspace.path("artifacts/execution");
    let receipt = workspace.bytes("artifacts/execution/run-1/determinism.json");
    let foreign = |name: &str, bytes: &[u8]| {
        workspace.write(&format!("artifacts/execution/{name}/determinism.json"), bytes);
    };
    foreign("of-another", &receipt);
    foreign("torn", &receipt[..100]);
    foreign("not an id", &receipt);
    let bytes_of = |id: &str| String::from_utf8_lossy(&receipt).replace("run-1", id);
    let hostile = bytes_of("hostile").replace("llm/litellm@1", r"\u001b[2J");
    foreign("hostile", hostile.as_bytes());
    let large = format!("{}{}", " ".repeat(1_048_576), bytes_of("large"));
    foreign("large", large.as_bytes());
    fs::write(executions.join("file"), "").unwrap();
    symlink("run-1", executions.join("link")).unwrap();
    foreign("kept", bytes_of("linked").as_bytes());
    fs::create_dir(executions.join("linked")).unwrap();
    symlink(
        "../kept/determinism.json",
        executions.join("linked/determinism.json"),
    )
    .unwrap();
    let answer = workspace.counterfoil(["ls"]).run();
    assert_eq!(answer.status, 0);
    assert_eq!(answer.stdout.lines().count(), 4, "{answer:?}");
    assert_eq!(
        answer.stderr,
        "entries of ./artifacts/execution that are no executions, or whose receipt cannot be read: 9\n\
         4 runs: 3 done, 1 failed (ERR_TIMEOUT 1); the cost of 1 not known\n"
    );
}

#[test]
fn a_closed_stdout_ends_it_quietly() {
    let workspace = Workspace::empty();
    Execution::new("run-0").succeed(&workspace);
    let receipt = workspace.read("artifacts/execution/run-0/determinism.json");
    for number in 1..2_000 {
        // more than a pipe holds
        let id = format!("run-{number}-{}", "x".repeat(80));
        workspace.write(
            &format!("artifacts/execution/{id}/determinism.json"),
            receipt.replace(
                "\"execution_id\":\"run-0\"",
                &format!("\"execution_id\":\"{id}\""),
            ),
        );
    }
    let mut started = workspace.counterfoil(["ls"]).start();
    let line = started.next_line();
    started.close_stdout();
    let ended = started.wait();
    ended.assert_status(0);
    assert_eq!(ended.stderr, "");
    assert!(line.starts_with("2026-11-24 01:02:03  ok"), "{line}");
}
