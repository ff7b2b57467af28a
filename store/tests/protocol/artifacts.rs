//! Reading and listing artifacts.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use documents::ExecutionId;
use documents::receipt::Status;
use store::{Entry, ReadError, status};

use crate::backend::{Backend, Local, failure, files, start, succeed, world};

on_each_store!(
    a_file_is_read,
    a_missing_file_is_missing,
    a_directory_is_not_a_file,
    a_directory_is_listed,
    the_status_of_an_execution_is_read,
);

fn read_error(backend: &dyn Backend, path: &str) -> ReadError {
    backend.artifacts().open(&world(path)).unwrap_err()
}

fn a_file_is_read(backend: &dyn Backend) {
    backend.write("a/b", b"bytes");
    let artifacts = backend.artifacts();
    let mut artifact = artifacts.open(&world("a/b")).unwrap();
    assert_eq!(artifact.size_bytes, 5);
    let mut bytes = Vec::new();
    artifact.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, b"bytes");
    assert_eq!(artifacts.read(&world("a/b")).unwrap(), b"bytes");
}

fn a_missing_file_is_missing(backend: &dyn Backend) {
    backend.write("a/b", b"");
    for path in ["b", "a/c", "b/c", "a/b/c"] {
        assert!(matches!(read_error(backend, path), ReadError::Missing), "{path}");
    }
}

fn a_directory_is_not_a_file(backend: &dyn Backend) {
    backend.write("a/b", b"");
    assert!(matches!(read_error(backend, "a"), ReadError::NotAFile));
}

fn a_directory_is_listed(backend: &dyn Backend) {
    assert_eq!(files(backend), [""; 0]);
    for path in ["a/b/c", "a/b/d", "a/e", "ab"] {
        backend.write(path, b"");
    }
    let artifacts = backend.artifacts();
    let mut entries = artifacts.list(&["a"]).unwrap();
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    let entry = |name: &str, is_dir| Entry {
        name: name.to_owned(),
        is_dir,
    };
    assert_eq!(entries, [entry("b", true), entry("e", false)]);
    assert_eq!(artifacts.list(&["a", "b"]).unwrap().len(), 2);
    for dir in [&["c"][..], &["ab"], &["a", "b", "c"]] {
        let listed = artifacts.list(dir);
        assert!(matches!(listed, Err(ReadError::Missing)), "{listed:?}");
    }
}

fn the_status_of_an_execution_is_read(backend: &dyn Backend) {
    let status = |id: &str| status(&*backend.artifacts(), &ExecutionId::parse(id).unwrap());
    assert_eq!(status("x"), None);
    start(backend, "p/", "x").record_failure(&failure("x"));
    assert_eq!(status("x"), Some(Status::Error));
    succeed(backend, "p/", "x", &[]);
    assert_eq!(status("x"), Some(Status::Success));
}

#[test]
fn no_symbolic_link_is_followed() {
    let backend = Local::new();
    backend.write("dir/file", b"");
    symlink("file", backend.path("dir/link")).unwrap();
    symlink("dir", backend.path("dirlink")).unwrap();
    assert!(matches!(read_error(&backend, "dir/link"), ReadError::Link));
    assert!(matches!(read_error(&backend, "dirlink/file"), ReadError::Missing));
    let listed = backend.artifacts().list(&["dirlink"]);
    assert!(matches!(listed, Err(ReadError::Missing)), "{listed:?}");
    assert_eq!(files(&backend), ["dir/file", "dir/link", "dirlink"]);
}

#[test]
fn what_is_neither_file_nor_directory_cannot_be_read() {
    let backend = Local::new();
    let _socket = UnixListener::bind(backend.path("socket")).unwrap();
    assert!(matches!(read_error(&backend, "socket"), ReadError::Io(_)));
    fs::create_dir(backend.path("empty")).unwrap();
    assert!(matches!(read_error(&backend, "empty"), ReadError::NotAFile));
}
