//! A path that is accepted is canonical, stays below its root, and is found again below its prefix.

#![no_main]

use documents::{ExecutionId, WorldPath, WritePrefix};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(path) = WorldPath::parse(text) {
        check(&path);
    }
    let (template, relpath) = text.split_once('\n').unwrap_or((text, "outputs/a.json"));
    let id = ExecutionId::parse("run-1").expect("an execution id");
    let Ok(prefix) = WritePrefix::expand(template, &id) else {
        return;
    };
    let below = format!(
        "world://artifacts/{}",
        prefix
            .segments()
            .iter()
            .map(|s| format!("{s}/"))
            .collect::<String>()
    );
    if let Ok(path) = prefix.path(relpath) {
        check(&path);
        assert!(path.as_str().starts_with(&below));
        let relpath = prefix.relpath(path.as_str()).expect("a path below the prefix");
        assert_eq!(format!("{below}{relpath}"), path.as_str());
        assert_eq!(prefix.path(relpath).expect("a path already"), path);
    }
});

fn check(path: &WorldPath) {
    let text = path.as_str();
    assert_eq!(&WorldPath::parse(text).expect("its own text is a path"), path);
    assert!(text.len() <= 1_024);
    let (dirs, name) = path.split();
    for segment in dirs.into_iter().chain([name]) {
        assert!(!matches!(segment, "" | "." | ".." | ".git" | ".well-known"));
        assert!(segment.len() <= 255);
        assert!(!segment.contains(|c: char| c.is_control() || matches!(c, '/' | '\\' | '%')));
    }
}
