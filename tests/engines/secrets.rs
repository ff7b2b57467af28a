//! Secrets are in a container, and nowhere else.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use super::engine::{Engine, Workspace, engines};

const ENTRY: &str = "secrets: {required: [PROBE_SECRET]}";

/// Begins with what the script looks for, and is new in each run: this source is in an image of the engine.
fn secret() -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    format!("a-secret-of-{:014}", now.as_nanos() % 100_000_000_000_000)
}

/// Says what it has, and waits.
const SCRIPT: &str = r#"
secret=$(cat "$SECRETS_DIR/PROBE_SECRET")
if [ ${#secret} = 26 ]; then echo '{"level":"info","event":"it_has_the_secret"}' >&2; fi
if env | grep -q a-secret-of; then echo '{"level":"info","event":"it_is_a_variable"}' >&2; fi
ls -ln "$SECRETS_DIR" | sed 's/.*/{"level":"info","event":"&"}/' >&2
echo '{"level":"info","event":"stand_in_is_up"}' >&2
exec sleep 300"#;

#[test]
fn no_inspection_argument_or_disk_has_a_secret() {
    for engine in engines() {
        let Some(workspace) = Workspace::with_script(&engine, SCRIPT) else {
            continue;
        };
        let workspace = workspace.entry(ENTRY);
        let memory = memory();
        let [value, password] = [secret(), secret()];
        let since = SystemTime::now() - Duration::from_secs(1); // file systems have coarser clocks
        let mut started = workspace
            .test()
            .execution_id("secret")
            .args(["--mode", "real", "--timeout", "10m"])
            .env("PROBE_SECRET", &value)
            .env("HTTPS_PROXY", format!("http://alice:{password}@192.0.2.1:9"))
            .env("XDG_RUNTIME_DIR", memory.path())
            .start();
        started.wait_for("stand_in_is_up");
        let names = engine.containers("secret");
        let [container] = names.as_slice() else {
            panic!("{names:?}")
        };
        let shown = engine.answer(&["inspect", container]);
        assert!(shown.contains("/run/secrets"), "{shown}");
        let mut places = vec![("inspect".to_owned(), shown.into_bytes())];
        places.extend(command_lines());
        for dir in data(&engine) {
            places.extend(new_files(&dir, since));
        }
        for (place, bytes) in places {
            for secret in [&value, &password] {
                let is_there = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
                assert!(!is_there, "{}: {secret} is in {place}", engine.name);
            }
        }
        started.signal(support::Signal::INT);
        started.wait_for("cancel_passed_on");
        started.signal(support::Signal::TERM);
        let finished = started.wait();
        finished
            .assert_failure("ERR_CANCELLED", 130)
            .assert_nowhere(&value);
        assert!(finished.stderr.contains("it_has_the_secret"), "{finished:?}");
        assert!(!finished.stderr.contains("it_is_a_variable"), "{finished:?}");
        assert!(finished.stderr.contains("-r--------"), "{finished:?}");
        assert_eq!(left(memory.path()), [""; 0], "{}: secrets are left", engine.name);
    }
}

#[test]
fn what_a_killed_run_leaves_is_removed_by_the_next() {
    for engine in engines() {
        let Some(workspace) = Workspace::with_script(&engine, SCRIPT) else {
            continue;
        };
        let workspace = workspace.entry(ENTRY);
        let memory = memory();
        let test = workspace.test().execution_id("left").args(["--mode", "real"]);
        let test = test.env("XDG_RUNTIME_DIR", memory.path());
        let mut started = test.env("PROBE_SECRET", secret()).start();
        started.wait_for("stand_in_is_up");
        started.kill().assert_killed();
        assert_eq!(left(memory.path()).len(), 1);
        let next = engine.workspace();
        let next = next
            .test()
            .execution_id("next")
            .env("XDG_RUNTIME_DIR", memory.path());
        next.run().assert_success();
        assert_eq!(left(memory.path()), [""; 0]);
        for container in engine.containers("left") {
            engine.ask(&["rm", "--force", &container]);
        }
    }
}

#[test]
fn the_file_of_a_setting_is_mounted() {
    const SCRIPT: &str = r#"
echo "{\"level\":\"info\",\"event\":\"$PROBE_FILE has $(cat "$PROBE_FILE")\"}" >&2
(echo more > "$PROBE_FILE") 2>/dev/null || echo '{"level":"info","event":"it_is_read_only"}' >&2"#;
    for engine in engines() {
        let Some(workspace) = Workspace::with_script(&engine, SCRIPT) else {
            continue;
        };
        let workspace = workspace.entry("setting_files: [PROBE_FILE, PROBE_OTHER]");
        let file = workspace.write("a file, with \"odd\" name", "its content");
        let test = workspace.test().args(["--mode", "real"]);
        let finished = test.clone().env("PROBE_FILE", &file).run();
        assert!(
            finished
                .stderr
                .contains("/run/settings/PROBE_FILE has its content"),
            "{finished:?}"
        );
        assert!(finished.stderr.contains("it_is_read_only"), "{finished:?}");
        let missing = test.env("PROBE_FILE", workspace.path("none")).run();
        missing.assert_failure("ERR_USAGE", 2);
        missing.assert_message("the file that PROBE_FILE names cannot be read");
    }
}

/// The command line of every process of this machine.
fn command_lines() -> Vec<(String, Vec<u8>)> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes
        .map(|process| process.path().join("cmdline"))
        .filter_map(|path| Some((path.display().to_string(), std::fs::read(path).ok()?)))
        .collect()
}

/// The files below a directory that were changed since then, without what is larger than any file of an engine's own: an
/// engine has images with hundreds of thousands of files.
fn new_files(dir: &Path, since: SystemTime) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut dirs = vec![dir.to_owned()];
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_dir() {
                dirs.push(entry.path());
            } else if metadata.is_file()
                && metadata.len() < 1024 * 1024
                && metadata.modified().unwrap() >= since
            {
                let content = std::fs::read(entry.path()).unwrap_or_default();
                files.push((entry.path().display().to_string(), content));
            }
        }
    }
    files
}

/// Where the engine keeps its state.
fn data(engine: &Engine) -> Vec<PathBuf> {
    if engine.name == "podman" {
        let format = "{{.Store.GraphRoot}}\n{{.Store.RunRoot}}";
        let dirs = engine.answer(&["info", "--format", format]);
        return dirs.lines().map(PathBuf::from).collect();
    }
    let dir = engine.answer(&["info", "--format", "{{.DockerRootDir}}"]);
    vec![dir.into()]
}

/// A directory on memory that no other test uses.
fn memory() -> TempDir {
    TempDir::new_in("/dev/shm").unwrap()
}

/// The directories of secrets that are there.
fn left(memory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(memory).unwrap().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names
        .filter(|name| name.starts_with("counterfoil-secrets-"))
        .collect()
}
