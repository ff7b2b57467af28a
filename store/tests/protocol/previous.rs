//! The success that an execution already has.

use documents::receipt::Receipt;
use documents::{Error, ErrorCode};
use store::Body;

use crate::backend::{Backend, failure, files, is_missing, read, start, stop_halfway, succeed};

on_each_store!(
    a_new_execution_has_no_success,
    a_failure_is_replaced,
    a_file_that_is_not_a_receipt_is_replaced,
    a_success_is_found_and_stays_as_it_is,
    a_missing_receipt_is_completed,
    a_success_that_stopped_halfway_is_completed,
    receipts_that_differ_are_a_conflict,
    the_prefix_of_another_success_is_refused,
    a_success_of_a_newer_version_is_a_conflict,
    a_receipt_that_cannot_be_read_is_an_error,
    a_success_in_another_prefix_is_completed_there,
    a_changed_success_is_a_conflict_and_keeps_its_receipts,
);

const RECEIPTS: [&str; 2] = ["execution/x/determinism.json", "p/receipt.json"];
const OUTPUT: &[(&str, &str)] = &[("outputs/a.txt", "one")];

fn previous_error(backend: &dyn Backend, prefix: &str, id: &str) -> Error {
    backend.open(prefix, id).previous_success().unwrap_err()
}

/// Runs `x` again in the prefix `p/`, where it has a success.
fn complete(backend: &dyn Backend) -> Result<usize, Error> {
    let store = backend.open("p/", "x");
    assert!(store.try_lease().unwrap());
    let previous = store.previous_success()?.unwrap();
    store.complete(&previous).map(|entries| entries.len())
}

fn a_new_execution_has_no_success(backend: &dyn Backend) {
    assert!(backend.open("p/", "x").previous_success().unwrap().is_none());
}

fn a_failure_is_replaced(backend: &dyn Backend) {
    start(backend, "p/", "x").record_failure(&failure("x"));
    let receipt = succeed(backend, "p/", "x", OUTPUT);
    for path in RECEIPTS {
        assert_eq!(read(backend, path), receipt.to_bytes().unwrap());
    }
}

fn a_file_that_is_not_a_receipt_is_replaced(backend: &dyn Backend) {
    for (path, bytes) in RECEIPTS.iter().zip([&b"{\"status\":\"succ"[..], b""]) {
        backend.write(path, bytes);
    }
    succeed(backend, "p/", "x", OUTPUT);
    assert_eq!(complete(backend).unwrap(), 1);
}

fn a_success_is_found_and_stays_as_it_is(backend: &dyn Backend) {
    let receipt = succeed(backend, "p/", "x", OUTPUT);
    let before = files(backend);
    let store = backend.open("p/", "x");
    let previous = store.previous_success().unwrap().unwrap();
    assert_eq!(previous.receipt.to_bytes().unwrap(), receipt.to_bytes().unwrap());
    let entries = store.complete(&previous).unwrap();
    assert_eq!(entries[0].path, "world://artifacts/p/outputs/a.txt");
    assert_eq!(entries[0].size_bytes, 3);
    assert_eq!(files(backend), before);
}

fn a_missing_receipt_is_completed(backend: &dyn Backend) {
    let bytes = succeed(backend, "p/", "x", OUTPUT).to_bytes().unwrap();
    for path in RECEIPTS {
        backend.remove(path);
        assert_eq!(complete(backend).unwrap(), 1);
        assert_eq!(read(backend, path), bytes, "{path}");
    }
}

fn a_success_that_stopped_halfway_is_completed(backend: &dyn Backend) {
    stop_halfway(backend, "p/", "x");
    assert!(is_missing(backend, "p/receipt.json"));
    assert_eq!(complete(backend).unwrap(), 1);
    assert_eq!(read(backend, RECEIPTS[1]), read(backend, RECEIPTS[0]));
    assert_eq!(
        files(backend),
        [RECEIPTS[0], "p/outputs.json", "p/outputs/a.txt", RECEIPTS[1]]
    );
}

fn receipts_that_differ_are_a_conflict(backend: &dyn Backend) {
    let receipt = succeed(backend, "p/", "x", OUTPUT);
    let other = Receipt {
        duration_ms: 2,
        ..receipt
    };
    backend.write(RECEIPTS[1], &other.to_bytes().unwrap());
    let error = previous_error(backend, "p/", "x");
    assert_eq!(error.code(), ErrorCode::ExecutionConflict);
    assert_eq!(
        error.message(),
        "the two receipts of this execution differ; use a new execution id"
    );
}

fn the_prefix_of_another_success_is_refused(backend: &dyn Backend) {
    succeed(backend, "p/", "x", OUTPUT);
    let error = previous_error(backend, "p/", "y");
    assert_eq!(error.code(), ErrorCode::ExecutionConflict);
    assert_eq!(
        error.message(),
        "the write prefix holds the success of another execution; use a prefix with {execution_id}"
    );
}

fn a_success_of_a_newer_version_is_a_conflict(backend: &dyn Backend) {
    for path in RECEIPTS {
        backend.write(path, br#"{"status":"success","version":9}"#);
        let error = previous_error(backend, "p/", "x");
        assert_eq!(error.code(), ErrorCode::ExecutionConflict, "{path}");
        backend.remove(path);
    }
}

fn a_receipt_that_cannot_be_read_is_an_error(backend: &dyn Backend) {
    for path in RECEIPTS {
        let inside = format!("{path}/file");
        backend.write(&inside, b"");
        let error = previous_error(backend, "p/", "x");
        assert_eq!(error.code(), ErrorCode::ReceiptWrite, "{path}");
        backend.remove(&inside);
    }
}

fn a_success_in_another_prefix_is_completed_there(backend: &dyn Backend) {
    succeed(backend, "p/", "x", OUTPUT);
    let other = start(backend, "q/", "y");
    let rejected = other.keep_rejected(Body::Bytes(b"half".to_vec())).unwrap();
    other.record_failure(&Receipt {
        rejected: Some(rejected),
        ..failure("y")
    });
    drop(other);
    backend.remove("p/receipt.json");
    let before = files(backend);

    let store = backend.open("q/", "x");
    let previous = store.previous_success().unwrap().unwrap();
    assert_eq!(store.complete(&previous).unwrap().len(), 1);
    let added: Vec<_> = files(backend)
        .into_iter()
        .filter(|path| !before.contains(path))
        .collect();
    assert_eq!(added, ["p/receipt.json"]);
    assert_eq!(read(backend, "q/rejected/response.bin"), b"half");
}

fn a_changed_success_is_a_conflict_and_keeps_its_receipts(backend: &dyn Backend) {
    let bytes = succeed(backend, "p/", "x", OUTPUT).to_bytes().unwrap();
    for path in ["p/outputs/a.txt", "p/outputs.json"] {
        let before = read(backend, path);
        for (change, what) in [(Some(b"two"), "has changed"), (None, "is missing")] {
            match change {
                Some(change) => backend.write(path, change),
                None => backend.remove(path),
            }
            let error = complete(backend).unwrap_err();
            assert_eq!(error.code(), ErrorCode::ExecutionConflict, "{path} {what}");
            let start =
                format!("this execution id has a success receipt, but world://artifacts/{path} {what}");
            assert!(error.message().starts_with(&start), "{error}");
            for path in RECEIPTS {
                assert_eq!(read(backend, path), bytes);
            }
        }
        backend.write(path, &before);
    }
}
