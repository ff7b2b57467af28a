//! `--attach`: files go along by their content.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use documents::hash::sha256;
use serde_json::json;
use support::Finished;

use super::orchestrated::{Workplace, set_mode};

const CONTENT: &[u8] = b"\x89PNG not really";
const READ: &str = r#"{"params":{"do":"read_file","name":"photo"}}"#;

fn attach(name: &str, file: &Path) -> [String; 2] {
    ["--attach".into(), format!("{name}={}", file.display())]
}

/// Where the content is, in a workplace's artifacts.
fn stored(place: &Workplace, content: &[u8], name: &str) -> PathBuf {
    place.artifacts().join("inputs").join(sha256(content)).join(name)
}

fn output(finished: &Finished) -> Vec<u8> {
    finished.assert_success();
    let name = finished.envelope()["outputs"][0]["path"]
        .as_str()
        .unwrap()
        .to_owned();
    let below = name.strip_prefix("world://artifacts/").unwrap();
    std::fs::read(finished.base().join(below)).unwrap()
}

#[test]
fn a_file_goes_along_by_its_content() {
    let place = Workplace::new();
    let file = place.file("cat.png", CONTENT);
    let attached = place.run().inputs(READ).args(attach("photo", &file)).finish();
    assert_eq!(output(&attached), CONTENT);
    assert_eq!(std::fs::read(stored(&place, CONTENT, "photo")).unwrap(), CONTENT);

    // as if the caller had written it
    let by_hand = json!({
        "params": {"do": "read_file", "name": "photo"},
        "files": {"photo": {
            "path": format!("world://artifacts/inputs/{}/photo", sha256(CONTENT)),
            "sha256": sha256(CONTENT),
            "mime": "image/png",
        }},
    });
    let same = place
        .run()
        .inputs(by_hand.to_string())
        .execution_id("by-hand")
        .finish();
    assert_eq!(output(&same), CONTENT);
    assert_eq!(same.receipt()["inputs_hash"], attached.receipt()["inputs_hash"]);

    let without = place.run().execution_id("without").finish();
    without.assert_success();
    assert_ne!(
        without.receipt()["inputs_hash"],
        attached.receipt()["inputs_hash"]
    );
}

#[test]
fn the_content_is_part_of_the_execution() {
    let place = Workplace::new();
    let file = place.file("a.txt", b"one");
    place
        .run()
        .inputs(READ)
        .args(attach("photo", &file))
        .finish()
        .assert_success();
    place
        .run()
        .inputs(READ)
        .args(attach("photo", &file))
        .finish()
        .assert_success();
    place.file("a.txt", b"two");
    let changed = place.run().inputs(READ).args(attach("photo", &file)).finish();
    changed.assert_refused("ERR_EXECUTION_CONFLICT", 22);
}

#[test]
fn the_type_comes_from_the_name_of_the_file() {
    let place = Workplace::new();
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
        let file = place.file(name, CONTENT);
        let attached = place
            .run()
            .inputs(READ)
            .args(attach("photo", &file))
            .execution_id(&format!("attached-{number}"))
            .finish();
        attached.assert_success();
        let inputs = json!({
            "params": {"do": "read_file", "name": "photo"},
            "files": {"photo": {
                "path": format!("world://artifacts/inputs/{}/photo", sha256(CONTENT)),
                "sha256": sha256(CONTENT),
                "mime": mime,
            }},
        });
        let by_hand = place
            .run()
            .inputs(inputs.to_string())
            .execution_id(&format!("by-hand-{number}"))
            .finish();
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
    let place = Workplace::new();
    let (one, two) = (place.file("one", b"1"), place.file("two", b"2"));
    let finished = place
        .run()
        .inputs(READ)
        .args(attach("photo", &one))
        .args(attach("again", &one))
        .args(attach("other", &two))
        .finish();
    assert_eq!(output(&finished), b"1");
    for (content, name) in [(b"1", "photo"), (b"1", "again"), (b"2", "other")] {
        assert_eq!(std::fs::read(stored(&place, content, name)).unwrap(), content);
    }
}

#[test]
fn a_name_is_given_once() {
    let place = Workplace::new();
    let file = place.file("one", b"1");
    let twice = place
        .run()
        .args(attach("photo", &file))
        .args(attach("photo", &file))
        .execution_id("twice")
        .finish();
    twice.assert_failure("ERR_USAGE", 2);
    assert!(twice.message().contains("photo"), "{twice:?}");
    let inputs = json!({"files": {"photo": {"path": "world://artifacts/inputs/x"}}});
    let clash = place
        .run()
        .inputs(inputs.to_string())
        .args(attach("photo", &file))
        .execution_id("clash")
        .finish();
    clash.assert_failure("ERR_USAGE", 2);
    assert!(!place.artifacts().join("inputs").exists(), "{clash:?}");
    // nor is the copy left that was hashed
    let names = std::fs::read_dir(place.artifacts()).unwrap();
    let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    assert!(
        names.iter().all(|name| !name.to_string_lossy().starts_with('.')),
        "{names:?}"
    );
}

#[test]
fn names_that_cannot_be_a_files() {
    let place = Workplace::new();
    let file = place.file("one", b"1");
    let long = "x".repeat(256);
    for name in ["a/b", "..", ".", "", "/", ".git", "a%2Fb", "a\nb", "a\\b", &long] {
        let finished = place.run().args(attach(name, &file)).finish();
        finished.assert_refused("ERR_USAGE", 2);
        assert_eq!(finished.envelope()["execution_id"], support::EXECUTION_ID);
        assert!(finished.files().is_empty(), "{finished:?}");
    }
    let longest = "x".repeat(255);
    let inputs = json!({"params": {"do": "read_file", "name": longest}});
    let finished = place
        .run()
        .inputs(inputs.to_string())
        .args(attach(&longest, &file))
        .finish();
    assert_eq!(output(&finished), b"1");
}

#[test]
fn files_that_cannot_be_read() {
    let place = Workplace::new();
    let fifo = place.path("fifo");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &fifo,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    for (number, file) in [place.path("missing"), place.bin(), fifo].iter().enumerate() {
        let finished = place
            .run()
            .args(attach("photo", file))
            .execution_id(&format!("run-{number}"))
            .finish();
        finished.assert_failure("ERR_INPUTS", 3);
        assert!(finished.message().contains("photo"), "{finished:?}");
    }
    let no_path = place.run().args(["--attach", "photo="]).finish();
    no_path.assert_refused("ERR_USAGE", 2);
}

#[test]
fn what_is_there_already_stays() {
    let place = Workplace::new();
    let file = place.file("one", CONTENT);
    let run = |id: &str| {
        let call = place.run().inputs(READ).args(attach("photo", &file));
        assert_eq!(output(&call.execution_id(id).finish()), CONTENT);
    };
    run("first");
    let at = stored(&place, CONTENT, "photo");
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
fn links_in_its_place_are_not_followed() {
    let place = Workplace::new();
    let file = place.file("one", CONTENT);
    let victim = place.file("victim", b"untouched");
    let at = stored(&place, CONTENT, "photo");
    std::fs::create_dir_all(at.parent().unwrap()).unwrap();
    symlink(&victim, &at).unwrap();
    let finished = place.run().inputs(READ).args(attach("photo", &file)).finish();
    assert_eq!(output(&finished), CONTENT);
    assert!(!at.is_symlink());
    assert_eq!(std::fs::read(&victim).unwrap(), b"untouched");

    let place = Workplace::new();
    let file = place.file("one", CONTENT);
    let outside = place.path("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::create_dir(place.artifacts()).unwrap();
    symlink(&outside, place.artifacts().join("inputs")).unwrap();
    let finished = place.run().inputs(READ).args(attach("photo", &file)).finish();
    finished.assert_failure("ERR_OUTPUT_WRITE", 21);
    assert!(support::files_below(&outside).is_empty());

    // nor is anything left beside a folder that has its place
    let place = Workplace::new();
    let file = place.file("one", CONTENT);
    let at = stored(&place, CONTENT, "photo");
    std::fs::create_dir_all(at.join("in the way")).unwrap();
    let finished = place.run().inputs(READ).args(attach("photo", &file)).finish();
    finished.assert_failure("ERR_OUTPUT_WRITE", 21);
    assert!(support::files_below(at.parent().unwrap()).is_empty());
}

/// What a file that was written again would not keep.
fn identity(file: &Path) -> (u64, i64, i64) {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = std::fs::metadata(file).unwrap();
    (metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
}
