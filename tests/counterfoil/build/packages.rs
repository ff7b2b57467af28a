//! The list of a binary's packages.

use std::io::Write as _;

use serde_json::{Value, json};

use super::{AMD64, answer, build, document, program, workspace};
use crate::workspace::Workspace;

/// A program with a section `.dep-v0`, as `cargo auditable` makes it: zlib over JSON.
fn auditable(packages: &Value) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(packages.to_string().as_bytes()).unwrap();
    let list = encoder.finish().unwrap();
    let names = b"\0.dep-v0\0.shstrtab\0";
    let mut program = program(AMD64, "");
    let sections: [(u32, u32, &[u8]); 3] = [(0, 0, b""), (1, 1, &list), (9, 3, names)];
    let mut table = Vec::new();
    for (name, kind, bytes) in sections {
        table.extend(name.to_le_bytes());
        table.extend(kind.to_le_bytes());
        table.extend([0; 16]); // flags and address
        table.extend((program.len() as u64).to_le_bytes());
        table.extend((bytes.len() as u64).to_le_bytes());
        table.extend([0; 24]);
        program.extend(bytes);
    }
    let at = (program.len() as u64).to_le_bytes();
    program.extend(table);
    program[40..48].copy_from_slice(&at);
    program[60] = 3; // how many sections
    program[62] = 2; // the one that names them
    program
}

/// The list of an image for one platform, as CycloneDX.
fn list(workspace: &Workspace) -> Value {
    let ended = build(workspace)
        .args(["--binary", "linux/amd64=amd64", "--output", "image"])
        .run();
    ended.assert_status(0);
    answer(&ended);
    let layout: Value = serde_json::from_str(&workspace.read("image/index.json")).unwrap();
    let referrer = document(workspace, "image", &layout["manifests"][1]["digest"]);
    document(workspace, "image", &referrer["layers"][0]["digest"])
}

#[test]
fn what_the_binary_itself_lists_counts() {
    let workspace = workspace();
    let packages = json!({"packages": [
        {"name": "a-b", "version": "0.0.0", "source": "local", "root": true, "dependencies": [1, 2]},
        {"name": "cc", "version": "1.0.0", "source": "crates.io", "kind": "build"},
        {"name": "serde", "version": "1.2.3", "source": "crates.io"},
    ]});
    workspace.write("amd64", auditable(&packages));
    let list = list(&workspace);
    assert_eq!(list["metadata"]["component"]["name"], "a-b");
    assert_eq!(list["metadata"]["properties"][0]["value"], "binary");
    let components = list["components"].as_array().unwrap();
    let names: Vec<_> = components
        .iter()
        .map(|one| one["purl"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["pkg:cargo/serde@1.2.3"]);
}

#[test]
fn else_the_lock_file_counts_without_what_only_builds_or_tests() {
    let workspace = workspace();
    for (name, more) in [
        ("used", ""),
        ("macros", "[lib]\nproc-macro = true\n"),
        ("tested", ""),
    ] {
        workspace.write(
            &format!("{name}/Cargo.toml"),
            format!("[package]\nname = \"{name}\"\nversion = \"2.0.0\"\nlicense = \"MIT/Apache-2.0\"\nedition = \"2024\"\n{more}"),
        );
        workspace.write(&format!("{name}/src/lib.rs"), "");
    }
    workspace.replace(
        "Cargo.toml",
        "[\"processors/a-b\"]",
        "[\"processors/a-b\", \"used\", \"macros\", \"tested\"]",
    );
    workspace.write(
        "processors/a-b/Cargo.toml",
        "[package]\nname = \"a-b\"\nedition = \"2024\"\n\
         [dependencies]\nused = { path = \"../../used\" }\nmacros = { path = \"../../macros\" }\n\
         [dev-dependencies]\ntested = { path = \"../../tested\" }\n",
    );
    workspace.write(
        "Cargo.lock",
        "version = 4\n\n[[package]]\nname = \"a-b\"\nversion = \"0.0.0\"\ndependencies = [\n \"macros\",\n \"tested\",\n \"used\",\n]\n\n\
         [[package]]\nname = \"macros\"\nversion = \"2.0.0\"\n\n[[package]]\nname = \"tested\"\nversion = \"2.0.0\"\n\n\
         [[package]]\nname = \"used\"\nversion = \"2.0.0\"\n",
    );
    let list = list(&workspace);
    assert_eq!(
        list["components"],
        json!([{
            "type": "library",
            "bom-ref": "pkg:cargo/used@2.0.0",
            "name": "used",
            "version": "2.0.0",
            "licenses": [{"expression": "MIT OR Apache-2.0"}],
            "purl": "pkg:cargo/used@2.0.0",
        }])
    );
}
