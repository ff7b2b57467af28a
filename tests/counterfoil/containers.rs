//! `--engine docker` and `--engine podman`: what the engine is asked for, and what comes of all that it may answer.

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{getegid, geteuid};
use serde_json::Value;
use support::{Finished, Signal, json_lines, kill, make_fifo};

use super::workspace::{BINARY, SECRET, Workspace};
use super::engines::{ENGINES, Engines, IMAGE, value};
use super::stopped::{assert_released, holding, signalled};

/// Has the FIFO `held` open as long as it lives, says that it is up, and ignores every polite request.
const STUBBORN: &str = r#"
trap '' TERM INT
exec 3> "$ARTIFACTS_BASE_DIR/held"
echo held >&3
echo '{"level":"info","event":"stand_in_is_up"}' >&2
exec sleep 120"#;
const REAL: &str = "secrets: {required: [PROBE_SECRET], optional: [PROBE_OTHER]}";
const VALUE: &str = "hunter2-and-more";

/// One run's arguments, with what differs between machines and runs replaced.
fn command_line(engines: &Engines) -> String {
    let runs = engines.calls_of("run");
    let [run] = runs.as_slice() else {
        panic!("one run, not {runs:?}");
    };
    let user = format!("{}:{}", geteuid().as_raw(), getegid().as_raw());
    assert_eq!(value(run, "--user").as_deref(), Some(user.as_str()));
    let name = value(run, "--name").unwrap();
    run.join(" ")
        .replace(&name, "[NAME]")
        .replace(&format!("--user {user}"), "--user [USER]")
        .replace(engines.workspace.artifacts().to_str().unwrap(), "[ARTIFACTS]")
        .replace(IMAGE, "[IMAGE]")
}

#[test]
fn the_command_line_in_mock() {
    let keep_id = if geteuid().is_root() {
        ""
    } else {
        "--userns keep-id "
    };
    for (engine, own) in [
        ("docker", String::new()),
        ("podman", format!("--http-proxy=false {keep_id}")),
    ] {
        let engines = Engines::new();
        engines.test(engine).run().assert_success();
        assert_eq!(
            command_line(&engines),
            format!(
                "run --rm --interactive --pull never --name [NAME] --read-only --tmpfs /tmp --cap-drop ALL \
                 --security-opt no-new-privileges --user [USER] {own}--cpus 1 --pids-limit 256 \
                 --memory 2147483648 --memory-swap 2147483648 --network none \
                 --mount type=bind,source=[ARTIFACTS],target=/artifacts --env ADAPTER=local --env ARTIFACTS_BASE_DIR=/artifacts \
                 --env CPU=1 --env IMAGE_REF=[IMAGE] --env MEMORY=2Gi --env PROCESSOR_REF=test/probe@1 \
                 --env TIMEOUT_S=56 [IMAGE] --inputs - --write-prefix /artifacts/demo/{{execution_id}}/ \
                 --execution-id run-1"
            )
        );
        assert_eq!(engines.commands(), ["image", "run"]);
    }
}

#[test]
fn a_real_run_has_a_network_and_the_secrets_of_its_entry_by_name() {
    for engine in ENGINES {
        let engines = Engines::new().entry(REAL);
        let finished = engines
            .probe(engine, r#"{"do":"needs_secret"}"#)
            .args(["--mode", "real"])
            .env(SECRET, VALUE)
            .env("PROBE_OTHER", "")
            .env("NOT_OF_THE_ENTRY", VALUE)
            .run();
        finished.assert_success().assert_nowhere(VALUE);
        let line = command_line(&engines);
        assert!(!line.contains("--network"), "{line}");
        assert!(
            line.contains(" --env TIMEOUT_S=56 --env PROBE_SECRET [IMAGE] "),
            "{line}"
        );
        let calls = std::fs::read_to_string(engines.state("calls.jsonl")).unwrap();
        assert!(!calls.contains(VALUE), "{calls}");
        assert!(
            calls.contains(r#""environment":["#) && calls.contains("NOT_OF_THE_ENTRY"),
            "{calls}"
        );
    }
}

#[test]
fn a_container_has_the_environment_of_the_contracts_and_no_other() {
    let engines =
        Engines::with_script("env | cut -d= -f1 | sort > \"$ARTIFACTS_BASE_DIR/names\"").entry(REAL);
    let call = |mode: &str| {
        let call = engines.test("docker").args(["--mode", mode]);
        call.env(SECRET, VALUE)
            .env("HTTPS_PROXY", VALUE)
            .env("LOG_LEVEL", "warn")
    };
    for (mode, secrets) in [("mock", vec![]), ("real", vec![SECRET, "HTTPS_PROXY"])] {
        call(mode).run().assert_failure("ERR_ADAPTER_INVOCATION", 33);
        let names = std::fs::read_to_string(engines.workspace.artifacts().join("names")).unwrap();
        let mut expected = vec![
            "ADAPTER",
            "ARTIFACTS_BASE_DIR",
            "CPU",
            "HOSTNAME",
            "IMAGE_REF",
            "LOG_LEVEL",
            "MEMORY",
            "PATH",
            "PROCESSOR_REF",
            "PWD",
            "TIMEOUT_S",
        ];
        expected.extend(secrets);
        expected.sort_unstable();
        let names: Vec<_> = names.lines().filter(|name| *name != "_").collect();
        assert_eq!(names, expected);
    }
}

#[test]
fn the_receipts_name_the_pinned_image() {
    let engines = Engines::new();
    let finished = engines.test("podman").run();
    let receipt = finished.assert_success().receipt();
    assert_eq!(receipt["image_digest"], IMAGE);
    assert_eq!(
        receipt["env_fingerprint"],
        format!("cpu:1;image:{IMAGE};memory:2Gi")
    );
}

#[test]
fn artifacts_folders_with_odd_names() {
    for name in ["with space", "a,b", "say \"a,b\"", "it's;$HOME", "ünï", "a=b:c"] {
        let engines = Engines::new();
        let base = engines.workspace.path(name);
        for engine in ENGINES {
            let call = engines.test(engine).artifacts(&base).execution_id(engine);
            call.run().assert_success();
        }
    }
}

#[test]
fn artifacts_folders_that_no_engine_can_mount() {
    for name in [OsStr::from_bytes(b"\xff"), OsStr::new("a\nb")] {
        let engines = Engines::new();
        let base = engines.workspace.path("").join(name);
        let finished = engines.test("docker").artifacts(&base).run();
        finished.assert_failure("ERR_USAGE", 2);
        finished.assert_message("--artifacts-dir");
        assert_eq!(engines.commands(), ["image"]);
        // without a container it is a folder like any other
        engines.test("process").artifacts(&base).run().assert_success();
    }
}

#[test]
fn two_runs_of_one_execution_have_containers_of_their_own() {
    let engines = Engines::new();
    let id = "x".repeat(128);
    let test = engines.test("docker").execution_id(&id);
    let (first, second) = (test.start(), test.start());
    first.wait().assert_success();
    second.wait().assert_success();
    let names = engines.names();
    assert_ne!(names[0], names[1]);
    for name in names {
        assert!(name.starts_with("counterfoil-xxx") && name.len() <= 128, "{name}");
    }
}

#[test]
fn a_batch_pulls_once_and_names_every_container() {
    let engines = Engines::new().only_remote();
    let batch = engines.workspace.write("batch.jsonl", b"{}\n{}\n{}\n");
    let finished = engines
        .test("podman")
        .without_inputs()
        .args(["--jobs", "2", "--batch"])
        .args([batch])
        .run();
    finished.assert_status(0);
    assert_eq!(json_lines(&finished.stdout).len(), 3);
    assert_eq!(engines.calls_of("pull").len(), 1);
    let mut names = engines.names();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 3);
}

#[test]
fn an_image_that_is_not_here_is_pulled_once() {
    for engine in ENGINES {
        let engines = Engines::new().only_remote();
        engines.test(engine).run().assert_success();
        engines
            .test(engine)
            .execution_id("again")
            .run()
            .assert_success();
        assert_eq!(engines.commands(), ["image", "pull", "run", "image", "run"]);
        assert_eq!(engines.calls_of("pull"), [["pull", "--quiet", IMAGE]]);
    }
}

#[test]
fn a_pull_that_fails_tells_why() {
    let engines = Engines::new()
        .entry(REAL)
        .fault(
            "pull-fails",
            &format!("{}\ndenied for {VALUE}", "waiting ".repeat(500)),
        )
        .only_remote();
    let finished = engines
        .test("docker")
        .args(["--mode", "real"])
        .env(SECRET, VALUE)
        .run();
    finished
        .assert_failure("ERR_IMAGE_PULL", 32)
        .assert_nowhere(VALUE);
    let message = finished.message();
    assert!(message.contains(IMAGE) && message.contains("log in"), "{message}");
    assert!(
        message.ends_with("denied for [REDACTED]") && message.len() < 1000,
        "{message}"
    );
    assert_eq!(engines.commands(), ["image", "pull", "version"]);
}

#[test]
fn an_unpinned_image_asks_no_engine() {
    for engine in ENGINES {
        let engines = Engines::new();
        let engines = Engines {
            workspace: engines.workspace.entry(""),
        };
        let finished = engines.test(engine).run();
        finished.assert_failure("ERR_IMAGE_UNPINNED", 31);
        for way_out in [
            "registry/test_probe.yaml",
            "repo/test-probe@sha256:",
            "--build",
            "--engine process",
        ] {
            finished.assert_message(way_out);
        }
        assert!(engines.calls().is_empty());
    }
}

#[test]
fn an_engine_that_is_missing_or_does_not_answer() {
    for engine in ENGINES {
        let engines = Engines::new();
        std::fs::remove_file(engines.workspace.bin().join(engine)).unwrap();
        let finished = engines.test(engine).run();
        finished.assert_failure("ERR_ADAPTER_INVOCATION", 33);
        for part in [engine, "install it", "--engine process"] {
            finished.assert_message(part);
        }

        let engines = Engines::new().fault("down", "nobody at unix:///run/x.sock, is the daemon running?");
        let finished = engines.test(engine).run();
        finished.assert_failure("ERR_ADAPTER_INVOCATION", 33);
        for part in [
            engine,
            "does not answer",
            "nobody at unix://[path], is the daemon running?",
        ] {
            finished.assert_message(part);
        }
    }
}

fn refused(engines: &Engines, told: &[&str]) -> Finished {
    let finished = engines.test("docker").run();
    finished.assert_failure("ERR_ADAPTER_INVOCATION", 33);
    assert_eq!(finished.receipt()["image_digest"], IMAGE);
    for part in told {
        finished.assert_message(part);
    }
    finished
}

#[test]
fn exit_statuses_of_the_engine_are_explained() {
    let engines = Engines::new().fault("run-fails", "no space left on device");
    refused(
        &engines,
        &["125", "could not run the container", "no space left on device"],
    );
    assert_eq!(engines.commands(), ["image", "run", "rm"]);

    let engines = Engines::new();
    engines.put("images", IMAGE, &engines.workspace.write("text", b"no program"));
    refused(&engines, &["126", "no processor that can be started"]);

    let engines = Engines::new();
    engines.put("images", IMAGE, Path::new("/nowhere"));
    refused(&engines, &["127", "no processor that can be started"]);

    let engines = Engines::with_script("echo so good >&2; kill -9 $$");
    refused(&engines, &["signal 9", "want of memory", "so good"]);
}

#[test]
fn messages_hold_no_path_of_this_machine() {
    let script = "echo \"cannot open $ARTIFACTS_BASE_DIR/x for '/etc/y'\" >&2; exit 9";
    let engines = Engines::with_script(script);
    for engine in ["process", "docker"] {
        let finished = engines.test(engine).run();
        finished.assert_failure("ERR_ADAPTER_INVOCATION", 33);
        assert!(
            finished
                .message()
                .ends_with("cannot open /artifacts/x for '[path]'"),
            "{finished:?}"
        );
    }
}

/// Engines with a stubborn processor, and what it holds.
fn stubborn() -> (Engines, File) {
    let (workspace, held) = holding(STUBBORN);
    (Engines::from(workspace), held)
}

#[test]
fn a_timeout_kills_the_container() {
    for (engine, removal) in [
        ("docker", vec!["rm", "--force"]),
        ("podman", vec!["rm", "--force", "--time", "0"]),
    ] {
        let (engines, held) = stubborn();
        let finished = engines.test(engine).args(["--timeout", "0.1"]).run();
        assert_released(&engines.workspace, held);
        finished.assert_failure("ERR_TIMEOUT", 124);
        assert_eq!(finished.receipt()["image_digest"], IMAGE);
        engines.assert_no_container();
        let mut expected: Vec<String> = removal.into_iter().map(String::from).collect();
        expected.extend(engines.names());
        assert_eq!(engines.calls_of("rm")[0], expected);
    }
}

#[test]
fn a_signal_goes_to_the_container_and_is_waited_for() {
    for (engine, signal, name, status) in [
        ("docker", Signal::INT, "INT", 130),
        ("podman", Signal::TERM, "TERM", 143),
    ] {
        let engines = Engines::new();
        let call = engines.probe(engine, r#"{"do":"clean_up"}"#);
        let finished = signalled(&call, [("inputs_read", signal)]);
        finished.assert_failure("ERR_CANCELLED", status);
        assert_eq!(finished.message(), "the clean-up ran to its end");
        let [container] = engines.names().try_into().unwrap();
        let kill = ["kill", "--signal", name, &container].map(String::from);
        assert_eq!(engines.calls_of("kill"), [kill]);
        assert!(engines.calls_of("rm").is_empty(), "it ended by itself");
        engines.assert_no_container();
    }
}

#[test]
fn a_second_signal_kills_the_container_at_once() {
    for engine in ENGINES {
        let (engines, held) = stubborn();
        let signals = [("stand_in_is_up", Signal::INT), ("cancel_passed_on", Signal::INT)];
        let finished = signalled(&engines.test(engine), signals);
        assert_released(&engines.workspace, held);
        finished.assert_failure("ERR_CANCELLED", 130);
        assert!(!engines.calls_of("rm").is_empty());
        engines.assert_no_container();
    }
}

#[test]
fn a_signal_waits_for_a_container_that_is_not_there_yet() {
    let engines = Engines::new();
    let gate = engines.state("gate");
    make_fifo(&gate);
    let started = engines.probe("docker", r#"{"do":"hang_async"}"#).start();
    let open = File::options().write(true).open(&gate).unwrap(); // waits until the client waits
    started.signal(Signal::TERM);
    while engines.calls_of("kill").is_empty() {
        std::thread::yield_now();
    }
    drop(open);
    let finished = started.wait();
    finished.assert_failure("ERR_CANCELLED", 143);
    assert!(engines.calls_of("kill").len() > 1, "the first came too early");
    engines.assert_no_container();
}

#[test]
fn an_engine_that_hangs_keeps_no_second_signal_waiting() {
    let (engines, held) = stubborn();
    let engines = engines.fault("hangs", "kill");
    let mut started = engines.test("docker").start();
    started.wait_for("stand_in_is_up");
    started.signal(Signal::TERM);
    while engines.calls_of("kill").is_empty() {
        std::thread::yield_now();
    }
    let since = Instant::now();
    started.signal(Signal::TERM);
    let finished = started.wait();
    assert!(
        since.elapsed() < Duration::from_secs(6),
        "it waited for the engine"
    );
    assert_released(&engines.workspace, held);
    finished.assert_failure("ERR_CANCELLED", 143);
}

#[test]
fn a_client_that_is_killed_takes_its_container_along() {
    for engine in ENGINES {
        let (engines, held) = stubborn();
        let mut started = engines.test(engine).start();
        started.wait_for("stand_in_is_up");
        let is_run = |call: &&Value| call["arguments"][0] == "run";
        let client = engines.calls().iter().find(is_run).unwrap()["pid"].as_i64();
        kill(client.unwrap().try_into().unwrap(), Signal::KILL);
        let finished = started.wait();
        assert_released(&engines.workspace, held);
        finished.assert_failure("ERR_ADAPTER_INVOCATION", 33);
        finished.assert_message("client was killed");
        engines.assert_no_container();
    }
}

#[test]
fn a_build_gives_the_image_that_is_run() {
    for engine in ENGINES {
        let workspace = Workspace::new();
        let probe = workspace.bin().join(BINARY);
        let engines = Engines::from(workspace);
        symlink(probe, engines.state("built")).unwrap();
        let engines = Engines {
            workspace: engines.workspace.entry(""), // nothing is pinned
        };
        let finished = engines.test(engine).args(["--build"]).run();
        finished.assert_success();
        let id = "b111".repeat(16);
        let image = format!("localhost/{BINARY}@sha256:{id}");
        assert_eq!(finished.receipt()["image_digest"], image);
        assert!(
            finished.stderr.contains("built, and told on stdout"),
            "{finished:?}"
        );
        let [run] = engines.calls_of("run").try_into().unwrap();
        assert!(
            run.contains(&format!("sha256:{id}")) && run.contains(&format!("IMAGE_REF={image}")),
            "{run:?}"
        );
        assert_eq!(engines.commands(), ["build", "run"]);
    }
}

#[test]
fn a_build_that_fails_starts_nothing() {
    let engines = Engines::new();
    let finished = engines.test("docker").args(["--build"]).run();
    finished.assert_failure("ERR_ADAPTER_INVOCATION", 33);
    finished.assert_message("stands above");
    assert!(finished.stderr.contains("does not compile"), "{finished:?}");
    assert_eq!(engines.commands(), ["build"]);
}
