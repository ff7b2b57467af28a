//! `counterfoil verify`: what holds, and every way in which it may not.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::process::Stdio;

use contracts::hash::sha256;
use contracts::{ErrorCode, Mode, inputs};
use serde_json::Value;
use snapbox::{assert_data_eq, str};

use crate::tree::{INPUTS, Run, Tree, copy};

const PREFIX: &str = "artifacts/outputs/demo/run-1";
const RECEIPT: &str = "artifacts/outputs/demo/run-1/receipt.json";
const TWIN: &str = "artifacts/execution/run-1/determinism.json";
const INDEX: &str = "artifacts/outputs/demo/run-1/outputs.json";
const ANSWER: &str = "artifacts/outputs/demo/run-1/outputs/response.json";

fn success() -> Tree {
    let tree = Tree::new();
    Run::answer("run-1").succeed(&tree);
    tree
}

/// Fails unless the verification of the prefix fails; gives the checks that do, as `what path: detail`.
#[track_caller]
fn differing(tree: &Tree, more: &[&str]) -> Vec<String> {
    let answer = tree.counterfoil(&[&["verify", PREFIX, "--json"], more].concat());
    assert_eq!(answer.status, 1, "{} {}", answer.stdout, answer.stderr);
    let report: Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(report["verified"], false);
    report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["ok"] == false)
        .map(|check| {
            let text = |field: &str| check[field].as_str().unwrap();
            let path = text("path")
                .replace("world://artifacts/", "")
                .replace("outputs/demo/run-1/", "");
            format!("{} {path}: {}", text("what"), text("detail"))
        })
        .collect()
}

#[track_caller]
fn assert_verified(tree: &Tree, arguments: &[&str]) {
    let answer = tree.counterfoil(&[&["verify"], arguments].concat());
    assert_eq!(answer.status, 0, "{} {}", answer.stdout, answer.stderr);
}

/// Writes both receipts anew, as somebody would who wants a change to go unseen.
fn change_receipts(tree: &Tree, from: &str, to: &str) {
    tree.replace(RECEIPT, from, to);
    fs::copy(tree.path(RECEIPT), tree.path(TWIN)).unwrap();
}

/// Changes the index, and has both receipts name its new hash.
fn change_index(tree: &Tree, from: &str, to: &str) {
    let before = sha256(&tree.read(INDEX));
    tree.replace(INDEX, from, to);
    change_receipts(tree, &before, &sha256(&tree.read(INDEX)));
}

#[test]
fn all_holds() {
    let tree = success();
    let answer = tree.counterfoil(&["verify", PREFIX]);
    assert_eq!((answer.status, answer.stderr.as_str()), (0, ""));
    assert_data_eq!(
        answer.stdout,
        str![[r#"
ok       world://artifacts/outputs/demo/run-1/receipt.json  608 B
ok       world://artifacts/execution/run-1/determinism.json  608 B
ok       world://artifacts/outputs/demo/run-1/outputs.json  205 B
ok       world://artifacts/outputs/demo/run-1/outputs/response.json  13 B
verified: run-1, all 4 checks hold

"#]]
    );
}

#[test]
fn json_is_one_line_in_one_order() {
    let tree = success();
    tree.write("artifacts/outputs/demo/run-1/outputs/stray.txt", "");
    tree.write(ANSWER, "{}");
    let answer = tree.counterfoil(&["verify", RECEIPT, "--json"]);
    assert_eq!(answer.status, 1);
    assert_data_eq!(
        answer.stdout,
        str![[r#"
{"verified":false,"execution_id":"run-1","status":"success","receipt":"world://artifacts/outputs/demo/run-1/receipt.json","checks":[{"path":"world://artifacts/outputs/demo/run-1/receipt.json","what":"receipt","ok":true},{"path":"world://artifacts/execution/run-1/determinism.json","what":"twin","ok":true},{"path":"world://artifacts/outputs/demo/run-1/outputs.json","what":"index","ok":true},{"path":"world://artifacts/outputs/demo/run-1/outputs/response.json","what":"output","ok":false,"detail":"has changed: 2 bytes where 13 were written"}],"notes":["world://artifacts/outputs/demo/run-1/outputs/stray.txt is in no index"]}

"#]]
    );
}

#[test]
fn a_run_has_many_names() {
    let tree = success();
    let absolute = tree.path(PREFIX);
    for named in [
        "world://artifacts/outputs/demo/run-1/",
        "world://artifacts/outputs/demo/run-1",
        "world://artifacts/execution/run-1/determinism.json",
        "/artifacts/outputs/demo/run-1/",
        "/artifacts/outputs/demo/run-1/receipt.json",
        "artifacts/execution/run-1",
        "./artifacts/outputs/demo/../demo/run-1/",
        RECEIPT,
        TWIN,
        absolute.to_str().unwrap(),
    ] {
        assert_verified(&tree, &[named]);
    }
}

#[test]
fn a_tree_holds_wherever_it_is_copied_to() {
    let tree = success();
    copy(&tree.path("artifacts"), &tree.path("backup/of-2026"));
    fs::remove_dir_all(tree.path("artifacts")).unwrap();
    assert_verified(&tree, &["backup/of-2026/outputs/demo/run-1"]);
    assert_verified(&tree, &["backup/of-2026/execution/run-1"]);
    assert_verified(
        &tree,
        &[
            "/artifacts/outputs/demo/run-1/",
            "--artifacts-dir",
            "backup/of-2026",
        ],
    );
    let mut by_variable = tree.command(&["verify", "/artifacts/outputs/demo/run-1/"]);
    by_variable.env("ARTIFACTS_BASE_DIR", "backup/of-2026");
    assert!(by_variable.status().unwrap().success());
}

#[test]
fn a_copy_of_a_receipt_is_compared_with_both() {
    let tree = success();
    fs::copy(tree.path(RECEIPT), tree.path("mine.json")).unwrap();
    assert_verified(&tree, &["mine.json"]);
    tree.replace("mine.json", "\"duration_ms\":3", "\"duration_ms\":4");
    let answer = tree.counterfoil(&["verify", "mine.json"]);
    assert_eq!(answer.status, 1);
    assert_eq!(answer.stdout.matches("DIFFERS").count(), 2, "{}", answer.stdout);
}

#[test]
fn an_output_that_changed() {
    let tree = success();
    tree.write(ANSWER, r#"{"answer":43}"#);
    let [found, written] = [r#"{"answer":43}"#, r#"{"answer":42}"#].map(|text| sha256(text.as_bytes()));
    assert_eq!(
        differing(&tree, &[]),
        [format!(
            "output outputs/response.json: has changed: SHA-256 {found} where {written} was written"
        )]
    );
}

#[test]
fn an_output_that_is_shorter() {
    let tree = success();
    tree.write(ANSWER, "{");
    assert_eq!(
        differing(&tree, &[]),
        ["output outputs/response.json: has changed: 1 bytes where 13 were written"]
    );
}

#[test]
fn an_output_that_is_gone() {
    let tree = success();
    fs::remove_file(tree.path(ANSWER)).unwrap();
    assert_eq!(
        differing(&tree, &[]),
        ["output outputs/response.json: is missing"]
    );
    let answer = tree.counterfoil(&["verify", PREFIX]);
    let line = "MISSING  world://artifacts/outputs/demo/run-1/outputs/response.json\n";
    assert!(answer.stdout.contains(line), "{}", answer.stdout);
}

#[test]
fn an_output_behind_a_link() {
    let tree = success();
    fs::rename(tree.path(ANSWER), tree.path("same")).unwrap();
    symlink(tree.path("same"), tree.path(ANSWER)).unwrap();
    assert_eq!(
        differing(&tree, &[]),
        ["output outputs/response.json: is a symbolic link, which is not followed"]
    );
}

#[test]
fn a_folder_behind_a_link() {
    let tree = success();
    let folder = tree.path("artifacts/outputs/demo/run-1/outputs");
    fs::rename(&folder, tree.path("same")).unwrap();
    symlink(tree.path("same"), folder).unwrap();
    assert_eq!(
        differing(&tree, &[]),
        ["output outputs/response.json: is missing"]
    );
}

#[test]
fn every_output_that_differs_is_told() {
    let tree = Tree::new();
    let many = (0..40).fold(Run::of("run-1"), |run, number| {
        run.output(&format!("outputs/{number:02}.txt"), "text/plain", "same")
    });
    many.succeed(&tree);
    let changed = ["03", "17", "39"];
    for name in changed {
        tree.write(&format!("{PREFIX}/outputs/{name}.txt"), "other");
    }
    assert_eq!(
        differing(&tree, &[]),
        changed.map(|name| format!("output outputs/{name}.txt: has changed: 5 bytes where 4 were written"))
    );
}

#[test]
fn an_index_that_changed() {
    let tree = success();
    let written = sha256(&tree.read(INDEX));
    tree.replace(INDEX, "application/json", "application/yaml");
    let found = sha256(&tree.read(INDEX));
    assert_eq!(
        differing(&tree, &[]),
        [format!(
            "index outputs.json: has changed: SHA-256 {found} where {written} was written"
        )]
    );
}

#[test]
fn an_index_that_is_hashed_anew_for_a_changed_output() {
    let tree = success();
    let output = r#"{"answer":43}"#;
    let before = sha256(&tree.read(ANSWER));
    tree.write(ANSWER, output);
    tree.replace(INDEX, &before, &sha256(output.as_bytes()));
    let differing = differing(&tree, &[]);
    assert_eq!(differing.len(), 1, "{differing:?}");
    assert!(differing[0].starts_with("index outputs.json: has changed: SHA-256 "));
}

#[test]
fn an_index_that_is_gone_or_none() {
    let tree = success();
    let before = sha256(&tree.read(INDEX));
    tree.write(INDEX, "[]");
    change_receipts(&tree, &before, &sha256(b"[]"));
    assert_eq!(differing(&tree, &[]), ["index outputs.json: is not an index"]);
    fs::remove_file(tree.path(INDEX)).unwrap();
    assert_eq!(differing(&tree, &[]), ["index outputs.json: is missing"]);
}

#[test]
fn an_index_in_another_form() {
    const FORM: &str =
        "index outputs.json: is not one compact line, sorted by path and without a newline at the end";
    for (from, to) in [("}]}", "}]}\n"), ("\":[", "\": ["), ("]}", "],\"more\":1}")] {
        let tree = success();
        change_index(&tree, from, to);
        let found = differing(&tree, &[]);
        match to.contains("more") {
            true => assert_eq!(found, ["index outputs.json: is not an index"]),
            false => assert_eq!(found, [FORM], "{to:?}"),
        }
    }
    let tree = Tree::new();
    let run = Run::of("run-1").output("outputs/a", "text/plain", "same");
    run.output("outputs/b", "text/plain", "same").succeed(&tree);
    let index: Value = serde_json::from_slice(&tree.read(INDEX)).unwrap();
    let [a, b] = ["a", "b"].map(|name| format!("outputs/{name}\""));
    assert_eq!(index["outputs"][0]["cid"], index["outputs"][1]["cid"]);
    change_index(&tree, &a, "outputs/?\"");
    change_index(&tree, &b, &a);
    change_index(&tree, "outputs/?\"", &b);
    assert_eq!(differing(&tree, &[]), [FORM]);
}

#[test]
fn an_index_that_lists_what_is_elsewhere() {
    for elsewhere in [
        "outputs/demo/run-2/outputs/response.json",
        "outputs/demo/run-1/receipt.json",
    ] {
        let tree = success();
        Run::answer("run-2").succeed(&tree);
        change_index(&tree, "outputs/demo/run-1/outputs/response.json", elsewhere);
        let found = differing(&tree, &[]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].ends_with("is not below the `outputs/` of the write prefix, and is listed in its index"),
            "{found:?}"
        );
    }
}

#[test]
fn twins_that_differ() {
    let tree = success();
    tree.replace(TWIN, "\"duration_ms\":3", "\"duration_ms\":4");
    assert_eq!(
        differing(&tree, &[]),
        ["twin execution/run-1/determinism.json: differs from the other receipt of this execution"]
    );
}

#[test]
fn a_twin_that_is_gone() {
    let tree = success();
    fs::remove_file(tree.path(TWIN)).unwrap();
    assert_eq!(
        differing(&tree, &[]),
        ["twin execution/run-1/determinism.json: is missing"]
    );
}

#[test]
fn receipts_in_another_form() {
    let with_newline = |text: &str| format!("{text}\n");
    let spaced = |text: &str| text.replacen(':', ": ", 1);
    for (change, detail) in [
        (
            &with_newline as &dyn Fn(&str) -> String,
            "is canonical, but has white space before or after it",
        ),
        (&spaced, "is not in its canonical form (RFC 8785)"),
    ] {
        let tree = success();
        let text = String::from_utf8(tree.read(RECEIPT)).unwrap();
        tree.write(RECEIPT, change(&text));
        tree.write(TWIN, change(&text));
        assert_eq!(differing(&tree, &[]), [format!("receipt receipt.json: {detail}")]);
    }
}

#[test]
fn receipts_with_fields_that_are_wrong() {
    let hash = inputs::parse(INPUTS.as_bytes()).unwrap().hash;
    for (from, to, detail) in [
        (
            "2026-11-24T01:02:03Z",
            "2026-11-24 01:02:03",
            "has timestamp_utc, but not as a time of the form YYYY-MM-DDTHH:MM:SSZ",
        ),
        (
            "llm/litellm@1",
            "litellm",
            "has processor_ref, but not as ns/name@ver",
        ),
        (
            &hash,
            "00",
            "has inputs_hash, but not as 64 lower-case hexadecimal digits",
        ),
        ("\"mode\":\"mock\",", "", "has no mode"),
        (
            "\"duration_ms\":3",
            "\"duration_ms\":3.5",
            "has duration_ms, but not as a count of milliseconds",
        ),
        (
            "\"execution_id\":",
            "\"error\":{\"code\":\"ERR_X\",\"message\":\"\"},\"execution_id\":",
            "records a success, and yet has error",
        ),
    ] {
        let tree = success();
        change_receipts(&tree, from, to);
        assert_eq!(
            differing(&tree, &[]),
            [format!("receipt receipt.json: {detail}")],
            "{to}"
        );
    }
}

#[test]
fn a_receipt_that_is_none_and_one_of_another_run() {
    let tree = success();
    tree.write(RECEIPT, "{");
    let found = differing(&tree, &[]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("receipt receipt.json: is not JSON"),
        "{found:?}"
    );

    let tree = success();
    Run::answer("run-2").succeed(&tree);
    fs::copy(
        tree.path("artifacts/outputs/demo/run-2/receipt.json"),
        tree.path(RECEIPT),
    )
    .unwrap();
    assert_eq!(
        differing(&tree, &[]),
        ["receipt receipt.json: lies where it does not say that it is"]
    );
}

#[test]
fn a_field_of_later_times_is_a_note() {
    let tree = success();
    change_receipts(&tree, "\"usage\":{}", "\"usage\":{},\"witness\":1");
    let answer = tree.counterfoil(&["verify", PREFIX]);
    assert_eq!(answer.status, 0, "{}", answer.stdout);
    assert!(
        answer
            .stdout
            .contains("has fields that this version does not know: witness\n"),
        "{}",
        answer.stdout
    );
}

#[test]
fn inputs_that_agree() {
    let tree = success();
    tree.write("inputs.json", format!(" {INPUTS} "));
    assert_verified(&tree, &[PREFIX, "--inputs", "inputs.json"]);
    // `run --mode real` sets the mode of a document that has none
    let mut real: Value = serde_json::from_str(INPUTS).unwrap();
    real["mode"] = "real".into();
    let hash = inputs::parse(real.to_string().as_bytes()).unwrap().hash;
    let run = Run::answer("run-2").with(|receipt| {
        receipt.mode = Some(Mode::Real);
        receipt.inputs_hash = Some(hash);
    });
    run.succeed(&tree);
    assert_verified(
        &tree,
        &["artifacts/outputs/demo/run-2", "--inputs", "inputs.json"],
    );
}

#[test]
fn inputs_from_a_pipe() {
    let tree = success();
    let mut command = tree.command(&["verify", PREFIX, "--inputs", "-"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(INPUTS.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn inputs_that_differ() {
    let tree = success();
    tree.write("inputs.json", "{}");
    let found = differing(&tree, &["--inputs", "inputs.json"]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("inputs inputs: has the hash "), "{found:?}");
    tree.write("inputs.json", r#"{"params":[]}"#);
    assert_eq!(
        differing(&tree, &["--inputs", "inputs.json"]),
        ["inputs inputs: /params is not an object"]
    );
}

#[test]
fn a_failure_is_verified() {
    let tree = Tree::new();
    Run::of("run-1").fail(&tree, ErrorCode::Timeout, "it took too long");
    let answer = tree.counterfoil(&["verify", PREFIX]);
    assert_eq!((answer.status, answer.stderr.as_str()), (0, ""));
    assert_data_eq!(
        answer.stdout,
        str![[r#"
ok       world://artifacts/outputs/demo/run-1/receipt.json  463 B
ok       world://artifacts/execution/run-1/determinism.json  463 B
verified: run-1, all 2 checks hold; the receipt records a failure, ERR_TIMEOUT

"#]]
    );
    let global = tree.counterfoil(&["verify", "/artifacts/execution/run-1/"]);
    assert_eq!(global.status, 0);
    assert!(
        global
            .stdout
            .contains("note     a receipt of a failure does not say where its twin is"),
        "{}",
        global.stdout
    );
    tree.write("artifacts/outputs/demo/run-1/outputs.json", "{}");
    let left = tree.counterfoil(&["verify", PREFIX]);
    assert_eq!(left.status, 0);
    assert!(
        left.stdout
            .contains("note     world://artifacts/outputs/demo/run-1/outputs.json is of no receipt\n"),
        "{}",
        left.stdout
    );
    tree.replace(TWIN, "too long", "too much");
    assert_eq!(
        differing(&tree, &[]),
        ["twin execution/run-1/determinism.json: differs from the other receipt of this execution"]
    );
}

#[test]
fn a_failure_claims_no_outputs() {
    let tree = Tree::new();
    Run::of("run-1")
        .with(|receipt| {
            receipt.outputs_index = Some("world://artifacts/outputs/demo/run-1/outputs.json".into())
        })
        .fail(&tree, ErrorCode::Timeout, "it took too long");
    assert_eq!(
        differing(&tree, &[]),
        ["receipt receipt.json: records a failure, and yet has outputs_index"]
    );
}

#[test]
fn what_is_not_there_is_told_with_the_way_out() {
    let tree = success();
    for (named, status, sentence) in [
        (
            "artifacts/none",
            1,
            "name a write prefix, a receipt, or a folder below execution/",
        ),
        ("artifacts/outputs", 1, "artifacts/outputs has no receipt"),
        (
            "world://artifacts/none/",
            1,
            "name another artifacts folder with --artifacts-dir",
        ),
        ("world://artifacts/../x", 2, "a path has a segment `.` or `..`"),
    ] {
        let answer = tree.counterfoil(&["verify", named]);
        assert_eq!((answer.status, answer.stdout.as_str()), (status, ""), "{named}");
        assert!(answer.stderr.contains(sentence), "{named}: {}", answer.stderr);
    }
    assert_eq!(tree.counterfoil(&["verify"]).status, 2);
    assert_eq!(
        tree.counterfoil(&["verify", PREFIX, "--inputs", "none.json"])
            .status,
        2
    );
}

#[test]
fn hostile_text_does_not_steer_the_terminal() {
    let tree = success();
    let hostile = "artifacts/outputs/demo/run-1/outputs/\u{1b}[2Jx";
    tree.write(hostile, "");
    for more in [&[][..], &["--json"]] {
        let answer = tree.counterfoil(&[&["verify", PREFIX], more].concat());
        assert_eq!(answer.status, 0);
        assert!(answer.stdout.contains("[2Jx is in no index"), "{}", answer.stdout);
        assert!(!answer.stdout.contains('\u{1b}'), "{:?}", answer.stdout);
    }
}
