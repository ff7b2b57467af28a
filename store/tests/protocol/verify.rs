//! Verifying what a success or a failure leaves.

use documents::hash::sha256;
use documents::outputs::IndexEntry;
use documents::receipt::{Receipt, Rejected};
use store::ReadError;
use store::verify::{self, VerifyError, VerifyErrorKind as Kind};

use crate::backend::{Backend, read, succeed, world};

on_each_store!(
    a_success_verifies,
    changed_outputs_are_reported_in_their_order,
    large_outputs_are_reported_in_their_order,
    an_index_that_changed_or_went_is_reported,
    an_index_of_another_form_is_reported,
    an_entry_that_is_not_below_the_prefix_is_reported,
    a_changed_rejected_answer_is_reported,
    receipts_that_differ_are_reported,
    unlisted_files_are_found,
);

const OUTPUTS: &[(&str, &str)] = &[("outputs/a", "one"), ("outputs/b/c", "two"), ("outputs/d", "")];

fn a_success_verifies(backend: &dyn Backend) {
    let receipt = succeed(backend, "p/", "x", OUTPUTS);
    let artifacts = backend.artifacts();
    let entries = verify::success(&*artifacts, &receipt).unwrap();
    assert_eq!(entries, verify::index(&*artifacts, &receipt).unwrap());
    assert!(verify::outputs(&*artifacts, &entries).is_empty());
    let report = verify::examine_index(&*artifacts, &receipt).unwrap();
    assert_eq!(report.path, world("p/outputs.json"));
    assert_eq!(report.size_bytes, read(backend, "p/outputs.json").len() as u64);
    assert_eq!(report.entries, entries);
    assert!(report.errors.is_empty());
}

fn changed_outputs_are_reported_in_their_order(backend: &dyn Backend) {
    let receipt = succeed(backend, "p/", "x", OUTPUTS);
    backend.write("p/outputs/a", b"eno");
    backend.write("p/outputs/b/c", b"longer");
    backend.remove("p/outputs/d");
    backend.write("p/outputs/d/e", b"");
    let artifacts = backend.artifacts();
    let entries = verify::index(&*artifacts, &receipt).unwrap();
    let mut errors = verify::outputs(&*artifacts, &entries).into_iter();
    let mut next = || errors.next().unwrap();
    let (0, first) = next() else { panic!() };
    assert_eq!(
        first.to_string(),
        format!(
            "world://artifacts/p/outputs/a has changed: SHA-256 {} where {} was written",
            sha256(b"eno"),
            sha256(b"one")
        )
    );
    let (1, second) = next() else { panic!() };
    assert_eq!(
        second.to_string(),
        "world://artifacts/p/outputs/b/c has changed: size 6 where 3 was written"
    );
    assert!(matches!(next().1.kind, Kind::Read(ReadError::NotAFile)));
    assert!(errors.next().is_none());

    backend.remove("p/outputs/d/e");
    backend.write("p/outputs/b/c", b"two");
    let errors = verify::outputs(&*artifacts, &entries);
    let positions: Vec<_> = errors.iter().map(|(position, _)| *position).collect();
    assert_eq!(positions, [0, 2]);
    assert!(matches!(errors[1].1.kind, Kind::Read(ReadError::Missing)));
    let first = verify::success(&*artifacts, &receipt).unwrap_err();
    assert!(matches!(first.kind, Kind::Hash { .. }), "{first}");
}

fn large_outputs_are_reported_in_their_order(backend: &dyn Backend) {
    let large = "a".repeat(1024 * 1024);
    let paths: Vec<String> = (0..6).map(|n| format!("outputs/{n}")).collect();
    let outputs: Vec<_> = paths.iter().map(|path| (path.as_str(), large.as_str())).collect();
    let receipt = succeed(backend, "p/", "x", &outputs);
    let artifacts = backend.artifacts();
    let entries = verify::success(&*artifacts, &receipt).unwrap();
    for n in [0, 2, 3, 5] {
        backend.write(&format!("p/outputs/{n}"), "b".repeat(large.len()).as_bytes());
    }
    let errors = verify::outputs(&*artifacts, &entries);
    let positions: Vec<_> = errors.iter().map(|(position, _)| *position).collect();
    assert_eq!(positions, [0, 2, 3, 5]);
}

/// The only error of the index, and how many outputs it still lists.
fn index_error(backend: &dyn Backend, receipt: &Receipt) -> (VerifyError, usize) {
    let artifacts = backend.artifacts();
    let first = verify::index(&*artifacts, receipt).unwrap_err();
    let report = verify::examine_index(&*artifacts, receipt).unwrap();
    assert_eq!(report.errors.len(), 1, "{:?}", report.errors);
    assert_eq!(report.errors[0].to_string(), first.to_string());
    (first, report.entries.len())
}

fn an_index_that_changed_or_went_is_reported(backend: &dyn Backend) {
    let receipt = succeed(backend, "p/", "x", OUTPUTS);
    let wrong = Receipt {
        outputs_index_sha256: Some(sha256(b"")),
        ..receipt.clone()
    };
    let (error, listed) = index_error(backend, &wrong);
    assert!(matches!(error.kind, Kind::Hash { .. }), "{error}");
    assert_eq!(listed, 3);
    backend.remove("p/outputs.json");
    let error = verify::success(&*backend.artifacts(), &receipt).unwrap_err();
    assert_eq!(error.to_string(), "world://artifacts/p/outputs.json is missing");
    assert!(error.kind.is_missing());
    let without = Receipt {
        outputs_index: None,
        ..receipt
    };
    let error = verify::success(&*backend.artifacts(), &without).unwrap_err();
    assert_eq!(error.to_string(), "the receipt names no index");
}

/// Replaces the index, and its digest in the receipt.
fn replace_index(backend: &dyn Backend, receipt: Receipt, index: &str) -> Receipt {
    backend.write("p/outputs.json", index.as_bytes());
    Receipt {
        outputs_index_sha256: Some(sha256(index.as_bytes())),
        ..receipt
    }
}

fn an_index_of_another_form_is_reported(backend: &dyn Backend) {
    let receipt = succeed(backend, "p/", "x", OUTPUTS);
    let index = String::from_utf8(read(backend, "p/outputs.json")).unwrap();
    let swapped = index
        .replace("outputs/a", "outputs/0")
        .replace("outputs/d", "outputs/a");
    for changed in [format!("{index}\n"), index.replace(',', ", "), swapped] {
        let receipt = replace_index(backend, receipt.clone(), &changed);
        let (error, listed) = index_error(backend, &receipt);
        assert!(matches!(error.kind, Kind::IndexForm), "{error}");
        assert_eq!(listed, 3);
    }
    for changed in ["", "[]", r#"{"outputs":[],"more":1}"#] {
        let receipt = replace_index(backend, receipt.clone(), changed);
        let (error, listed) = index_error(backend, &receipt);
        assert!(matches!(error.kind, Kind::NotAnIndex), "{error}");
        assert_eq!(listed, 0);
    }
}

fn an_entry_that_is_not_below_the_prefix_is_reported(backend: &dyn Backend) {
    let receipt = succeed(backend, "p/", "x", OUTPUTS);
    let index = String::from_utf8(read(backend, "p/outputs.json")).unwrap();
    for path in ["q/outputs/a", "p/a", "p/outputs//a", "p/outputs/../a"] {
        let changed = index.replace("p/outputs/a", path);
        let receipt = replace_index(backend, receipt.clone(), &changed);
        let report = verify::examine_index(&*backend.artifacts(), &receipt).unwrap();
        let elsewhere = report
            .errors
            .iter()
            .find(|error| matches!(error.kind, Kind::Elsewhere));
        let path = format!("world://artifacts/{path}");
        assert_eq!(elsewhere.unwrap().path.as_ref(), Some(&path));
        assert_eq!(report.entries.len(), 2);
    }
}

fn a_changed_rejected_answer_is_reported(backend: &dyn Backend) {
    let rejected = Rejected {
        path: "world://artifacts/p/rejected/response.bin".to_owned(),
        sha256: sha256(b"one"),
        size_bytes: 3,
    };
    let check = || verify::rejected(&*backend.artifacts(), &rejected).map_err(|error| error.kind);
    assert!(matches!(check(), Err(Kind::Read(ReadError::Missing))));
    backend.write("p/rejected/response.bin", b"one");
    check().unwrap();
    backend.write("p/rejected/response.bin", b"two");
    assert!(matches!(check(), Err(Kind::Hash { .. })));
    backend.write("p/rejected/response.bin", b"");
    assert!(matches!(check(), Err(Kind::Size { written: 3, found: 0 })));
}

fn receipts_that_differ_are_reported(backend: &dyn Backend) {
    let receipt = succeed(backend, "p/", "x", OUTPUTS);
    let bytes = receipt.to_bytes().unwrap();
    let path = receipt.local_path().unwrap();
    let check = || verify::twin(&*backend.artifacts(), &path, &bytes).map_err(|error| error.kind);
    check().unwrap();
    backend.write("p/receipt.json", b"{}");
    assert!(matches!(check(), Err(Kind::OtherReceipt)));
    backend.remove("p/receipt.json");
    assert!(matches!(check(), Err(Kind::Read(ReadError::Missing))));
}

fn unlisted_files_are_found(backend: &dyn Backend) {
    let receipt = succeed(backend, "p/", "x", OUTPUTS);
    let artifacts = backend.artifacts();
    let entries: Vec<IndexEntry> = verify::index(&*artifacts, &receipt).unwrap();
    let unlisted = || verify::unlisted(&*artifacts, &world("p/outputs.json"), &entries).unwrap();
    assert_eq!(unlisted(), [""; 0]);
    backend.write("p/outputs/z", b"");
    backend.write("p/outputs/b/e/f", b"");
    backend.write("p/elsewhere", b"");
    assert_eq!(
        unlisted(),
        [
            "world://artifacts/p/outputs/b/e/f",
            "world://artifacts/p/outputs/z"
        ]
    );
    let nothing = verify::unlisted(&*artifacts, &world("q/outputs.json"), &[]).unwrap();
    assert_eq!(nothing, [""; 0]);
}
