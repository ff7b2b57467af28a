//! What a container may use, and how it is told that this was too little.

use super::engine::{Workspace, engines};

/// Takes memory without end.
const GREEDY: &str = r#"a=0123456789; while :; do a="$a$a"; done"#;

#[test]
fn a_kill_for_want_of_memory_names_the_limit() {
    for engine in engines() {
        let Some(workspace) = Workspace::with_script(&engine, GREEDY) else {
            continue;
        };
        let workspace = workspace.entry_with("32Mi", "");
        let finished = workspace.test().execution_id("greedy").run();
        finished.assert_failure("ERR_ADAPTER_INVOCATION", 33);
        finished.assert_message("want of memory; runtime.memory of its entry is 32Mi");
        if engine.name == "docker" {
            finished.assert_message("signal 9 (killed for want of memory");
        }
        let failed = finished
            .log()
            .into_iter()
            .find(|line| line["event"] == "run_failed");
        assert_eq!(failed.unwrap()["retryable"], true, "{finished:?}");
        assert_eq!(engine.containers("greedy"), [""; 0]);
    }
}

#[test]
fn a_real_run_has_a_name_for_this_machine() {
    for engine in engines() {
        let Some(workspace) = Workspace::with_script(
            &engine,
            "sed 's/.*/{\"level\":\"info\",\"event\":\"&\"}/' /etc/hosts >&2",
        ) else {
            continue;
        };
        let finished = workspace.test().args(["--mode", "real"]).run();
        let name = format!(
            "host.{}.internal",
            if engine.name == "docker" {
                "docker"
            } else {
                "containers"
            }
        );
        assert!(finished.stderr.contains(&name), "{name}: {finished:?}");
    }
}

#[test]
fn a_container_is_confined() {
    const SCRIPT: &str = r#"
(echo x > /x) 2>/dev/null || echo '{"level":"info","event":"root_is_read_only"}' >&2
sed -n 's/^\(Cap...:\|NoNewPrivs:\|Seccomp:\)\t\(.*\)/{"level":"info","event":"\1 \2"}/p' /proc/self/status >&2
ls /sys/class/net | sed 's/.*/{"level":"info","event":"net &"}/' >&2"#;
    for engine in engines() {
        let Some(workspace) = Workspace::with_script(&engine, SCRIPT) else {
            continue;
        };
        let finished = workspace.test().run();
        for expected in [
            "root_is_read_only",
            "CapEff: 0000000000000000",
            "CapBnd: 0000000000000000",
            "NoNewPrivs: 1",
            "Seccomp: 2",
            "net lo",
        ] {
            assert!(
                finished.stderr.contains(expected),
                "{}: {expected}: {finished:?}",
                engine.name
            );
        }
        assert!(!finished.stderr.contains("net eth"), "{finished:?}");
    }
}
