//! `counterfoil registry check --remote`.

use serde_json::json;
use support::{Answer, Finished, Registry};

use crate::workspace::{Workspace, entry};

const BOTH: [&str; 2] = ["linux/amd64", "linux/arm64"];

/// A workspace whose entry pins this digest.
fn pinning(registry: &Registry, digest: &str) -> Workspace {
    let workspace = Workspace::with_package();
    let image = format!("image: {{oci: \"{}/o/r/a-b@{digest}\"}}\n", registry.host());
    workspace.write("registry/a_b.yaml", entry("a/b@1", "a-b", &image));
    workspace
}

fn check(workspace: &Workspace) -> Finished {
    workspace.counterfoil(["registry", "check", "--remote"]).run()
}

/// The only finding, without the file.
#[track_caller]
fn finding(ended: &Finished, status: i32) -> String {
    ended.assert_status(status);
    let lines: Vec<_> = ended.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{ended:?}");
    lines[0].strip_prefix("registry/a_b.yaml: ").unwrap().to_owned()
}

#[test]
fn a_good_pin_is_no_finding() {
    let registry = Registry::start();
    let digest = registry.index("o/r/a-b", "latest", &BOTH);
    let ended = check(&pinning(&registry, &digest));
    ended.assert_status(0);
    assert_eq!(ended.stdout, "entries 1, problems 0, notes 0\n");
}

#[test]
fn nothing_is_asked_without_the_option() {
    let registry = Registry::start();
    let workspace = pinning(&registry, &format!("sha256:{}", "0".repeat(64)));
    workspace
        .counterfoil(["registry", "check"])
        .run()
        .assert_status(0);
    assert!(registry.requests().is_empty());
}

#[test]
fn a_stale_pin_is_a_problem() {
    let registry = Registry::start();
    let digest = registry.index("o/r/a-b", "latest", &BOTH);
    let workspace = pinning(&registry, &digest);
    registry.remove("o/r/a-b", &digest);
    let host = registry.host();
    assert_eq!(
        finding(&check(&workspace), 30),
        format!(
            "its pin is stale: {host} does not have {host}/o/r/a-b@{digest} (404 MANIFEST_UNKNOWN); push the image again, or pin what is there with `counterfoil pin --ref a/b@1`"
        )
    );
    let ended = workspace
        .counterfoil(["registry", "check", "--remote", "--json"])
        .run();
    ended.assert_status(30);
    let line = ended.envelope();
    assert_eq!(
        (&line["file"], &line["level"]),
        (&json!("registry/a_b.yaml"), &json!("problem"))
    );
}

#[test]
fn a_pin_has_to_be_an_index_of_all_platforms() {
    let registry = Registry::start();
    let one = registry.index("o/r/a-b", "latest", &["linux/arm64", "unknown/unknown"]);
    assert_eq!(
        finding(&check(&pinning(&registry, &one)), 30),
        "its image lacks linux/amd64; build and push it for all platforms, then run `counterfoil pin --ref a/b@1`"
    );
    let image = registry.image("o/r/a-b", "latest", "linux/arm64");
    assert_eq!(
        finding(&check(&pinning(&registry, &image)), 30),
        "its pin is the manifest of one platform (linux/arm64), not an index; push an index of linux/amd64, linux/arm64, then run `counterfoil pin --ref a/b@1`"
    );
}

#[test]
fn a_manifest_that_an_index_names_has_to_be_there() {
    let registry = Registry::start();
    let digest = registry.index("o/r/a-b", "latest", &BOTH);
    let arm = registry.image("o/r/a-b", "", BOTH[1]);
    let workspace = pinning(&registry, &digest);
    registry.remove("o/r/a-b", &arm);
    let what = format!(
        "names a manifest for linux/arm64 that {} does not have",
        registry.host()
    );
    assert_eq!(
        finding(&check(&workspace), 30),
        format!("its index {what}; push the image again, and keep untagged images")
    );
    let pin = workspace.counterfoil(["pin", "--ref", "a/b@1"]).run();
    pin.assert_status(30);
    assert!(pin.stderr.contains(&what), "{pin:?}");
    workspace
        .counterfoil(["pin", "--ref", "a/b@1", "--platform", "linux/amd64"])
        .run()
        .assert_status(0);
}

#[test]
fn an_older_pin_is_a_note() {
    let registry = Registry::start();
    let old = registry.index("o/r/a-b", "latest", &BOTH);
    let new = registry.index("o/r/a-b", "latest", &["linux/arm64", "linux/amd64"]);
    assert_eq!(
        finding(&check(&pinning(&registry, &old)), 0),
        format!(
            "note: the tag latest names another image, {}; `counterfoil pin --ref a/b@1` takes it",
            &new[..19]
        )
    );
    registry.remove("o/r/a-b", "latest");
    check(&pinning(&registry, &old)).assert_status(0);
}

#[test]
fn a_registry_that_does_not_answer_is_a_problem_of_its_own() {
    let registry = Registry::start();
    let digest = registry.index("o/r/a-b", "latest", &BOTH);
    let workspace = pinning(&registry, &digest);
    registry.fail("/manifests/", [Answer::new(401, "")]);
    let host = registry.host();
    let refused = finding(&check(&workspace), 30);
    assert!(
        refused.starts_with(&format!("{host} refuses access to ")),
        "{refused}"
    );
    assert!(refused.contains(&format!("`docker login {host}`")), "{refused}");
    registry.fail("/manifests/", [Answer::new(200, "<html>")]);
    let page = finding(&check(&workspace), 30);
    assert!(page.starts_with("nothing is known of its image: "), "{page}");
    drop(registry);
    assert_eq!(
        finding(&check(&workspace), 30),
        format!(
            "nothing is known of its image: {host} cannot be reached: it refuses the connection; check the host and the port in the image's name, and that a registry runs there"
        )
    );
}
