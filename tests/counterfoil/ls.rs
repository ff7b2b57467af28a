//! `counterfoil ls`.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::symlink;
use std::process::Stdio;

use documents::{ErrorCode, Mode};
use snapbox::{assert_data_eq, str};

use crate::tree::{Answer, Run, Tree};

const UUID: &str = "01933f5e-8a4b-7c21-9d3e-5f6a7b8c9d0e";

fn runs() -> Tree {
    let tree = Tree::new();
    let at = |id: &str, time: &str| {
        let time = time.to_owned();
        Run::of(id).with(|receipt| receipt.timestamp_utc = time)
    };
    at("run-1", "2026-11-23T23:59:59Z").succeed(&tree);
    at("run-2", "2026-11-24T01:02:03Z").succeed(&tree);
    at("run-3", "2026-11-24T01:02:03Z").fail(&tree, ErrorCode::Timeout, "it took too long");
    at(UUID, "2025-01-01T00:00:00Z")
        .with(|receipt| {
            receipt.processor_ref = "replicate/generic@1".into();
            receipt.mode = Some(Mode::Real);
            receipt.duration_ms = 65_432;
        })
        .succeed(&tree);
    tree
}

fn ids(tree: &Tree, arguments: &[&str]) -> Vec<String> {
    let answer = tree.counterfoil(&[&["ls"], arguments].concat());
    assert_eq!(answer.status, 0, "{}", answer.stderr);
    let id = |line: &str| line.rsplit(' ').next().unwrap().to_owned();
    answer.stdout.lines().map(id).collect()
}

#[test]
fn newest_first() {
    let answer = runs().counterfoil(&["ls"]);
    assert_eq!((answer.status, answer.stderr.as_str()), (0, ""));
    assert_data_eq!(
        answer.stdout,
        str![[r#"
2026-11-24 01:02:03  error  llm/litellm@1        mock   3 ms  run-3
2026-11-24 01:02:03  ok     llm/litellm@1        mock   3 ms  run-2
2026-11-23 23:59:59  ok     llm/litellm@1        mock   3 ms  run-1
2025-01-01 00:00:00  ok     replicate/generic@1  real  1m05s  01933f5e-8a4b-7c21-9d3e-5f6a7b8c9d0e

"#]]
    );
}

#[test]
fn eighty_columns() {
    let tree = runs();
    let mut command = tree.command(&["ls"]);
    command.env("COLUMNS", "80");
    let answer = Answer::of(command);
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
    let tree = runs();
    let stdout = |name: &str| {
        let mut command = tree.command(&["ls"]);
        command.env(name, "1");
        Answer::of(command).stdout
    };
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
fn json_lines() {
    let answer = runs().counterfoil(&["ls", "--json"]);
    assert_eq!((answer.status, answer.stderr.as_str()), (0, ""));
    assert_data_eq!(
        answer.stdout,
        str![[r#"
{"execution_id":"run-3","status":"error","processor_ref":"llm/litellm@1","mode":"mock","timestamp_utc":"2026-11-24T01:02:03Z","duration_ms":3}
{"execution_id":"run-2","status":"success","processor_ref":"llm/litellm@1","mode":"mock","timestamp_utc":"2026-11-24T01:02:03Z","duration_ms":3}
{"execution_id":"run-1","status":"success","processor_ref":"llm/litellm@1","mode":"mock","timestamp_utc":"2026-11-23T23:59:59Z","duration_ms":3}
{"execution_id":"01933f5e-8a4b-7c21-9d3e-5f6a7b8c9d0e","status":"success","processor_ref":"replicate/generic@1","mode":"real","timestamp_utc":"2025-01-01T00:00:00Z","duration_ms":65432}

"#]]
    );
}

#[test]
fn filters() {
    let tree = runs();
    assert_eq!(ids(&tree, &["--status", "error"]), ["run-3"]);
    assert_eq!(ids(&tree, &["--status", "success"]), ["run-2", "run-1", UUID]);
    assert_eq!(ids(&tree, &["--ref", "replicate"]), [UUID]);
    assert_eq!(
        ids(&tree, &["--ref", "llm/litellm", "--limit", "2"]),
        ["run-3", "run-2"]
    );
    assert_eq!(
        ids(&tree, &["--ref", "llm/litellm@1", "--status", "success"]),
        ["run-2", "run-1"]
    );
    assert_eq!(ids(&tree, &["--mode", "real"]), [UUID]);
    assert_eq!(ids(&tree, &["--limit", "0"]), [""; 0]);
    let none = tree.counterfoil(&["ls", "--ref", "llm/lite"]);
    assert_eq!((none.status, none.stdout.as_str()), (0, ""));
    assert_eq!(none.stderr, "no execution below ./artifacts is as asked for\n");
}

#[test]
fn nothing_is_there() {
    let tree = Tree::new();
    let told = (0, "", "there are no executions below ./artifacts\n");
    for folder in ["", "artifacts", "artifacts/execution"] {
        fs::create_dir_all(tree.path(folder)).unwrap();
        for arguments in [&["ls"][..], &["ls", "--json"]] {
            let answer = tree.counterfoil(arguments);
            assert_eq!(
                (answer.status, answer.stdout.as_str(), answer.stderr.as_str()),
                told,
                "{folder}"
            );
        }
    }
}

#[test]
fn what_is_foreign_is_counted() {
    let tree = runs();
    let executions = tree.path("artifacts/execution");
    let receipt = tree.read("artifacts/execution/run-1/determinism.json");
    let foreign = |name: &str, bytes: &[u8]| {
        fs::create_dir(executions.join(name)).unwrap();
        fs::write(executions.join(name).join("determinism.json"), bytes).unwrap();
    };
    foreign("of-another", &receipt);
    foreign("torn", &receipt[..100]);
    foreign("not an id", &receipt);
    let bytes_of = |id: &str| String::from_utf8_lossy(&receipt).replace("run-1", id);
    let hostile = bytes_of("hostile").replace("llm/litellm@1", r"\u001b[2J");
    foreign("hostile", hostile.as_bytes());
    let large = format!("{}{}", " ".repeat(1_048_576), bytes_of("large"));
    foreign("large", large.as_bytes());
    fs::create_dir(executions.join("at-work")).unwrap();
    fs::write(executions.join("file"), "").unwrap();
    symlink("run-1", executions.join("link")).unwrap();
    foreign("kept", bytes_of("linked").as_bytes());
    fs::create_dir(executions.join("linked")).unwrap();
    symlink(
        "../kept/determinism.json",
        executions.join("linked/determinism.json"),
    )
    .unwrap();
    let answer = tree.counterfoil(&["ls"]);
    assert_eq!(answer.status, 0);
    assert_eq!(answer.stdout.lines().count(), 4, "{}", answer.stdout);
    assert_eq!(
        answer.stderr,
        "directories without a receipt that can be read: 10 (runs at work or killed, or no runs at all)\n"
    );
}

#[test]
fn a_reader_that_stops_ends_it_quietly() {
    let tree = Tree::new();
    Run::of("run-0").succeed(&tree);
    let receipt = String::from_utf8(tree.read("artifacts/execution/run-0/determinism.json")).unwrap();
    for number in 1..2_000 {
        // more than a pipe holds
        let id = format!("run-{number}-{}", "x".repeat(80));
        fs::create_dir(tree.path(&format!("artifacts/execution/{id}"))).unwrap();
        tree.write(
            &format!("artifacts/execution/{id}/determinism.json"),
            receipt.replace(
                "\"execution_id\":\"run-0\"",
                &format!("\"execution_id\":\"{id}\""),
            ),
        );
    }
    let mut child = tree
        .command(&["ls"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::with_capacity(64, child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert!(line.starts_with("2026-11-24 01:02:03  ok"), "{line}");
}
