//! What is told before a container starts.

use super::super::engines::{ENGINES, Engines, IMAGE};
use super::super::workspace::Workspace;

/// A platform that no machine here has.
const OTHER: &str = "linux/nonesuch";

#[test]
fn a_name_without_registry_and_owner_asks_no_engine() {
    for name in ["test-probe", "o/test-probe", "ghcr.io/test-probe"] {
        let engines = Engines::new();
        let digest = IMAGE.split_once('@').unwrap().1;
        let engines = Engines {
            workspace: engines
                .workspace
                .entry(&format!("image: {{oci: \"{name}@{digest}\"}}")),
        };
        let finished = engines.test("docker").run();
        finished.assert_failure("ERR_REGISTRY", 30);
        for part in [
            "registry/test_probe.yaml",
            "names no registry and owner",
            "ghcr.io/<owner>",
        ] {
            finished.assert_message(part);
        }
        assert!(engines.calls().is_empty(), "{name}");
    }
}

#[test]
fn an_image_of_another_platform_is_not_started() {
    for engine in ENGINES {
        let engines = Engines::new().fault("platform", OTHER);
        let finished = engines.test(engine).run();
        finished.assert_failure("ERR_IMAGE_PULL", 32);
        for part in [
            IMAGE,
            OTHER,
            "this machine needs linux/",
            "counterfoil pin --ref test/probe@1",
        ] {
            finished.assert_message(part);
        }
        assert!(engines.calls_of("run").is_empty());

        // its index may have the right one
        let engines = engines.fault("platform-pulled", "");
        engines.test(engine).run().assert_success();
        let pulls = engines.calls_of("pull");
        assert_eq!(pulls.last().unwrap()[..3], ["pull", "--quiet", "--platform"]);
    }
}

#[test]
fn platforms_are_those_of_the_index_where_the_engine_says_so() {
    let index = r#"{"manifests":[{"platform":{"os":"linux","architecture":"s390y"}},
        {"platform":{"os":"unknown","architecture":"unknown"}},{"platform":{"os":"linux","architecture":"m68k"}}]}"#;
    let engines = Engines::new().only_remote().fault("index", index).fault(
        "pull-fails",
        "no matching manifest for linux/x in the manifest list entries",
    );
    let finished = engines.test("docker").run();
    finished.assert_failure("ERR_IMAGE_PULL", 32);
    finished.assert_message("is for linux/m68k, linux/s390y, and this machine needs linux/");
}

#[test]
fn an_image_that_the_kernel_refuses_is_for_another_platform() {
    let engines = Engines::with_script("echo 'exec /processor: exec format error' >&2; exit 1");
    let finished = engines.test("docker").run();
    finished.assert_failure("ERR_ADAPTER_INVOCATION", 33);
    finished.assert_message("exit status 1 (its image is for another platform than this machine)");
}

#[test]
fn only_a_registry_that_cannot_be_reached_is_worth_another_try() {
    for (said, is_retryable, hint) in [
        (
            "dial tcp 192.0.2.1:443: i/o timeout",
            true,
            "try again when it can be reached: Error: dial tcp",
        ),
        ("manifest unknown", false, "counterfoil pin --ref test/probe@1"),
        ("no space left on device", false, "podman system prune"),
        (
            "the moon is full, see unix:///run/moon.sock",
            false,
            "the moon is full, see unix:///run/moon.sock",
        ),
    ] {
        let engines = Engines::new().only_remote().fault("pull-fails", said);
        let finished = engines.test("podman").run();
        finished.assert_failure("ERR_IMAGE_PULL", 32).assert_message(hint);
        let log = finished.log();
        let failed = log.iter().find(|line| line["event"] == "run_failed");
        assert_eq!(failed.unwrap()["retryable"], is_retryable, "{finished:?}");
    }
}

#[test]
fn an_address_of_this_machine_alone_is_told() {
    let entry = "settings: [PROBE_URL]";
    for (engine, host) in [
        ("docker", "host.docker.internal"),
        ("podman", "host.containers.internal"),
    ] {
        let engines = Engines::new().entry(entry);
        for (name, value) in [
            ("PROBE_URL", "http://localhost:1/v1"),
            ("HTTPS_PROXY", "http://127.0.0.1:1"),
        ] {
            let real = engines.test(engine).args(["--mode", "real"]);
            let finished = real.env(name, value).run();
            finished.assert_failure("ERR_USAGE", 2);
            for part in [name, host, "--engine process"] {
                finished.assert_message(part);
            }
            assert!(engines.calls_of("run").is_empty());
        }
        // what is not asked, or is no address, may be anything
        let real = engines.test(engine).args(["--mode", "real"]);
        let good = real
            .env("NO_PROXY", "localhost,127.0.0.1")
            .env("PROBE_URL", "https://service.example/v1");
        good.run().assert_success();
        let mock = engines.test(engine).execution_id("mock");
        mock.env("PROBE_URL", "http://localhost:1").run().assert_success();
    }
}

#[test]
fn the_files_of_settings_are_passed_on_by_every_engine() {
    const SCRIPT: &str = "echo \"{\\\"level\\\":\\\"info\\\",\\\"event\\\":\\\"it has $(cat \"$PROBE_FILE\")\\\"}\" >&2; exit 1";
    for engine in ["process", "docker", "podman"] {
        let workspace = Workspace::with_script(SCRIPT);
        let engines = Engines::from(workspace).entry("setting_files: [PROBE_FILE]");
        let file = engines.workspace.write("odd, \"name\"", "its content");
        let test = engines
            .test(engine)
            .current_dir(engines.workspace.root())
            .args(["--mode", "real"]);
        for path in [file.to_str().unwrap(), "odd, \"name\""] {
            let finished = test.clone().env("PROBE_FILE", path).run();
            assert!(
                finished.stderr.contains("it has its content"),
                "{engine}: {finished:?}"
            );
        }
        for (path, problem) in [("none", "cannot be read"), ("bin", "is no file")] {
            let finished = test.clone().env("PROBE_FILE", path).run();
            finished.assert_failure("ERR_USAGE", 2);
            finished.assert_message(&format!("the file that PROBE_FILE names {problem}"));
        }
    }
}
