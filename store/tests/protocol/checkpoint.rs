//! Checkpoints (`docs/spec.md#checkpoints`).

use crate::backend::{Backend, failure, start, stop_halfway, succeed};

on_each_store!(
    a_checkpoint_outlives_failures_and_kills,
    a_checkpoint_is_replaced_and_cleared,
    a_checkpoint_ends_with_a_success,
    a_checkpoint_ends_with_a_completed_success,
    a_checkpoint_is_of_one_execution_in_one_prefix,
    a_start_outlives_failures_and_ends_with_a_success,
    a_lease_can_be_seen,
);

fn checkpoint(backend: &dyn Backend, prefix: &str, id: &str) -> Option<Vec<u8>> {
    backend.open(prefix, id).checkpoint().read().unwrap()
}

fn a_checkpoint_outlives_failures_and_kills(backend: &dyn Backend) {
    assert_eq!(checkpoint(backend, "p/", "x"), None);
    let store = start(backend, "p/", "x");
    store.checkpoint().save(b"job 1").unwrap();
    store.record_failure(&failure("x"));
    drop(store);
    assert_eq!(checkpoint(backend, "p/", "x").unwrap(), b"job 1");
    drop(start(backend, "p/", "x"));
    assert_eq!(checkpoint(backend, "p/", "x").unwrap(), b"job 1");
}

fn a_checkpoint_is_replaced_and_cleared(backend: &dyn Backend) {
    let store = start(backend, "p/", "x");
    let checkpoint = store.checkpoint();
    checkpoint.save(b"one").unwrap();
    checkpoint.save(b"").unwrap();
    assert_eq!(checkpoint.read().unwrap().unwrap(), b"");
    checkpoint.clear().unwrap();
    assert_eq!(checkpoint.read().unwrap(), None);
    checkpoint.clear().unwrap();
}

fn a_checkpoint_ends_with_a_success(backend: &dyn Backend) {
    let store = start(backend, "p/", "x");
    store.checkpoint().save(b"one").unwrap();
    drop(store);
    succeed(backend, "p/", "x", &[]);
    assert_eq!(checkpoint(backend, "p/", "x"), None);
}

fn a_checkpoint_ends_with_a_completed_success(backend: &dyn Backend) {
    let store = start(backend, "p/", "x");
    store.checkpoint().save(b"one").unwrap();
    drop(store);
    stop_halfway(backend, "p/", "x");
    let store = backend.open("p/", "x");
    assert_eq!(store.checkpoint().read().unwrap().unwrap(), b"one");
    let previous = store.previous_success().unwrap().unwrap();
    store.complete(&previous).unwrap();
    assert_eq!(store.checkpoint().read().unwrap(), None);
}

fn a_checkpoint_is_of_one_execution_in_one_prefix(backend: &dyn Backend) {
    start(backend, "p/", "x").checkpoint().save(b"one").unwrap();
    assert_eq!(checkpoint(backend, "p/", "y"), None);
    assert_eq!(checkpoint(backend, "q/", "x"), None);
    start(backend, "p/", "y").record_failure(&failure("y"));
    assert_eq!(checkpoint(backend, "p/", "x").unwrap(), b"one");
}

fn a_start_outlives_failures_and_ends_with_a_success(backend: &dyn Backend) {
    let store = start(backend, "p/", "x");
    store.start().save(b"one").unwrap();
    assert!(store.record_failure(&failure("x")));
    drop(store);
    // it is of the execution, whatever its prefix
    let read = |prefix| backend.open(prefix, "x").start().read().unwrap();
    assert_eq!(read("p/").unwrap(), b"one");
    assert_eq!(read("q/").unwrap(), b"one");
    succeed(backend, "p/", "x", &[("outputs/a", "x")]);
    assert_eq!(read("p/"), None);
}

fn a_lease_can_be_seen(backend: &dyn Backend) {
    let store = backend.open("p/", "x");
    let is_leased = || backend.open("p/", "y").artifacts().is_leased(&["execution", "x"]);
    assert!(!is_leased());
    assert!(store.try_lease().unwrap());
    assert!(is_leased());
    drop(store);
    assert!(!is_leased());
}
