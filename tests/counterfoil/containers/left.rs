//! Containers and secrets that a killed orchestrator leaves.

use std::path::Path;

use support::{Dir, wait_until};

use super::super::engines::{ENGINES, Engines};
use super::super::workspace::SECRET;

const REAL: &str = "secrets: {required: [PROBE_SECRET]}";

/// Says that it is up, and waits until `go` is there; then it is the probe.
const SLOW: &str = r#"
echo '{"level":"info","event":"stand_in_is_up"}' >&2
until [ -e "$ARTIFACTS_BASE_DIR/go" ]; do sleep 0.02; done
exec $PROBE "$@""#;

#[test]
fn the_next_run_says_that_the_container_goes_on_and_a_later_one_removes_it() {
    for engine in ENGINES {
        let engines = Engines::with_script(SLOW);
        let mut killed = engines.test(engine).start();
        killed.wait_for("stand_in_is_up");
        killed.kill().assert_killed();

        let mut again = engines.test(engine).start();
        again.wait_for("left_container_goes_on");
        again.wait_for("stand_in_is_up");
        // an execution of another name has nothing to do with it
        let mut other = engines.test(engine).execution_id("other").start();
        other.wait_for("stand_in_is_up");
        std::fs::write(engines.workspace.artifacts().join("go"), "").unwrap();
        again.wait().assert_success();
        let other = other.wait();
        other.assert_success();
        assert!(!other.stderr.contains("left_container"), "{other:?}");

        let containers = || std::fs::read_dir(engines.state("containers")).unwrap().flatten();
        wait_until("the container ends", || {
            containers().next().is_none() // it removes itself
        });
        engines.test(engine).execution_id("last").run().assert_success();
        engines.assert_no_container();
    }
}

/// The directories of secrets.
fn left(memory: &Path) -> usize {
    let entries = std::fs::read_dir(memory).unwrap().flatten();
    entries
        .filter(|entry| {
            entry
                .file_name()
                .to_string_lossy()
                .starts_with("counterfoil-secrets-")
        })
        .count()
}

#[test]
fn secrets_are_on_memory_for_as_long_as_their_run() {
    let Ok(memory) = tempfile::tempdir_in("/dev/shm") else {
        eprintln!("*** SKIPPED: /dev/shm cannot be written ***");
        return;
    };
    let engines = Engines::with_script(
        "echo \"{\\\"level\\\":\\\"info\\\",\\\"event\\\":\\\"it has $(wc -c < \"$SECRETS_DIR/PROBE_SECRET\")\\\"}\" >&2\n\
         ls -ld \"$SECRETS_DIR\" \"$SECRETS_DIR\"/* | sed 's/ .*//; s/.*/{\"level\":\"info\",\"event\":\"mode &\"}/' >&2",
    )
    .entry(REAL);
    let test = engines
        .test("docker")
        .args(["--mode", "real"])
        .env("XDG_RUNTIME_DIR", memory.path())
        .env(SECRET, "hunter2-and-more");
    let finished = test.run();
    for expected in ["it has 16", "mode drwx------", "mode -r--------"] {
        assert!(finished.stderr.contains(expected), "{expected}: {finished:?}");
    }
    assert_eq!(left(memory.path()), 0);

    // where the variable names no memory, there is other memory
    let disk = Dir::new();
    let finished = test.env("XDG_RUNTIME_DIR", disk.root()).run();
    assert!(finished.stderr.contains("it has 16"), "{finished:?}");
    assert_eq!(left(disk.root()), 0);

    // what nobody holds is removed, and nothing else
    for name in ["counterfoil-secrets-0", "counterfoil-other", "other"] {
        std::fs::create_dir(memory.path().join(name)).unwrap();
    }
    std::fs::write(memory.path().join("counterfoil-secrets-0/KEY"), "x").unwrap();
    engines.test("docker").env("XDG_RUNTIME_DIR", memory.path()).run();
    let entries = std::fs::read_dir(memory.path()).unwrap();
    assert_eq!(entries.count(), 2);
}
