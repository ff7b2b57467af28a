//! One run at a time has an execution and a prefix.

use crate::backend::{Backend, succeed};

on_each_store!(
    a_second_run_waits_for_the_first,
    a_lease_can_be_taken_again,
    the_directory_of_the_execution_can_be_the_prefix,
    the_directory_of_another_execution_is_leased_with_it,
);

fn a_second_run_waits_for_the_first(backend: &dyn Backend) {
    let first = backend.open("p/", "x");
    assert!(first.try_lease().unwrap());
    let same = backend.open("p/", "x");
    assert!(!same.try_lease().unwrap());
    assert!(!backend.open("p/", "y").try_lease().unwrap(), "the prefix");
    assert!(!backend.open("q/", "x").try_lease().unwrap(), "the execution");
    assert!(backend.open("q/", "y").try_lease().unwrap(), "neither");
    drop(first);
    assert!(same.try_lease().unwrap());
}

fn a_lease_can_be_taken_again(backend: &dyn Backend) {
    let store = backend.open("p/", "x");
    assert!(store.try_lease().unwrap());
    assert!(store.try_lease().unwrap());
    assert!(!backend.open("p/", "x").try_lease().unwrap());
}

fn the_directory_of_the_execution_can_be_the_prefix(backend: &dyn Backend) {
    succeed(backend, "execution/x/", "x", &[("outputs/a.txt", "one")]);
    let store = backend.open("execution/x/", "x");
    assert!(store.try_lease().unwrap());
    let previous = store.previous_success().unwrap().unwrap();
    assert_eq!(store.complete(&previous).unwrap().len(), 1);
}

fn the_directory_of_another_execution_is_leased_with_it(backend: &dyn Backend) {
    let first = backend.open("p/", "x");
    assert!(first.try_lease().unwrap());
    assert!(!backend.open("execution/x/", "y").try_lease().unwrap());
}
