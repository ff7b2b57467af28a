//! `--attach`: files go along by their content.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use documents::hash::sha256;
use serde_json::json;
use support::{Finished, set_mode};

use super::workspace::Workspace;

const CONTENT: &[u8] = b"\x89PNG not really";
const READ: &str = r#"{"params":{"do":"read_file","name":"photo"}}"#;

fn attach(name: &str, file: &Path) -> [String; 2] {
    ["--attach".into(), format!("{name}={}", file.display())]
}

/// Where the content is, in a workspace's artifacts.
fn stored(workspace: &Workspace, content: &[u8], name: &str) -> PathBuf {
    workspace
        .artifacts()
        .join("inputs")
        .join(sha256(content))
        .join(name)
}

fn output(finished: &Finished) -> Vec<u8> {
    finished.assert_success();
    let name = finished.envelope()["outputs"][0]["path"]
        .as_str()
        .unwrap()
        .to_owned();
    let below = name.strip_prefix("world://artifacts/").unwrap();
    std::fs::read(finished.artifacts().join(below)).unwrap()
}

#[test]
fn a_file_goes_along_by_its_content() {
    let workspace = Workspace::new();
    let file = workspace.write("cat.png", CONTENT);
    let attached = workspace.test().inputs(READ).args(attach("photo", &file)).run();
    assert_eq!(output(&attached), CONTENT);
    assert_eq!(
        std::fs::read(stored(&workspace, CONTENT, "photo")).unwrap(),
        CONTENT
    );

    // as if the caller had written it
    let by_hand = json!({
        "params": {"do": "read_file", "name": "photo"},
        "files": {"photo": {
            "path": format!("world://artifacts/inputs/{}/photo", sha256(CONTENT)),
            "sha256": sha256(CONTENT),
            "mime": "image/png",
        }},
    });
    let same = workspace
        .test()
        .inputs(by_hand.to_string())
        .execution_id("by-hand")
        .run();
    assert_eq!(output(&same), CONTENT);
    assert_eq!(same.receipt()["inputs_hash"], attached.receipt()["inputs_hash"]);

    let without = workspace.test().execution_id("without").run();
    without.assert_success();
    assert_ne!(
        without.receipt()["inputs_hash"],
        attached.receipt()["inputs_hash"]
    );
}

#[test]
fn the_content_is_part_of_the_execution() {
    let workspace = Workspace::new();
    let file = workspace.write("a.txt", b"one");
    workspace
        .test()
        .inputs(READ)
        .args(attach("photo", &file))
        .run()
        .assert_success();
    workspace
        .test()
        .inputs(READ)
        .args(attach("photo", &file))
        .run()
        .assert_success();
    workspace.write("a.txt", b"two");
    let changed = workspace.test().inputs(READ).args(attach("photo", &file)).run();
    changed.assert_refused("ERR_EXECUTION_CONFLICT", 22);
}

#[test]
fn the_type_comes_from_the_name_of_the_file() {
    let workspace = Workspace::new();
    for (number, (name, mime)) in [
        ("a.jpeg", "image/jpeg"),
        ("b.PDF", "application/pdf"),
        ("c.txt", "text/plain"),
        ("d", "application/octet-stream"),
        ("e.unheard-of", "application/octet-stream"),
    ]
    .into_iter()
    .enumerate()
    {
        let file = workspace.write(name, CONTENT);
        let attached = workspace
            .test()
            .inputs(READ)
            .args(attach("photo", &file))
            .execution_id(&format!("attached-{number}"))
            .run();
        attached.assert_success();
        let inputs = json!({
            "params": {"do": "read_file", "name": "photo"},
            "files": {"photo": {
                "path": format!("world://artifacts/inputs/{}/photo", sha256(CONTENT)),
                "sha256": sha256(CONTENT),
                "mime": mime,
            }},
        });
        let by_hand = workspace
            .test()
            .inputs(inputs.to_string())
            .execution_id(&format!("by-hand-{number}"))
            .run();
        by_hand.assert_success();
        assert_eq!(
            by_hand.receipt()["inputs_hash"],
            attached.receipt()["inputs_hash"],
            "{name}"
        );
    }
}

#[test]
fn two_names_for_one_file_and_many_files() {
    let workspace = Workspace::new();
    let (one, two) = (workspace.write("one", b"1"), workspace.write("two", b"2"));
    let inputs = r#"{"params":{"do":"read_file","name":"photo","more":["again",{"$file":"other"}]}}"#;
    let finished = workspace
        .test()
        .inputs(inputs)
        .args(attach("photo", &one))
        .args(attach("again", &one))
        .args(attach("other", &two))
        .run();
    assert_eq!(output(&finished), b"1");
    for (content, name) in [(b"1", "photo"), (b"1", "again"), (b"2", "other")] {
        assert_eq!(std::fs::read(stored(&workspace, content, name)).unwrap(), content);
    }
}

#[test]
fn refuses_a_file_that_nothing_names() {
    let workspace = Workspace::new();
    let file = workspace.write("cat.png", CONTENT);
    let unused = workspace
        .test()
        .inputs(r#"{"params":{"message":"a photo of a cat"}}"#)
        .args(attach("photo", &file))
        .run();
    unused.assert_failure("ERR_INPUTS", 3);
    unused.assert_message("the attached file photo is not used: nothing in /params names it");
    assert!(!stored(&workspace, CONTENT, "photo").exists());
    let meant = workspace
        .test()
        .execution_id("meant")
        .inputs(json!({"params": {"image": format!("@{}", file.display())}}).to_string())
        .run();
    meant.assert_failure("ERR_INPUTS", 3);
    meant.assert_message("/params/image begins with @ and names a file of this machine");
}

#[test]
fn refuses_a_name_that_is_given_twice() {
    let workspace = Workspace::new();
    let file = workspace.write("one", b"1");
    let twice = workspace
        .test()
        .args(attach("photo", &file))
        .args(attach("photo", &file))
        .execution_id("twice")
        .run();
    twice.assert_refused("ERR_USAGE", 2);
    twice.assert_message("photo");
    let inputs = json!({"files": {"photo": {"path": "world://artifacts/inputs/x"}}});
    let clash = workspace
        .test()
        .inputs(inputs.to_string())
        .args(attach("photo", &file))
        .execution_id("clash")
        .run();
    clash.assert_refused("ERR_USAGE", 2);
    assert!(!workspace.artifacts().join("inputs").exists(), "{clash:?}");
    // nor is the copy left that was hashed
    let names = std::fs::read_dir(workspace.artifacts()).unwrap();
    let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    assert!(
        names.iter().all(|name| !name.to_string_lossy().starts_with('.')),
        "{names:?}"
    );
}

#[test]
fn refuses_invalid_names() {
    let workspace = Workspace::new();
    let file = workspace.write("one", b"1");
    let long = "x".repeat(256);
    for name in ["a/b", "..", ".", "", "/", ".git", "a%2Fb", "a\nb", "a\\b", &long] {
        let finished = workspace.test().args(attach(name, &file)).run();
        finished.assert_refused("ERR_USAGE", 2);
        assert_eq!(finished.envelope()["execution_id"], support::EXECUTION_ID);
        assert!(finished.files().is_empty(), "{finished:?}");
    }
    let longest = "x".repeat(255);
    let inputs = json!({"params": {"do": "read_file", "name": longest}});
    let finished = workspace
        .test()
        .inputs(inputs.to_string())
        .args(attach(&longest, &file))
        .run();
    assert_eq!(output(&finished), b"1");
}

#[test]
fn files_that_cannot_be_read() {
    let workspace = Workspace::new();
    let fifo = workspace.path("fifo");
    support::make_fifo(&fifo);
    for (number, file) in [workspace.path("missing"), workspace.bin(), fifo]
        .iter()
        .enumerate()
    {
        let finished = workspace
            .test()
            .args(attach("photo", file))
            .execution_id(&format!("run-{number}"))
            .run();
        finished.assert_refused("ERR_USAGE", 2);
        finished.assert_message("--attach photo=");
        assert!(!workspace.artifacts().join("execution").exists(), "{finished:?}");
    }
    let no_path = workspace.test().args(["--attach", "photo="]).run();
    no_path.assert_refused("ERR_USAGE", 2);
}

#[test]
fn keeps_a_stored_file_unless_its_content_differs() {
    let workspace = Workspace::new();
    let file = workspace.write("one", CONTENT);
    let run = |id: &str| {
        let call = workspace.test().inputs(READ).args(attach("photo", &file));
        assert_eq!(output(&call.execution_id(id).run()), CONTENT);
    };
    run("first");
    let at = stored(&workspace, CONTENT, "photo");
    set_mode(&at, 0o440);
    let before = identity(&at);
    run("second");
    assert_eq!(identity(&at), before);

    // but not another content under this name
    std::fs::remove_file(&at).unwrap();
    std::fs::write(&at, "torn").unwrap();
    run("third");
    assert_eq!(std::fs::read(&at).unwrap(), CONTENT);
    let beside = support::files_below(at.parent().unwrap());
    assert_eq!(beside.len(), 1, "{:?}", beside.keys());
}

#[test]
fn follows_no_links_to_the_stored_file() {
    let workspace = Workspace::new();
    let file = workspace.write("one", CONTENT);
    let victim = workspace.write("victim", b"untouched");
    let at = stored(&workspace, CONTENT, "photo");
    std::fs::create_dir_all(at.parent().unwrap()).unwrap();
    symlink(&victim, &at).unwrap();
    let finished = workspace.test().inputs(READ).args(attach("photo", &file)).run();
    assert_eq!(output(&finished), CONTENT);
    assert!(!at.is_symlink());
    assert_eq!(std::fs::read(&victim).unwrap(), b"untouched");

    let workspace = Workspace::new();
    let file = workspace.write("one", CONTENT);
    let outside = workspace.path("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::create_dir(workspace.artifacts()).unwrap();
    symlink(&outside, workspace.artifacts().join("inputs")).unwrap();
    let finished = workspace.test().inputs(READ).args(attach("photo", &file)).run();
    finished.assert_failure("ERR_OUTPUT_WRITE", 21);
    assert!(support::files_below(&outside).is_empty());

    // nor is anything left beside a directory that has its place
    let workspace = Workspace::new();
    let file = workspace.write("one", CONTENT);
    let at = stored(&workspace, CONTENT, "photo");
    std::fs::create_dir_all(at.join("in the way")).unwrap();
    let finished = workspace.test().inputs(READ).args(attach("photo", &file)).run();
    finished.assert_failure("ERR_OUTPUT_WRITE", 21);
    assert!(support::files_below(at.parent().unwrap()).is_empty());
}

/// What a file that was written again would not keep.
fn identity(file: &Path) -> (u64, i64, i64) {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = std::fs::metadata(file).unwrap();
    (metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
}
