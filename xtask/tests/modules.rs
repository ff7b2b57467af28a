//! What `cargo xtask modules` finds.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::process::Command;

use tempfile::TempDir;

/// The lines that it prints about a workspace of these files.
fn check(files: &[(&str, &str)]) -> Vec<String> {
    let dir = TempDir::new().unwrap();
    for (name, text) in files {
        let file = dir.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
    xtask
        .arg("modules")
        .env("CARGO_MANIFEST_DIR", dir.path().join("xtask"));
    let output = xtask.output().unwrap();
    let lines: Vec<String> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    let is_clean = lines
        .last()
        .is_some_and(|line| line.ends_with("of 1 crates: no circle"));
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.success(), is_clean, "{lines:?} {error}");
    lines
}

fn package(name: &str, rest: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n{rest}")
}

/// Every edge that is part of a circle of one crate.
fn edges(files: &[(&str, &str)]) -> Vec<String> {
    let manifest = package("xtask", "[lib]\npath = \"lib.rs\"\n");
    let files = [&[("Cargo.toml", manifest.as_str())], files].concat();
    let lines = check(&files).into_iter();
    lines
        .filter_map(|line| line.strip_prefix("  ").map(str::to_owned))
        .collect()
}

/// The same as `from -> to`.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let edges = edges(files).into_iter();
    edges
        .map(|edge| edge.split_once("  ").unwrap().0.replace("crate::", ""))
        .collect()
}

#[test]
fn two_modules_that_name_each_other_are_a_circle() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        (
            "b.rs",
            "
        pub struct B;
        fn f() { let _ = super::a::A; }",
        ),
    ];
    assert_eq!(found(&files), ["a -> b", "b -> a"]);
}

#[test]
fn an_edge_names_its_first_line_and_path() {
    let files = [
        (
            "lib.rs",
            "mod a;\nfn own() {}\n\nfn f() {\n    a::f();\n    a::f();\n}\n",
        ),
        ("a.rs", "pub fn f() {}\nfn g() { crate::own() }"),
    ];
    assert_eq!(
        edges(&files),
        [
            "crate -> crate::a  lib.rs:5 (a::f)",
            "crate::a -> crate  a.rs:2 (crate::own)"
        ]
    );
}

#[test]
fn to_declare_a_child_is_not_to_know_it() {
    let parent = ("lib.rs", "mod a; pub struct Shared;");
    assert_eq!(found(&[parent, ("a.rs", "use super::Shared;")]), [""; 0]);
    let parent = ("lib.rs", "mod a; pub use a::A; pub struct Shared;");
    assert_eq!(
        found(&[parent, ("a.rs", "use super::Shared; pub struct A;")]),
        ["crate -> a", "a -> crate"]
    );
}

#[test]
fn a_name_that_a_parent_passes_on_belongs_to_the_child() {
    let files = [
        ("lib.rs", "mod m; pub use m::*;"),
        (
            "m.rs",
            "mod a; mod b; pub use a::A; use b::B as Other; fn f(_: Other) {}",
        ),
        ("m/a.rs", "pub struct A;"),
        ("m/b.rs", "use super::A; use crate::A as Same; pub struct B;"),
    ];
    assert_eq!(found(&files), [""; 0]);
}

#[test]
fn a_name_is_followed_through_what_a_module_is_called_here() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b; fn f() { b::inner::g::<u8>() }"),
        ("b.rs", "pub mod inner;"),
        ("b/inner.rs", "pub fn g<T>() { format!(\"{}\", crate::a::X); }"),
    ];
    assert_eq!(found(&files), ["a -> b::inner", "b::inner -> a"]);
}

#[test]
fn a_module_and_a_function_may_share_a_name() {
    let files = [
        (
            "lib.rs",
            "mod read; mod user; pub use read::read; fn own() { user::f() }",
        ),
        ("read.rs", "pub fn read() {}"),
        ("user.rs", "use crate::read; pub fn f() { read() }"),
    ];
    assert_eq!(found(&files), [""; 0]);
}

#[test]
fn attributes_and_macros_name_modules() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        (
            "a.rs",
            "pub struct S { #[serde(with = \"crate::b::time\")] t: u8 }",
        ),
        (
            "b.rs",
            "pub mod time { pub fn f() { assert!(crate::a::S::is_new()); } }",
        ),
    ];
    assert_eq!(found(&files), ["a -> b", "b -> a"]);
}

#[test]
fn tests_and_visibilities_and_inline_modules_do_not_count() {
    let files = [
        ("lib.rs", "mod a; fn own() { a::f() }"),
        (
            "a.rs",
            "
            pub(in crate::a) fn f() {}
            mod inline { use super::f; }
            #[cfg(test)] mod tests { use crate::own; }
            #[cfg(test)] mod absent;
            #[test] fn t() { crate::own() }
            #[cfg(test)] impl X { fn f() { crate::own() } }",
        ),
    ];
    assert_eq!(found(&files), [""; 0]);
}

#[test]
fn other_crates_and_local_names_are_not_modules() {
    let files = [
        ("lib.rs", "mod std; mod a; fn own() { a::f(); }"),
        ("std.rs", "use crate::own;"),
        (
            "a.rs",
            "use ::std::fs; pub fn f() { ::std::process::exit(1); Vec::<u8>::new(); }",
        ),
    ];
    assert_eq!(found(&files), [""; 0]);
}

#[test]
fn a_path_attribute_says_where_a_file_is() {
    let files = [
        ("lib.rs", "mod a; fn own() { a::b::f(); }"),
        ("a.rs", "#[path = \"elsewhere/c.rs\"] pub mod b;"),
        ("elsewhere/c.rs", "pub fn f() { crate::own() }"),
    ];
    assert_eq!(found(&files), ["crate -> a::b", "a::b -> crate"]);
}

#[test]
fn a_dependency_that_the_table_does_not_allow_is_forbidden() {
    let processor = package("llm-litellm", "[dependencies]\ncounterfoil = { path = \"../b\" }");
    let dev = package(
        "counterfoil",
        "[dev-dependencies]\nllm-litellm = { path = \"../a\" }",
    );
    let lines = check(&[
        ("Cargo.toml", "[workspace]\nmembers = [\"*\"]\n"),
        ("a/Cargo.toml", &processor),
        ("a/src/lib.rs", ""),
        ("b/Cargo.toml", &dev),
        ("b/src/lib.rs", ""),
        ("c/Cargo.toml", &package("stranger", "")),
        ("c/src/lib.rs", ""),
    ]);
    let expected = [
        "crate llm-litellm must not depend on counterfoil",
        "crate stranger has no line in xtask/src/modules/directions.rs",
    ];
    assert_eq!(lines, expected);
}
