//! What a run has left in its artifacts directory, and whether it may.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use serde_json::{Value, json};
use support::{Dir, EXECUTION_ID, Finished, assert_chain, copy_dir};

use crate::probe;

/// The write prefix of the usual run, below the artifacts directory.
pub(crate) const HOME: &str = "demo/run-1";

const STATUSES: [(&str, i32); 8] = [
    ("ERR_INPUTS", 3),
    ("ERR_PROVIDER_AUTH", 10),
    ("ERR_PROVIDER_RESPONSE", 14),
    ("ERR_OUTPUT_WRITE", 21),
    ("ERR_RECEIPT_WRITE", 21),
    ("ERR_EXECUTION_CONFLICT", 22),
    ("ERR_PROCESSOR", 70),
    ("ERR_CANCELLED", 143),
];

/// A receipt, if the file is there; it has to be whole.
fn receipt(path: &Path) -> Option<Value> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => panic!("{}: {error}", path.display()),
    };
    let receipt: Value =
        serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{} is torn: {error}", path.display()));
    assert!(
        ["success", "error"].contains(&receipt["status"].as_str().unwrap()),
        "{receipt}"
    );
    Some(receipt)
}

/// Fails unless what is there may be there at any moment; returns whether there is a success.
pub(crate) fn assert_whole(base: &Path, home: &str, execution_id: &str) -> bool {
    let local_path = base.join(home).join("receipt.json");
    let global_path = base.join("execution").join(execution_id).join("determinism.json");
    let is_success = |receipt: &Value| receipt["status"] == "success";
    let local = receipt(&local_path);
    let global = receipt(&global_path);
    for receipt in local.iter().chain(&global).filter(|receipt| is_success(receipt)) {
        assert_chain(base, receipt);
    }
    if local.as_ref().is_some_and(is_success) {
        assert_eq!(
            fs::read(&local_path).unwrap(),
            fs::read(&global_path).unwrap(),
            "the two receipts differ"
        );
    }
    if let Ok(index) = fs::read(base.join(home).join("outputs.json")) {
        serde_json::from_slice::<Value>(&index).expect("the index is whole");
    }
    global.as_ref().is_some_and(is_success)
}

/// Fails unless the run, which was not killed, reported its end in one line and by its exit status, or could not even do that.
pub(crate) fn assert_told(finished: &Finished) {
    if finished.stdout.is_empty() {
        assert_ne!(finished.status, 0, "no envelope: {finished:?}");
        return;
    }
    let envelope = finished.envelope();
    if envelope["status"] == "success" {
        finished.assert_success();
        return;
    }
    let code = envelope["error"]["code"].as_str().unwrap();
    let (_, status) = STATUSES
        .iter()
        .find(|(known, _)| *known == code)
        .unwrap_or_else(|| panic!("a code that fits no fault: {finished:?}"));
    finished.assert_refused(code, *status);
}

/// Fails unless these are all the files and directories below.
#[track_caller]
pub(crate) fn assert_only<'a>(base: &Path, files: impl IntoIterator<Item = &'a str>) {
    let mut expected = BTreeSet::new();
    for file in files {
        let mut path = Path::new(file);
        expected.insert(file.to_owned());
        while let Some(above) = path.parent().filter(|above| *above != Path::new("")) {
            expected.insert(above.to_str().unwrap().to_owned());
            path = above;
        }
    }
    let found: BTreeSet<String> = everything(base).into_keys().collect();
    assert_eq!(found, expected);
}

/// Fails unless a run of another kind, with the same execution id, finds and leaves nothing of the run before.
pub(crate) fn assert_leaves_no_stray(base: &Path) {
    let copy = copy_of(base);
    probe(copy.root(), &json!({"params": {"do": "none"}}))
        .run()
        .assert_success();
    let files = [
        "demo/run-1/outputs.json",
        "demo/run-1/receipt.json",
        "execution/run-1/determinism.json",
    ];
    assert_only(copy.root(), files);
}

/// Fails unless the fault left nothing wrong, and the same command succeeds now.
///
/// `inputs` are those of the run, `files` its outputs.
pub(crate) fn assert_recovers(finished: &Finished, inputs: &Value, files: &[&str]) {
    let base = finished.artifacts();
    let is_killed = finished.status == 128 + 9;
    if !is_killed {
        assert_told(finished);
    }
    let was_success = assert_whole(base, HOME, EXECUTION_ID);
    let global_path = base.join("execution/run-1/determinism.json");
    let global = fs::read(&global_path).ok();
    if !was_success {
        assert_leaves_no_stray(base);
    }

    let again = probe(base, inputs).run();
    again.assert_success();
    let home = files.iter().map(|file| format!("{HOME}/{file}"));
    let home: Vec<_> = home.collect();
    assert_only(
        base,
        home.iter().map(String::as_str).chain([
            "demo/run-1/outputs.json",
            "demo/run-1/receipt.json",
            "execution/run-1/determinism.json",
        ]),
    );
    if was_success {
        assert_eq!(fs::read(&global_path).ok(), global, "a success was overwritten");
    }
    if finished.status == 0 {
        assert_eq!(again.stdout, finished.stdout, "the envelope is another one");
    }
}

/// Every file and directory below, with all that a careless run could change.
pub(crate) fn everything(base: &Path) -> BTreeMap<String, (Vec<u8>, u64, i64, i64)> {
    let mut found = BTreeMap::new();
    let mut dirs = vec![base.to_owned()];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(&dir).unwrap() {
            let path = entry.unwrap().path();
            let metadata = path.symlink_metadata().unwrap();
            let bytes = fs::read(&path).unwrap_or_default(); // a directory has none
            let name = path.strip_prefix(base).unwrap().to_str().unwrap().to_owned();
            found.insert(
                name,
                (bytes, metadata.ino(), metadata.mtime(), metadata.mtime_nsec()),
            );
            if metadata.is_dir() {
                dirs.push(path);
            }
        }
    }
    found
}

/// The same files and directories elsewhere.
pub(crate) fn copy_of(artifacts: &Path) -> Dir {
    let copy = Dir::new();
    copy_dir(artifacts, copy.root());
    copy
}
