//! What killed runs leave goes before the next one begins.

use documents::ErrorCode;
use store::{CommitError, OutputItem};

use crate::backend::{
    Backend, commit, failure, files, read, scratch_file, start, stop_halfway, succeed, text,
};

on_each_store!(
    staged_files_of_a_killed_run_are_removed,
    outputs_that_a_killed_run_moved_are_removed,
    outputs_that_another_execution_moved_are_removed,
    the_index_of_another_execution_is_refused,
    the_outputs_of_another_execution_that_stopped_halfway_are_refused,
    a_prefix_is_shared_with_files_of_others,
);

fn staged_files_of_a_killed_run_are_removed(backend: &dyn Backend) {
    let killed = start(backend, "p/", "x");
    let path = scratch_file(&*killed, "dir/a", b"one");
    scratch_file(&*killed, "b", b"left");
    killed
        .stage(vec![OutputItem::file("outputs/a", "text/plain", path)])
        .unwrap();
    drop(killed);
    let store = start(backend, "p/", "x");
    assert_eq!(files(backend), [""; 0]);
    assert!(!store.scratch().exists());
}

/// A run that dies in its commit, after its first output has moved.
fn die_in_commit(backend: &dyn Backend) {
    let killed = start(backend, "p/", "x");
    backend.write("p/outputs/b", b"of somebody else");
    let outputs = vec![text("outputs/a/a", "one"), text("outputs/b", "two")];
    let stopped = commit(&*killed, "x", outputs);
    assert!(matches!(stopped, Err(CommitError::Before(_))), "{stopped:?}");
}

fn outputs_that_a_killed_run_moved_are_removed(backend: &dyn Backend) {
    die_in_commit(backend);
    start(backend, "p/", "x");
    assert_eq!(files(backend), ["p/outputs/b"]);
    assert_eq!(read(backend, "p/outputs/b"), b"of somebody else");
}

fn outputs_that_another_execution_moved_are_removed(backend: &dyn Backend) {
    die_in_commit(backend);
    start(backend, "p/", "y");
    let mut left = files(backend);
    left.retain(|path| path.starts_with("p/"));
    assert_eq!(left, ["p/outputs/b"]);
}

fn the_index_of_another_execution_is_refused(backend: &dyn Backend) {
    backend.write("p/outputs.json", b"{}");
    let store = backend.open("p/", "x");
    assert!(store.try_lease().unwrap());
    let error = store.prepare().unwrap_err();
    assert_eq!(error.code(), ErrorCode::ExecutionConflict);
    assert_eq!(
        error.message(),
        "the write prefix already has a file outputs.json that is not of this execution; use a prefix with {execution_id}"
    );
    store.record_failure(&failure("x"));
    assert_eq!(read(backend, "p/outputs.json"), b"{}");
}

fn the_outputs_of_another_execution_that_stopped_halfway_are_refused(backend: &dyn Backend) {
    stop_halfway(backend, "p/", "x");
    let store = backend.open("p/", "y");
    assert!(store.try_lease().unwrap());
    assert!(store.previous_success().unwrap().is_none());
    assert_eq!(store.prepare().unwrap_err().code(), ErrorCode::ExecutionConflict);
    drop(store);
    let store = backend.open("p/", "x");
    let previous = store.previous_success().unwrap().unwrap();
    store.complete(&previous).unwrap();
}

fn a_prefix_is_shared_with_files_of_others(backend: &dyn Backend) {
    backend.write("p/notes.txt", b"mine");
    backend.write("p/outputs/mine", b"mine");
    succeed(backend, "p/", "x", &[("outputs/a", "one")]);
    assert_eq!(
        files(backend),
        [
            "execution/x/determinism.json",
            "p/notes.txt",
            "p/outputs.json",
            "p/outputs/a",
            "p/outputs/mine",
            "p/receipt.json"
        ]
    );
}
