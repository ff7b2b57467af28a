//! Images that are pushed to a registry.

use serde_json::{Value, json};
use snapbox::{assert_data_eq, str};
use support::{Answer, Registry, Test};

use super::{answer, build_both, workspace};
use crate::workspace::Workspace;

fn pushing(workspace: &Workspace, registry: &Registry) -> Test {
    build_both(workspace).args(["--push", &format!("{}/o/r", registry.host())])
}

#[test]
fn what_a_push_leaves_is_an_image_by_tag_and_digest() {
    let (workspace, registry) = (workspace(), Registry::start());
    let ended = pushing(&workspace, &registry).run();
    ended.assert_status(0);
    let pushed = answer(&ended);
    let digest = pushed["digest"].as_str().unwrap();
    assert_eq!(pushed["image"], format!("{}/o/r/a-b@{digest}", registry.host()));
    let by_tag = registry.read_manifest("o/r/a-b", "latest").unwrap();
    assert_eq!(by_tag, registry.read_manifest("o/r/a-b", digest).unwrap());
    let index: Value = serde_json::from_slice(&by_tag).unwrap();
    for manifest in index["manifests"].as_array().unwrap() {
        let manifest = registry
            .read_manifest("o/r/a-b", manifest["digest"].as_str().unwrap())
            .unwrap();
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        for blob in [&manifest["config"], &manifest["layers"][0]] {
            let bytes = registry
                .read_blob("o/r/a-b", blob["digest"].as_str().unwrap())
                .unwrap();
            assert_eq!(json!(bytes.len()), blob["size"]);
        }
    }
}

#[test]
fn the_second_push_sends_nothing() {
    for registry in [Registry::start(), Registry::start().without_referrers()] {
        let workspace = workspace();
        let first = answer(&pushing(&workspace, &registry).run());
        assert_ne!(first["pushed"], 0);
        let sent = (registry.blobs_pushed(), registry.manifests_pushed());
        let second = answer(&pushing(&workspace, &registry).run());
        assert_eq!(second["pushed"], 0);
        assert_eq!(second["digest"], first["digest"]);
        assert_eq!((registry.blobs_pushed(), registry.manifests_pushed()), sent);
    }
}

#[test]
fn a_list_of_packages_is_found_from_the_image_with_the_api_and_without() {
    let workspace = workspace();
    let registry = Registry::start().without_referrers();
    let pushed = answer(&pushing(&workspace, &registry).run());
    let read = |reference: &str| -> Value {
        serde_json::from_slice(&registry.read_manifest("o/r/a-b", reference).unwrap()).unwrap()
    };
    let index = read(pushed["digest"].as_str().unwrap());
    for manifest in index["manifests"].as_array().unwrap() {
        let digest = manifest["digest"].as_str().unwrap();
        let list = read(&digest.replace(':', "-"));
        let [referrer] = list["manifests"].as_array().unwrap().as_slice() else {
            panic!("{list}");
        };
        assert_eq!(referrer["artifactType"], "application/vnd.cyclonedx+json");
        assert_eq!(
            read(referrer["digest"].as_str().unwrap())["subject"]["digest"],
            digest
        );
    }
}

#[test]
fn referrers_of_other_programs_stay_in_the_list() {
    let workspace = workspace();
    let registry = Registry::start().without_referrers();
    let pushed = answer(&pushing(&workspace, &registry).run());
    let index = registry
        .read_manifest("o/r/a-b", pushed["digest"].as_str().unwrap())
        .unwrap();
    let index: Value = serde_json::from_slice(&index).unwrap();
    let tag = index["manifests"][0]["digest"]
        .as_str()
        .unwrap()
        .replace(':', "-");
    let signature = registry.image("o/r/a-b", "", "linux/amd64");
    let other = json!({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [
        {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": signature, "size": 2},
    ]});
    let other = other.to_string();
    registry.manifest(
        "o/r/a-b",
        &tag,
        "application/vnd.oci.image.index.v1+json",
        other.as_bytes(),
    );
    pushing(&workspace, &registry).run().assert_status(0);
    let list: Value = serde_json::from_slice(&registry.read_manifest("o/r/a-b", &tag).unwrap()).unwrap();
    let digests: Vec<_> = list["manifests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["digest"])
        .collect();
    assert_eq!(digests.len(), 2, "{list}");
    assert_eq!(digests[0], &json!(signature));
}

#[test]
fn nothing_is_tagged_before_all_of_it_is_there() {
    let (workspace, registry) = (workspace(), Registry::start());
    registry.fail("PUT /v2/o/r/a-b/manifests/sha256", [Answer::new(403, "{}")]);
    let ended = pushing(&workspace, &registry).run();
    ended.assert_status(35);
    assert!(ended.stderr.contains("docker login"), "{}", ended.stderr);
    assert!(registry.tags("o/r/a-b").is_empty());
    pushing(&workspace, &registry).run().assert_status(0);
    assert_eq!(registry.tags("o/r/a-b"), ["latest"]);
}

#[test]
fn the_whole_name_and_another_tag_may_be_given() {
    let (workspace, registry) = (workspace(), Registry::start());
    let ended = build_both(&workspace)
        .args(["--push", &format!("{}/o/r/a-b", registry.host()), "--tag", "v1"])
        .run();
    ended.assert_status(0);
    assert_eq!(registry.tags("o/r/a-b"), ["v1"]);
}

#[test]
fn people_read_how_to_pin_it() {
    let (workspace, registry) = (workspace(), Registry::start());
    let arguments = [
        "build",
        "--ref",
        "a/b@1",
        "--binary",
        "linux/amd64=amd64",
        "--push",
    ];
    let push = || {
        workspace
            .counterfoil(arguments)
            .arg(format!("{}/o/r", registry.host()))
            .run()
    };
    let [first, second] = [push(), push()].map(|ended| ended.stdout.replace(&registry.host(), "[HOST]"));
    assert_data_eq!(
        first,
        str![[r#"
a/b@1 for linux/amd64: sha256:[..]
pushed [HOST]/o/r/a-b@sha256:[..]
pin it: counterfoil pin --ref a/b@1 --image [HOST]/o/r/a-b --digest sha256:[..] --platform linux/amd64

"#]]
    );
    assert_data_eq!(
        second,
        str![[r#"
a/b@1 for linux/amd64: sha256:[..]
the registry has all of it already: [HOST]/o/r/a-b@sha256:[..]
pin it: counterfoil pin --ref a/b@1 --image [HOST]/o/r/a-b --digest sha256:[..] --platform linux/amd64

"#]]
    );
}

#[test]
fn a_base_of_a_registry_is_pushed_with_the_image() {
    let (workspace, registry) = (workspace(), Registry::start());
    let base = build_both(&workspace)
        .args(["--push", &format!("{}/base/images", registry.host())])
        .run();
    let base = answer(&base)["image"].as_str().unwrap().to_owned();
    let ended = pushing(&workspace, &registry).args(["--base", &base]).run();
    ended.assert_status(0);
    let index = registry.read_manifest("o/r/a-b", "latest").unwrap();
    let index: Value = serde_json::from_slice(&index).unwrap();
    let manifest = registry
        .read_manifest("o/r/a-b", index["manifests"][0]["digest"].as_str().unwrap())
        .unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(manifest["layers"].as_array().unwrap().len(), 2);
    for layer in manifest["layers"].as_array().unwrap() {
        assert!(
            registry
                .read_blob("o/r/a-b", layer["digest"].as_str().unwrap())
                .is_some()
        );
    }
}

#[test]
fn a_base_that_the_registry_lacks_is_told_before_anything_is_pushed() {
    let (workspace, registry) = (workspace(), Registry::start());
    let base = format!("{}/base/images/small@sha256:{}", registry.host(), "0".repeat(64));
    let ended = pushing(&workspace, &registry).args(["--base", &base]).run();
    ended.assert_status(32);
    assert_eq!(registry.blobs_pushed(), 0);
}
