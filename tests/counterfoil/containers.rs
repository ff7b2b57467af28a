//! `--engine docker` and `--engine podman`: the commands of an engine, and all that it may answer.

mod estimates;
mod left;
mod refused;
mod stops;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::Path;

use rustix::process::{getegid, geteuid};
use support::{Finished, json_lines};

use super::engines::{ENGINES, Engines, IMAGE, value};
use super::workspace::{BINARY, SECRET, Workspace};

const REAL: &str = "secrets: {required: [PROBE_SECRET], optional: [PROBE_OTHER]}";
const VALUE: &str = "hunter2-and-more";

/// One run's arguments, with what differs between machines and runs replaced.
fn command_line(engines: &Engines) -> String {
    let runs = engines.calls_of("run");
    let [run] = runs.as_slice() else {
        panic!("one run, not {runs:?}");
    };
    let user = if geteuid().is_root() {
        "65532:65532".to_owned() // the artifacts directory was new
    } else {
        format!("{}:{}", geteuid().as_raw(), getegid().as_raw())
    };
    assert_eq!(value(run, "--user").as_deref(), Some(user.as_str()));
    let name = value(run, "--name").unwrap();
    let mut words = run.clone();
    for label in ["artifacts", "orchestrator", "until"].map(|name| format!("counterfoil.{name}=")) {
        let word = words.iter_mut().find(|word| word.starts_with(&label)).unwrap();
        *word = format!("{label}[VARIES]");
    }
    words
        .join(" ")
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
                "run --rm --interactive --pull never --name [NAME] --label counterfoil.execution=run-1 \
                 --label counterfoil.artifacts=[VARIES] --label counterfoil.orchestrator=[VARIES] \
                 --label counterfoil.until=[VARIES] --read-only --tmpfs /tmp --cap-drop ALL \
                 --security-opt no-new-privileges --user [USER] --log-driver none {own}--cpus 1 --pids-limit 256 \
                 --memory 2147483648 --memory-swap 2147483648 --network none \
                 --mount type=bind,source=[ARTIFACTS],target=/artifacts --env ADAPTER=local --env ARTIFACTS_BASE_DIR=/artifacts \
                 --env CPU=1 --env IMAGE_REF=[IMAGE] --env MEMORY=2Gi --env PROCESSOR_REF=test/probe@1 \
                 --env TIMEOUT_S=56 [IMAGE] --inputs - --write-prefix /artifacts/demo/{{execution_id}}/ \
                 --execution-id run-1"
            )
        );
        assert_eq!(engines.commands(), ["image", "run"]);
        engines.assert_no_container();
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
            line.contains(",target=/run/secrets,readonly --env SECRETS_DIR=/run/secrets [IMAGE] "),
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
fn a_container_has_the_environment_of_the_specification_alone() {
    let engines =
        Engines::with_script("env | cut -d= -f1 | sort > \"$ARTIFACTS_BASE_DIR/names\"").entry(REAL);
    let call = |mode: &str| {
        let call = engines.test("docker").args(["--mode", mode]);
        call.env(SECRET, VALUE)
            .env("HTTPS_PROXY", VALUE)
            .env("LOG_LEVEL", "warn")
    };
    for (mode, secrets) in [("mock", vec![]), ("real", vec!["SECRETS_DIR", "HTTPS_PROXY"])] {
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
fn mounts_artifacts_directories_with_odd_names() {
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
fn refuses_artifacts_directories_that_no_engine_can_mount() {
    for name in [OsStr::from_bytes(b"\xff"), OsStr::new("a\nb")] {
        let engines = Engines::new();
        let base = engines.workspace.path("").join(name);
        let finished = engines.test("docker").artifacts(&base).run();
        finished.assert_failure("ERR_USAGE", 2);
        finished.assert_message("--artifacts-dir");
        assert_eq!(engines.commands(), ["image"]);
        // without a container it is a directory like any other
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
        engines.test(engine).execution_id("again").run().assert_success();
        let first = ["image", "pull", "image", "run"];
        let second = ["image", "run"];
        assert_eq!(engines.commands(), [&first[..], &second[..]].concat());
        assert_eq!(engines.calls_of("pull"), [["pull", "--quiet", IMAGE]]);
    }
}

#[test]
fn a_failed_pull_reports_why() {
    let engines = Engines::new()
        .entry(REAL)
        .fault(
            "pull-fails",
            &format!("{}\nunauthorized: {VALUE}", "waiting ".repeat(500)),
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
    assert!(
        message.contains(IMAGE) && message.contains("docker login ghcr.io"),
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
            "`counterfoil pin --ref test/probe@1`",
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
            "nobody at unix:///run/x.sock, is the daemon running?",
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
    refused(&engines, &["126", "could not start the processor"]);

    let engines = Engines::new();
    engines.put("images", IMAGE, Path::new("/proc/nowhere"));
    refused(&engines, &["127", "could not start the processor"]);

    let engines = Engines::with_script("echo so good >&2; kill -9 $$");
    refused(
        &engines,
        &[
            "signal 9",
            "most likely for want of memory",
            "runtime.memory of its entry is 2Gi",
            "so good",
        ],
    );
    refused(
        &engines.fault("out-of-memory", ""),
        &["signal 9 (killed for want of memory; runtime.memory of its entry is 2Gi)"],
    );
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
