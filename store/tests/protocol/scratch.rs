//! Scratch files that are hashed as they are written.

use std::fs;
use std::io::Write as _;

use documents::hash::sha256;
use store::ScratchFile;
use tempfile::TempDir;

#[test]
fn what_is_written_is_hashed() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("a");
    let mut file = ScratchFile::create(path.clone()).unwrap();
    assert!(ScratchFile::create(path.clone()).is_err());
    file.write_all(b"a first try that is longer").unwrap();
    file.restart().unwrap();
    file.write_all(b"o").unwrap();
    file.write_concurrently("ne").unwrap();
    file.write_concurrently(vec![b' ']).unwrap();
    file.write_all(b"two").unwrap();
    assert_eq!(file.size(), 7);
    let hashed = file.finish().unwrap();
    assert_eq!(hashed.path(), path);
    assert_eq!(hashed.sha256(), sha256(b"one two"));
    assert_eq!(hashed.size(), 7);
    assert_eq!(fs::read(&path).unwrap(), b"one two");
}
