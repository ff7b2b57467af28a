//! Images upon other images.

use serde_json::{Value, json};
use support::{Registry, Test};

use super::{answer, build, build_both, configuration, document, workspace};
use crate::workspace::Workspace;

/// A workspace with an image for both platforms in the layout `base`, and the name of it.
fn with_base() -> (Workspace, String) {
    let workspace = workspace();
    let base = answer(&build_both(&workspace).args(["--output", "base"]).run());
    (workspace, format!("./base@{}", base["digest"].as_str().unwrap()))
}

fn upon(test: Test, base: &str) -> Test {
    test.args(["--base", base, "--output", "image"])
}

#[test]
fn the_binary_is_the_last_layer_and_the_entry_point() {
    let (workspace, base) = with_base();
    let ended = upon(build_both(&workspace), &base).run();
    ended.assert_status(0);
    let image = answer(&ended);
    let index = document(&workspace, "image", &image["digest"]);
    let below = document(&workspace, "base", &json!(base.strip_prefix("./base@").unwrap()));
    for n in [0, 1] {
        let layers = |layout: &str, index: &Value| -> Vec<Value> {
            let manifest = document(&workspace, layout, &index["manifests"][n]["digest"]);
            manifest["layers"].as_array().unwrap().clone()
        };
        let of_base = layers("base", &below);
        assert_eq!(layers("image", &index), [of_base[0].clone(), of_base[0].clone()]);
        let configuration = configuration(&workspace, "image", &image["digest"], n);
        assert_eq!(configuration["rootfs"]["diff_ids"].as_array().unwrap().len(), 2);
        assert_eq!(configuration["history"].as_array().unwrap().len(), 2);
        assert_eq!(configuration["config"]["Entrypoint"], json!(["/processor"]));
    }
}

#[test]
fn a_base_that_is_not_there_is_refused() {
    let (workspace, base) = with_base();
    let other = base
        .replace("sha256:", "sha256:0")
        .split_at(base.len())
        .0
        .to_owned();
    let ended = upon(build_both(&workspace), &other).run();
    ended.assert_status(34);
    assert!(
        ended.stderr.contains("cannot be read: No such file"),
        "{}",
        ended.stderr
    );
    assert!(
        ended.stderr.contains("an OCI layout that has it?"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_base_for_another_platform_is_refused() {
    let workspace = workspace();
    let only = build(&workspace).args(["--binary", "linux/arm64=arm64", "--output", "base"]);
    let base = answer(&only.run());
    let base = format!("./base@{}", base["digest"].as_str().unwrap());
    let ended = upon(build_both(&workspace), &base).run();
    ended.assert_status(34);
    assert!(
        ended
            .stderr
            .contains("has no image for linux/amd64; name another base, or fewer platforms"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_base_that_was_changed_is_refused() {
    let (workspace, base) = with_base();
    let digest = base.split_once("sha256:").unwrap().1;
    workspace.replace(&format!("base/blobs/sha256/{digest}"), "amd64", "AMD64");
    let ended = upon(build_both(&workspace), &base).run();
    ended.assert_status(34);
    assert!(
        ended.stderr.contains("has another digest than its name"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_base_for_another_system_is_refused() {
    let (workspace, registry) = (workspace(), Registry::start());
    let base = registry.index("base/images/small", "latest", &["windows/amd64"]);
    let base = format!("{}/base/images/small@{base}", registry.host());
    let ended = upon(build(&workspace).args(["--binary", "linux/amd64=amd64"]), &base).run();
    ended.assert_status(34);
    assert!(
        ended.stderr.contains("has no image for linux/amd64"),
        "{}",
        ended.stderr
    );
}
