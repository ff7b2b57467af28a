//! The digest of the binary that runs.

use super::super::workspace::{BINARY, Workspace, probe};
use super::binary_digest;

#[test]
fn a_replaced_binary_is_another_image_and_a_success_stays_the_old_one() {
    let workspace = Workspace::new();
    let first = workspace.test().run();
    first.assert_success();
    let script = "exec $PROBE \"$@\"";
    let workspace = workspace.script(BINARY, script);
    let again = workspace.test().run();
    assert_eq!(again.assert_success().stdout, first.stdout);
    let new = workspace.test().execution_id("new").run();
    new.assert_success();
    let image = binary_digest(&std::fs::read(workspace.bin().join(BINARY)).unwrap());
    assert_eq!(new.receipt()["image_digest"], image);
    assert_ne!(first.receipt()["image_digest"], image);
}

#[test]
fn a_cached_digest_does_not_outlive_its_binary() {
    let workspace = Workspace::new();
    let cache = workspace.path("cache");
    let run = |workspace: &Workspace, id: &str| {
        let finished = workspace
            .test()
            .env("XDG_CACHE_HOME", &cache)
            .execution_id(id)
            .run();
        finished.assert_success();
        finished.receipt()["image_digest"].clone()
    };
    let probe_image = binary_digest(&std::fs::read(probe()).unwrap());
    assert_eq!(run(&workspace, "a"), probe_image.as_str());
    assert_eq!(run(&workspace, "b"), probe_image.as_str());
    let workspace = workspace.script(BINARY, "exec $PROBE \"$@\"");
    let image = binary_digest(&std::fs::read(workspace.bin().join(BINARY)).unwrap());
    assert_eq!(run(&workspace, "c"), image.as_str());
}

#[test]
fn the_binary_beside_the_orchestrator_comes_first() {
    let workspace = Workspace::with_script("echo this one is not asked >&2; exit 1");
    let beside = workspace.path("beside");
    std::fs::create_dir(&beside).unwrap();
    let counterfoil = beside.join("counterfoil");
    let own = env!("CARGO_BIN_EXE_counterfoil");
    if std::fs::hard_link(own, &counterfoil).is_err() {
        std::fs::copy(own, &counterfoil).unwrap(); // another file system
    }
    std::os::unix::fs::symlink(probe(), beside.join(BINARY)).unwrap();
    workspace.test_by(counterfoil).run().assert_success();
}

#[test]
fn a_build_comes_first_where_it_is_asked_for() {
    let built = r#"
echo "$@" > "$(dirname "$0")/../cargo-arguments"
pwd > "$(dirname "$0")/../cargo-dir"
echo "   Compiling test-probe" >&2
artifact() {
  echo '{"reason":"compiler-artifact","package_id":"p","manifest_path":"/m","target":{"name":"'$1'","kind":["bin"],"crate_types":["bin"],"src_path":"/s"},"profile":{"opt_level":"3","debuginfo":0,"debug_assertions":false,"overflow_checks":false,"test":false},"features":[],"filenames":[],"executable":"'$2'","fresh":false}'
}
artifact other /nowhere
artifact test-probe "$PROBE"
echo '{"reason":"build-finished","success":true}'"#;
    let workspace = Workspace::with_script("exit 1").script("cargo", built);
    workspace.test().args(["--build"]).run().assert_success();
    let read = |name: &str| std::fs::read_to_string(workspace.path(name)).unwrap();
    assert!(
        read("cargo-arguments").starts_with("build --release --package test-probe "),
        "{}",
        read("cargo-arguments")
    );
    assert_eq!(
        std::path::Path::new(read("cargo-dir").trim()),
        workspace.path("").canonicalize().unwrap()
    );

    let workspace = workspace.script("cargo", "echo 'error: no such crate' >&2; exit 101");
    let finished = workspace.test().args(["--build"]).execution_id("fails").run();
    finished.assert_failure("ERR_ADAPTER_INVOCATION", 33);
    assert!(finished.stderr.contains("no such crate"), "{finished:?}");
}
