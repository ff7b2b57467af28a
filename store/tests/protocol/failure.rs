//! Failures, and the answers that they keep.

use documents::ErrorCode;
use documents::hash::sha256;
use documents::receipt::{Receipt, Rejected};
use store::{Body, ExecutionStore, verify};

use crate::backend::{Backend, failure, files, read, scratch_file, start, succeed, text};

on_each_store!(
    a_failure_leaves_two_identical_receipts_and_nothing_else,
    a_failure_replaces_the_one_before,
    a_failure_before_the_staging_directory_is_recorded,
    a_rejected_answer_is_kept,
    a_rejected_answer_is_replaced,
    a_rejected_answer_outlives_a_failure_without_one,
    a_rejected_answer_ends_with_a_success,
    a_rejected_answer_outside_of_the_scratch_directory_is_refused,
);

const GLOBAL: &str = "execution/x/determinism.json";
const LOCAL: &str = "p/receipt.json";
const ANSWER: &str = "p/rejected/response.bin";

fn a_failure_leaves_two_identical_receipts_and_nothing_else(backend: &dyn Backend) {
    let store = start(backend, "p/", "x");
    scratch_file(&*store, "left", b"");
    store.stage(vec![text("outputs/a", "one")]).unwrap();
    store.record_failure(&failure("x"));
    assert_eq!(files(backend), [GLOBAL, LOCAL]);
    for path in [GLOBAL, LOCAL] {
        assert_eq!(read(backend, path), failure("x").to_bytes().unwrap());
    }
    assert!(!store.scratch().exists());
}

fn a_failure_replaces_the_one_before(backend: &dyn Backend) {
    start(backend, "p/", "x").record_failure(&failure("x"));
    let second = Receipt {
        duration_ms: 2,
        ..failure("x")
    };
    start(backend, "p/", "x").record_failure(&second);
    for path in [GLOBAL, LOCAL] {
        assert_eq!(read(backend, path), second.to_bytes().unwrap());
    }
}

fn a_failure_before_the_staging_directory_is_recorded(backend: &dyn Backend) {
    backend.open("p/", "x").record_failure(&failure("x"));
    assert_eq!(files(backend), [GLOBAL, LOCAL]);
}

fn fail_with(store: &dyn ExecutionStore, answer: Body) -> Rejected {
    let rejected = store.keep_rejected(answer).unwrap();
    store.record_failure(&Receipt {
        rejected: Some(rejected.clone()),
        ..failure("x")
    });
    rejected
}

fn a_rejected_answer_is_kept(backend: &dyn Backend) {
    let store = start(backend, "p/", "x");
    let path = scratch_file(&*store, "answer", b"half an answer");
    let rejected = fail_with(&*store, Body::File(path));
    assert_eq!(rejected.path, format!("world://artifacts/{ANSWER}"));
    assert_eq!(rejected.sha256, sha256(b"half an answer"));
    assert_eq!(rejected.size_bytes, 14);
    assert_eq!(read(backend, ANSWER), b"half an answer");
    verify::rejected(&*backend.artifacts(), &rejected).unwrap();
    assert_eq!(files(backend), [GLOBAL, LOCAL, ANSWER]);
}

fn a_rejected_answer_is_replaced(backend: &dyn Backend) {
    for bytes in ["one", "two"] {
        fail_with(&*start(backend, "p/", "x"), Body::Bytes(bytes.into()));
        assert_eq!(read(backend, ANSWER), bytes.as_bytes());
    }
}

fn a_rejected_answer_outlives_a_failure_without_one(backend: &dyn Backend) {
    let rejected = fail_with(&*start(backend, "p/", "x"), Body::Bytes(vec![1]));
    let store = start(backend, "p/", "x");
    assert_eq!(read(backend, ANSWER), [1]);
    store.record_failure(&failure("x"));
    assert_eq!(files(backend), [GLOBAL, LOCAL, ANSWER]);
    let receipt: Receipt = serde_json::from_slice(&read(backend, LOCAL)).unwrap();
    assert_eq!(receipt.rejected, Some(rejected));
}

fn a_rejected_answer_ends_with_a_success(backend: &dyn Backend) {
    fail_with(&*start(backend, "p/", "x"), Body::Bytes(vec![1]));
    succeed(backend, "p/", "x", &[]);
    assert_eq!(files(backend), [GLOBAL, "p/outputs.json", LOCAL]);
}

fn a_rejected_answer_outside_of_the_scratch_directory_is_refused(backend: &dyn Backend) {
    let store = start(backend, "p/", "x");
    let error = store.keep_rejected(Body::File("/etc/hosts".into())).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Processor);
    assert_eq!(files(backend), [""; 0]);
}
