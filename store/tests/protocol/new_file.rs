//! Files that get their paths when they are whole.

use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::symlink;

use store::local::Root;
use store::memory::Memory;
use store::{Artifacts as _, ReadError, Store};
use tempfile::TempDir;

use crate::backend::world;

fn check(store: &dyn Store) {
    let path = world("inputs/ab/name.txt");
    assert!(matches!(store.read(&path), Err(ReadError::Missing)));
    for content in ["first", "second"] {
        let before = store.read(&path).ok();
        let mut file = store.create().unwrap();
        file.write_all(content.as_bytes()).unwrap();
        assert_eq!(store.read(&path).ok(), before, "it is visible too early");
        file.publish(&path).unwrap();
        assert_eq!(store.read(&path).unwrap(), content.as_bytes());
        let mut buffer = [0; 3];
        let start = store.read_small(&path, &mut buffer).unwrap();
        assert_eq!(start, &content.as_bytes()[..3]);
    }
    for (name, is_new) in [("inputs/ab/name.txt", false), ("inputs/ab/other.txt", true)] {
        let mut file = store.create().unwrap();
        file.write_all(b"third").unwrap();
        match file.publish_new(&world(name)) {
            Ok(()) => assert!(is_new, "{name} was replaced"),
            Err(error) => assert_eq!((error.kind(), is_new), (ErrorKind::AlreadyExists, false)),
        }
        let content: &[u8] = if is_new { b"third" } else { b"second" };
        assert_eq!(store.read(&world(name)).unwrap(), content);
    }
    drop(store.create().unwrap());
    let left = store.list(&[]).unwrap().into_iter().map(|entry| entry.name);
    assert_eq!(left.collect::<Vec<_>>(), ["inputs"]);
}

#[test]
fn a_file_in_memory_appears_whole() {
    check(&Memory::default());
}

#[test]
fn a_file_in_a_directory_appears_whole_and_no_link_is_followed() {
    let dir = TempDir::new().unwrap();
    let root = dir.path().join("not/yet");
    let store = Root::new(root.clone());
    check(&store);
    symlink("ab", root.join("inputs/link")).unwrap();
    let read = |path| store.read_small(&world(path), &mut [0; 3]).map(<[u8]>::to_vec);
    assert!(matches!(
        read("inputs/link/name.txt"),
        Err(ReadError::Missing | ReadError::Link)
    ));
    assert!(read("inputs/ab/name.txt").is_ok());
}
