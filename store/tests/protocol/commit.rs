//! Staging and committing outputs.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use documents::hash::sha256;
use documents::{Error, ErrorCode};
use store::{CommitError, ExecutionStore, OutputItem, ScratchFile, verify};

use crate::backend::{Backend, commit, failure, files, read, scratch_file, start, text};

on_each_store!(
    outputs_are_committed_whole,
    many_outputs_are_committed,
    a_run_may_have_no_outputs,
    two_outputs_of_one_path_are_refused,
    a_path_outside_of_outputs_is_refused,
    a_file_that_changed_after_it_was_hashed_is_refused,
    only_a_file_in_the_scratch_directory_is_taken,
    a_file_is_not_overwritten_by_an_output,
    a_file_is_not_overwritten_by_the_index,
    a_file_in_the_place_of_a_directory_is_an_error,
    without_the_global_receipt_nothing_is_committed,
);

fn outputs_are_committed_whole(backend: &dyn Backend) {
    let store = start(backend, "p/", "x");
    let path = scratch_file(&*store, "dir/file", b"from a file");
    let searched = scratch_file(&*store, "searched", b"");
    let mut hashed = ScratchFile::create(store.scratch().join("hashed")).unwrap();
    hashed.write_all(b"hashed").unwrap();
    let outputs = vec![
        text("outputs/z/a.txt", "from memory"),
        OutputItem::file("outputs/b", "image/png", path),
        OutputItem::hashed("outputs/a/b/c", "a/b", hashed.finish().unwrap()),
        OutputItem::searched_file("outputs/z.txt", "text/plain", searched),
    ];
    let receipt = commit(&*store, "x", outputs).unwrap();

    let entries = verify::success(&*backend.artifacts(), &receipt).unwrap();
    let expected: [(_, &[u8], _); 4] = [
        ("p/outputs/a/b/c", b"hashed", "a/b"),
        ("p/outputs/b", b"from a file", "image/png"),
        ("p/outputs/z.txt", b"", "text/plain"),
        ("p/outputs/z/a.txt", b"from memory", "text/plain"),
    ];
    assert_eq!(entries.len(), expected.len());
    for (entry, (path, bytes, mime)) in entries.iter().zip(expected) {
        assert_eq!(entry.path, format!("world://artifacts/{path}"));
        assert_eq!(entry.cid, format!("sha256:{}", sha256(bytes)));
        assert_eq!(entry.size_bytes, bytes.len() as u64);
        assert_eq!(entry.mime, mime);
        assert_eq!(read(backend, path), bytes);
    }
    let mut paths = vec!["execution/x/determinism.json", "p/outputs.json", "p/receipt.json"];
    paths.extend(expected.map(|(path, ..)| path));
    paths.sort_unstable();
    assert_eq!(files(backend), paths);
    assert!(!store.scratch().exists());
    for path in ["execution/x/determinism.json", "p/receipt.json"] {
        assert_eq!(read(backend, path), receipt.to_bytes().unwrap());
    }
}

fn many_outputs_are_committed(backend: &dyn Backend) {
    let outputs = (0..100)
        .map(|n| text(&format!("outputs/{n}"), &n.to_string()))
        .collect();
    let receipt = commit(&*start(backend, "p/", "x"), "x", outputs).unwrap();
    assert_eq!(
        verify::success(&*backend.artifacts(), &receipt).unwrap().len(),
        100
    );
    assert_eq!(read(backend, "p/outputs/42"), b"42");
}

fn a_run_may_have_no_outputs(backend: &dyn Backend) {
    commit(&*start(backend, "p/", "x"), "x", vec![]).unwrap();
    assert_eq!(read(backend, "p/outputs.json"), br#"{"outputs":[]}"#);
}

fn stage_error(store: &dyn ExecutionStore, outputs: Vec<OutputItem>) -> Error {
    store.stage(outputs).unwrap_err()
}

fn two_outputs_of_one_path_are_refused(backend: &dyn Backend) {
    let store = start(backend, "p/", "x");
    for second in ["outputs/a", "outputs/a/b"] {
        let error = stage_error(&*store, vec![text("outputs/a", ""), text(second, "")]);
        assert_eq!(error.code(), ErrorCode::OutputDuplicate, "{second}");
    }
}

fn a_path_outside_of_outputs_is_refused(backend: &dyn Backend) {
    let store = start(backend, "p/", "x");
    for path in ["receipt.json", "outputs/../a", "/outputs/a", "outputs/"] {
        let error = stage_error(&*store, vec![text(path, "")]);
        assert_eq!(error.code(), ErrorCode::OutputPath, "{path}");
    }
}

fn a_file_that_changed_after_it_was_hashed_is_refused(backend: &dyn Backend) {
    let store = start(backend, "p/", "x");
    fs::create_dir_all(store.scratch()).unwrap();
    let path = store.scratch().join("a");
    let mut file = ScratchFile::create(path.clone()).unwrap();
    file.write_all(b"one").unwrap();
    let hashed = file.finish().unwrap();
    fs::write(path, b"more").unwrap();
    let error = stage_error(&*store, vec![OutputItem::hashed("outputs/a", "a/b", hashed)]);
    assert_eq!(error.code(), ErrorCode::Processor);
    assert_eq!(
        error.message(),
        "an output file was changed after the provider had written it"
    );
}

fn only_a_file_in_the_scratch_directory_is_taken(backend: &dyn Backend) {
    let store = start(backend, "p/", "x");
    let scratch = store.scratch();
    let file = scratch_file(&*store, "file", b"one");
    fs::create_dir(scratch.join("dir")).unwrap();
    symlink(&file, scratch.join("link")).unwrap();
    symlink("dir", scratch.join("dirlink")).unwrap();
    fs::write(scratch.join("dir/a"), b"").unwrap();
    fs::hard_link(&file, scratch.join("second")).unwrap();
    for (path, why) in [
        (PathBuf::from("/etc/hosts"), "is not in the scratch directory"),
        (PathBuf::from("file"), "is not in the scratch directory"),
        (scratch.join("missing/a"), "is not in the scratch directory"),
        (scratch.join("dirlink/a"), "is not in the scratch directory"),
        (scratch.join("dir/../file"), "has a path with `..`"),
        (scratch.clone(), "is the scratch directory itself"),
        (scratch.join("dir"), "cannot be opened"),
        (scratch.join("missing"), "cannot be opened"),
        (scratch.join("link"), "cannot be opened"),
        (file, "has a second name (a hard link)"),
    ] {
        let error = stage_error(&*store, vec![OutputItem::file("outputs/a", "a/b", path)]);
        assert_eq!(error.code(), ErrorCode::Processor, "{why}");
        let start = format!("the provider gave an output file that {why}; it has to be");
        assert!(error.message().starts_with(&start), "{error}");
    }
}

/// The error of a commit that leaves nothing, when its failure is recorded.
fn stopped_before(backend: &dyn Backend, store: &dyn ExecutionStore, left: &[&str]) -> Error {
    let outputs = vec![text("outputs/a/1", "one"), text("outputs/b", "two")];
    let stopped = commit(store, "x", outputs);
    let Err(CommitError::Before(error)) = stopped else {
        panic!("{stopped:?}");
    };
    store.record_failure(&failure("x"));
    assert_eq!(files(backend), left);
    error
}

const GLOBAL: &str = "execution/x/determinism.json";
const LOCAL: &str = "p/receipt.json";

fn a_file_is_not_overwritten_by_an_output(backend: &dyn Backend) {
    for obstacle in ["p/outputs/b", "p/outputs/b/c"] {
        let store = start(backend, "p/", "x");
        backend.write(obstacle, b"of somebody else");
        let error = stopped_before(backend, &*store, &[GLOBAL, obstacle, LOCAL]);
        assert_eq!(error.code(), ErrorCode::ExecutionConflict);
        assert_eq!(
            error.message(),
            "the write prefix already has a file outputs/b that is not of this execution; use a prefix with {execution_id}"
        );
        assert_eq!(read(backend, obstacle), b"of somebody else");
        drop(store);
        backend.remove(obstacle);
    }
}

fn a_file_is_not_overwritten_by_the_index(backend: &dyn Backend) {
    let store = start(backend, "p/", "x");
    backend.write("p/outputs.json", b"of somebody else");
    let error = stopped_before(backend, &*store, &[GLOBAL, "p/outputs.json", LOCAL]);
    assert_eq!(error.code(), ErrorCode::ExecutionConflict);
    assert_eq!(read(backend, "p/outputs.json"), b"of somebody else");
}

fn a_file_in_the_place_of_a_directory_is_an_error(backend: &dyn Backend) {
    let store = start(backend, "p/", "x");
    backend.write("p/outputs", b"of somebody else");
    let error = stopped_before(backend, &*store, &[GLOBAL, "p/outputs", LOCAL]);
    assert_eq!(error.code(), ErrorCode::OutputWrite);
}

fn without_the_global_receipt_nothing_is_committed(backend: &dyn Backend) {
    let obstacle = format!("{GLOBAL}/x");
    let store = start(backend, "p/", "x");
    backend.write(&obstacle, b"");
    let error = stopped_before(backend, &*store, &[&obstacle]);
    assert_eq!(error.code(), ErrorCode::ReceiptWrite);
}
