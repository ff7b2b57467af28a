//! `counterfoil build`: images as OCI layouts.

mod base;
mod cargo;
mod packages;
mod push;
mod refused;
mod source;

use serde_json::{Value, json};
use snapbox::{assert_data_eq, str};
use support::{Finished, Test, files_below, sha256};

use crate::workspace::{Workspace, entry};

/// The machines of an ELF header.
const AMD64: u16 = 62;
const ARM64: u16 = 183;

/// The smallest static program that an ELF header can describe, with something to tell it from others.
pub(super) fn program(machine: u16, content: &str) -> Vec<u8> {
    let mut header = vec![0x7f, b'E', b'L', b'F', 2, 1, 1];
    header.resize(16, 0);
    header.extend(2_u16.to_le_bytes()); // an executable
    header.extend(machine.to_le_bytes());
    header.extend(1_u32.to_le_bytes());
    header.resize(52, 0);
    for size in [64_u16, 56, 0, 64, 0, 0] {
        header.extend(size.to_le_bytes());
    }
    header.extend(content.as_bytes());
    header
}

/// A workspace with a package, a lock file, and a program for each platform.
pub(super) fn workspace() -> Workspace {
    let workspace = Workspace::with_package();
    let schema = "inputs: {schema: {type: object, required: [b, a]}}\n";
    workspace.write("registry/a_b.yaml", entry("a/b@1", "a-b", schema));
    workspace.write(
        "Cargo.lock",
        "version = 4\n\n[[package]]\nname = \"a-b\"\nversion = \"0.0.0\"\n",
    );
    workspace.write("amd64", program(AMD64, "one"));
    workspace.write("arm64", program(ARM64, "two"));
    workspace
}

pub(super) fn build(workspace: &Workspace) -> Test {
    workspace.counterfoil(["build", "--ref", "a/b@1", "--json"])
}

/// The same of the programs for both platforms.
pub(super) fn build_both(workspace: &Workspace) -> Test {
    build(workspace).args(["--binary", "linux/amd64=amd64", "--binary", "linux/arm64=arm64"])
}

pub(super) fn answer(ended: &Finished) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{ended:?}"))
}

/// A document of a layout by its digest.
pub(super) fn document(workspace: &Workspace, layout: &str, digest: &Value) -> Value {
    let hex = digest.as_str().unwrap().strip_prefix("sha256:").unwrap();
    let bytes = workspace.bytes(&format!("{layout}/blobs/sha256/{hex}"));
    assert_eq!(sha256(&bytes), hex);
    serde_json::from_slice(&bytes).unwrap()
}

/// The configuration of the n-th platform of an image.
pub(super) fn configuration(workspace: &Workspace, layout: &str, image: &Value, n: usize) -> Value {
    let index = document(workspace, layout, image);
    let manifest = document(workspace, layout, &index["manifests"][n]["digest"]);
    document(workspace, layout, &manifest["config"]["digest"])
}

/// The digests that an image has on every machine, today and next year. They change with the compressor, which is a reason
/// not to change it: every pin would be stale.
#[test]
fn the_same_binaries_have_the_same_digests_everywhere() {
    let workspace = workspace();
    let long: String = (0..50_000_u64).map(|n| format!("{} ", n * n % 1009)).collect(); // gives the compressor something to do
    workspace.write("amd64", program(AMD64, &long));
    let ended = build_both(&workspace).args(["--output", "image"]).run();
    ended.assert_status(0);
    assert_data_eq!(
        &ended.stdout,
        str![[r#"
{"digest":"sha256:3869080316353a13232f230fa2939d6507a5c924f2c51e4a0b04dd769229fe1e","platforms":["linux/amd64","linux/arm64"],"output":"image"}

"#]]
    );
    let names: String = files_below(&workspace.path("image"))
        .into_keys()
        .map(|name| name + "\n")
        .collect();
    assert_data_eq!(
        names,
        str![[r#"
blobs/sha256/10a861d64620c58c9709d91d14f00fe6509d963ef8ce848a3db9b8cec345e8d7
blobs/sha256/21f9a566adef2806af5217ee47e22728be896ea90c19d15f2aa7777cf3796fed
blobs/sha256/33c2391be5530c0531eb832a2b2abc3e2b906ec184fc6433414b37a23fa5338c
blobs/sha256/3869080316353a13232f230fa2939d6507a5c924f2c51e4a0b04dd769229fe1e
blobs/sha256/44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
blobs/sha256/5795734b83b6792836ec205ec47550dfdfbe80b48a77234cb47a0f0e0764a368
blobs/sha256/85f68a9b490419aed946a79b932c7f185bda8867cd4586bcbd4426e991450892
blobs/sha256/b4eb68a349b73bcbc172042d42bfaad1ed765507d15a2645cf9743309f59e902
blobs/sha256/c4344c7c808b134ea82fadaa53b6ccb547b788a6cdf0b0da33ac66bf46a1c7b6
blobs/sha256/defd0da8d1cb7f7c023f62c9d25119d7634b92c38038cc97a5583eae9ee6675a
blobs/sha256/f1245668bbf2bb9b8813668f8b9e55b034a257eb77677cce9abbe0fe6113331b
index.json
oci-layout

"#]]
    );
}

#[test]
fn an_image_is_a_program_with_its_labels_for_each_platform() {
    let workspace = workspace();
    let image = answer(&build_both(&workspace).args(["--output", "image"]).run());
    let index = document(&workspace, "image", &image["digest"]);
    let platforms: Vec<_> = index["manifests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["platform"])
        .collect();
    assert_eq!(
        platforms,
        [
            &json!({"architecture": "amd64", "os": "linux"}),
            &json!({"architecture": "arm64", "os": "linux"}),
        ]
    );
    assert_eq!(
        index["annotations"],
        json!({"org.opencontainers.image.title": "a-b", "org.opencontainers.image.version": "0.0.0"})
    );
    for (n, architecture) in ["amd64", "arm64"].into_iter().enumerate() {
        let mut configuration = configuration(&workspace, "image", &image["digest"], n);
        let layers = configuration["rootfs"]["diff_ids"].take();
        assert_eq!(layers.as_array().unwrap().len(), 1);
        assert_eq!(
            configuration,
            json!({
                "architecture": architecture,
                "os": "linux",
                "config": {
                    "Entrypoint": ["/processor"],
                    "User": "65532:65532",
                    "Labels": {
                        "dev.counterfoil.inputs.schema": r#"{"type":"object","required":["b","a"]}"#,
                        "dev.counterfoil.processor.ref": "a/b@1",
                        "org.opencontainers.image.title": "a-b",
                        "org.opencontainers.image.version": "0.0.0",
                    },
                },
                "history": [{"created_by": "counterfoil build"}],
                "rootfs": {"type": "layers", "diff_ids": null},
            })
        );
    }
}

#[test]
fn a_layout_names_the_image_by_its_tag_and_the_lists_of_packages_beside_it() {
    let workspace = workspace();
    let image = answer(
        &build_both(&workspace)
            .args(["--output", "image", "--tag", "v1"])
            .run(),
    );
    assert_eq!(
        workspace.read("image/oci-layout"),
        r#"{"imageLayoutVersion":"1.0.0"}"#
    );
    let layout: Value = serde_json::from_str(&workspace.read("image/index.json")).unwrap();
    let [named, lists @ ..] = layout["manifests"].as_array().unwrap().as_slice() else {
        panic!("{layout}");
    };
    assert_eq!(named["digest"], image["digest"]);
    assert_eq!(
        named["annotations"],
        json!({"org.opencontainers.image.ref.name": "v1"})
    );
    let index = document(&workspace, "image", &image["digest"]);
    for (list, manifest) in lists.iter().zip(index["manifests"].as_array().unwrap()) {
        let referrer = document(&workspace, "image", &list["digest"]);
        assert_eq!(referrer["artifactType"], "application/vnd.cyclonedx+json");
        assert_eq!(referrer["subject"]["digest"], manifest["digest"]);
        let packages = document(&workspace, "image", &referrer["layers"][0]["digest"]);
        assert_eq!(packages["bomFormat"], "CycloneDX");
        assert_eq!(packages["metadata"]["component"]["purl"], "pkg:cargo/a-b@0.0.0");
        assert_eq!(packages["metadata"]["properties"][0]["value"], "Cargo.lock");
    }
    assert_eq!(lists.len(), 2);
}

#[test]
fn an_archive_holds_the_same_files() {
    let workspace = workspace();
    build_both(&workspace)
        .args(["--output", "image"])
        .run()
        .assert_status(0);
    build_both(&workspace)
        .args(["--output", "deep/image.tar"])
        .run()
        .assert_status(0);
    let archive = workspace.bytes("deep/image.tar");
    let mut unpacked: Vec<(String, Vec<u8>)> = Vec::new();
    for file in tar::Archive::new(archive.as_slice()).entries().unwrap() {
        let mut file = file.unwrap();
        assert_eq!(file.header().mtime().unwrap(), 0);
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
        unpacked.push((file.path().unwrap().to_str().unwrap().to_owned(), bytes));
    }
    let directory = files_below(&workspace.path("image"));
    assert_eq!(unpacked.len(), directory.len());
    assert!(
        unpacked
            .iter()
            .all(|(name, bytes)| directory.get(name) == Some(bytes))
    );
    assert_eq!(
        files_below(&workspace.path("deep")).len(),
        1,
        "nothing is left beside it"
    );
}

#[test]
fn one_platform_is_what_an_old_docker_loads_too() {
    let workspace = workspace();
    build(&workspace)
        .args(["--binary", "linux/arm64=arm64", "--output", "image"])
        .run()
        .assert_status(0);
    let docker: Value = serde_json::from_str(&workspace.read("image/manifest.json")).unwrap();
    assert_eq!(docker[0]["RepoTags"], json!(["a-b:latest"]));
    for name in [&docker[0]["Config"], &docker[0]["Layers"][0]] {
        assert!(workspace.path("image").join(name.as_str().unwrap()).is_file());
    }
}

#[test]
fn a_layout_is_written_again_over_the_last_one() {
    let workspace = workspace();
    let output = |test: Test| test.args(["--output", "image"]).run();
    let first = output(build_both(&workspace));
    let files = files_below(&workspace.path("image"));
    assert_eq!(answer(&output(build_both(&workspace))), answer(&first));
    assert_eq!(files_below(&workspace.path("image")), files);
    workspace.write("amd64", program(AMD64, "changed"));
    let other = answer(&output(build_both(&workspace)));
    assert_ne!(other, answer(&first));
    let layout: Value = serde_json::from_str(&workspace.read("image/index.json")).unwrap();
    assert_eq!(layout["manifests"][0]["digest"], other["digest"]);
}

#[test]
fn a_directory_whose_writing_was_cut_short_is_written_again() {
    let workspace = workspace();
    workspace.write("image/oci-layout", "{\"image"); // the first file, not even whole
    build_both(&workspace)
        .args(["--output", "image"])
        .run()
        .assert_status(0);
    assert_eq!(
        workspace.read("image/oci-layout"),
        r#"{"imageLayoutVersion":"1.0.0"}"#
    );
    assert!(workspace.path("image/index.json").is_file());
}

#[test]
fn an_image_for_both_platforms_leaves_nothing_of_one_for_an_old_docker() {
    let workspace = workspace();
    let one = build(&workspace).args(["--binary", "linux/amd64=amd64", "--output", "image"]);
    one.run().assert_status(0);
    assert!(workspace.path("image/manifest.json").is_file());
    build_both(&workspace)
        .args(["--output", "image"])
        .run()
        .assert_status(0);
    assert!(!workspace.path("image/manifest.json").exists());
}

#[test]
fn people_read_what_was_made() {
    let workspace = workspace();
    let ended = workspace
        .counterfoil([
            "build",
            "--ref",
            "a/b@1",
            "--binary",
            "linux/amd64=amd64",
            "--output",
            "image.tar",
        ])
        .run();
    ended.assert_status(0);
    assert_data_eq!(
        ended.stdout,
        str![[r#"
a/b@1 for linux/amd64: sha256:[..]
written to image.tar

"#]]
    );
    assert_data_eq!(
        ended.stderr,
        str![[r#"
note: the image names no revision: the workspace is in no git repository

"#]]
    );
}
