//! Write prefixes that cannot be used, and that nothing is written anywhere else.

use std::os::unix::fs::symlink;

use serde_json::json;
use support::Dir;

use super::{bare, probe};

#[test]
fn prefixes_that_cannot_be_used() {
    let long = format!("/artifacts/{}/", "x".repeat(256));
    for (prefix, code) in [
        ("/artifacts/a", "ERR_PREFIX_TEMPLATE"),
        ("/tmp/a/", "ERR_PREFIX_TEMPLATE"),
        ("artifacts/a/", "ERR_PREFIX_TEMPLATE"),
        ("/artifacts/{exec_id}/", "ERR_PREFIX_TEMPLATE"),
        ("", "ERR_PREFIX_TEMPLATE"),
        ("/artifacts/../a/", "ERR_DOT_SEGMENTS"),
        ("/artifacts/a/./b/", "ERR_DOT_SEGMENTS"),
        ("/artifacts/%2e%2e/a/", "ERR_DOT_SEGMENTS"),
        ("/artifacts/a%00/", "ERR_DECODED_SLASH"),
        ("/artifacts/a%2fb/", "ERR_DECODED_SLASH"),
        ("/artifacts/a%25/", "ERR_PERCENT_DECODE"),
        ("/artifacts/a%zz/", "ERR_PERCENT_DECODE"),
        ("/artifacts/a\\b/", "ERR_FORBIDDEN_SEGMENT"),
        ("/artifacts/a\n/", "ERR_FORBIDDEN_SEGMENT"),
        ("/artifacts/.git/", "ERR_FORBIDDEN_SEGMENT"),
        (&long, "ERR_SEGMENT_TOO_LONG"),
    ] {
        let finished = bare().prefix(prefix).run();
        finished.assert_refused(code, 5);
        assert!(finished.files().is_empty(), "{prefix:?}: {finished:?}");
    }
}

#[test]
fn prefixes_are_canonical() {
    let finished = bare().prefix("/artifacts//de%6do/%7Bexecution_id%7D/").run();
    finished.assert_refused("ERR_PREFIX_TEMPLATE", 5); // an escaped placeholder is no placeholder
    let finished = probe("{}").prefix("/artifacts//d%65mo//{execution_id}/").run();
    finished.assert_status(0);
    assert_eq!(
        finished.envelope()["index_path"],
        "world://artifacts/demo/run-1/outputs.json"
    );
    assert!(finished.files().contains_key("demo/run-1/outputs/a.txt"));
}

#[test]
fn a_symbolic_link_on_the_way_is_not_followed() {
    let outside = Dir::new();
    for link in ["demo", "demo/run-1", "execution", "execution/run-1"] {
        let base = Dir::new();
        let link = base.path(link);
        std::fs::create_dir_all(link.parent().unwrap()).unwrap();
        symlink(outside.root(), &link).unwrap();
        let finished = probe("{}").artifacts(base.root()).run();
        finished.assert_refused("ERR_FORBIDDEN_SEGMENT", 5);
        assert_eq!(
            std::fs::read_dir(outside.root()).unwrap().count(),
            0,
            "{finished:?}"
        );
    }
}

#[test]
fn links_below_the_prefix_are_not_followed() {
    let outside = Dir::new();
    let victim = outside.path("victim");
    std::fs::write(&victim, "untouched").unwrap();
    for (link, status) in [
        ("outputs/a.txt", 22),
        ("outputs.json", 22),
        ("receipt.json", 21),
        ("outputs", 22),
        ("outputs/b", 22),
        (".staging-run-1", 0),
    ] {
        let base = Dir::new();
        let link = base.path("demo/run-1").join(link);
        std::fs::create_dir_all(link.parent().unwrap()).unwrap();
        let target = if link.extension().is_some() {
            &victim
        } else {
            outside.root()
        };
        symlink(target, &link).unwrap();
        let finished = probe("{}").artifacts(base.root()).run();
        assert_eq!(finished.status, status, "{link:?}: {finished:?}");
        assert_eq!(std::fs::read(&victim).unwrap(), b"untouched");
        assert_eq!(
            std::fs::read_dir(outside.root()).unwrap().count(),
            1,
            "{finished:?}"
        );
    }
}

#[test]
fn the_prefix_may_be_the_root_and_the_base_may_be_a_link() {
    let dir = Dir::new();
    std::fs::create_dir(dir.path("real")).unwrap();
    symlink("real", dir.path("base")).unwrap();
    let finished = probe("{}")
        .artifacts(dir.path("base"))
        .prefix("/artifacts/")
        .run();
    finished.assert_success();
    let files: Vec<_> = finished.files().into_keys().collect();
    assert_eq!(
        files,
        [
            "execution/run-1/determinism.json",
            "outputs.json",
            "outputs/a.txt",
            "outputs/b/c.json",
            "outputs/z.bin",
            "receipt.json"
        ]
    );
}

/// All of them are found before the provider is called, which would be paid for nothing.
#[test]
fn what_has_the_place_of_the_outputs_is_found_before_the_provider_is_called() {
    for foreign in [
        "outputs",
        "outputs/a.txt",
        "outputs/z.bin",
        "outputs/b",
        "outputs/b/other",
        "outputs/.hidden",
        "outputs.json",
    ] {
        for mode in ["mock", "real"] {
            let base = Dir::new();
            let path = base.write(&format!("demo/run-1/{foreign}"), "foreign");
            let inputs =
                json!({"mode": mode, "params": {"do": "count", "path": base.path("calls")}}).to_string();
            let finished = bare().artifacts(base.root()).inputs(inputs).run();
            finished.assert_refused("ERR_EXECUTION_CONFLICT", 22);
            finished.assert_message(&format!("a file {foreign} that is not of this execution"));
            assert!(!base.path("calls").exists(), "it was called: {finished:?}");
            let left: Vec<_> = support::files_below(&finished.prefix).into_keys().collect();
            assert_eq!(left.len(), 2, "{left:?}");
            assert_eq!(finished.receipt().get("status"), Some(&"error".into()));
            assert_eq!(std::fs::read(&path).unwrap(), b"foreign");
        }
    }
    let base = Dir::new();
    base.create_dir("demo/run-1/outputs/b/empty");
    probe("{}").artifacts(base.root()).run().assert_status(0);
}

#[test]
fn a_prefix_inside_another_ones_outputs_is_safe() {
    let base = Dir::new();
    let inner = probe("{}")
        .artifacts(base.root())
        .prefix("/artifacts/x/outputs/")
        .run();
    inner.assert_success();
    let before = inner.files();
    let outer = probe(r#"{"do":"outputs","outputs":[{"relpath":"outputs/receipt.json","text":"forged"}]}"#)
        .artifacts(base.root())
        .execution_id("run-2")
        .prefix("/artifacts/x/")
        .run();
    outer.assert_refused("ERR_EXECUTION_CONFLICT", 22);
    let after = outer.files();
    assert!(before.iter().all(|(path, bytes)| after.get(path) == Some(bytes)));
}
