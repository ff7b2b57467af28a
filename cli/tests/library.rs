//! The whole program as a function, called more than once in one process.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use counterfoil::{Environment, ExitStatus, Stdio};
use serde_json::Value;

/// A stream that is read afterwards.
#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Captured {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// A directory with a registry of one processor, whose binary is on a `PATH` of its own.
struct Place(tempfile::TempDir);

impl Place {
    fn new(script: &str) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.write(
            "registry/test_echo.yaml",
            "ref: test/echo@1\nbuild: {package: test-echo}\nruntime: {cpu: 1, memory: 1Gi, timeout_s: 20}\n\
             secrets: {optional: [KEY]}\n",
        );
        let program = place.write("bin/test-echo", script);
        fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
        place
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn environment(&self, more: &[(&str, &str)]) -> Environment {
        let path = format!("{}/bin:/usr/bin:/bin", self.0.path().display());
        let mut variables = vec![("PATH".to_owned(), path)];
        variables.extend(
            more.iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        Environment::new(variables, self.0.path())
    }
}

/// What a call came to: its status, stdout and stderr.
fn call(arguments: &[&str], stdin: &'static str, environment: Environment) -> (ExitStatus, String, String) {
    let (stdout, stderr) = (Captured::default(), Captured::default());
    let arguments = ["counterfoil"].iter().chain(arguments).map(OsString::from);
    let stdio = Stdio::new(stdin.as_bytes(), stdout.clone(), stderr.clone());
    let status = counterfoil::run(arguments, environment, stdio);
    (status, stdout.text(), stderr.text())
}

#[test]
fn two_calls_have_nothing_in_common() {
    let run = [
        "run",
        "--ref",
        "test/echo@1",
        "--inputs",
        "-",
        "--execution-id",
        "x",
        "--json",
    ];
    // each processor says what it was given, and fails
    let script = |name: &str| format!("#!/bin/sh\necho \"{name} $(pwd) $LOG_LEVEL $(cat)\" >&2; exit 1\n");
    let [one, two] = ["one", "two"].map(|name| Place::new(&script(name)));
    let first = call(
        &run,
        r#"{"params":{"a":1}}"#,
        one.environment(&[("LOG_LEVEL", "debug")]),
    );
    let second = call(
        &run,
        r#"{"params":{"b":2}}"#,
        two.environment(&[("ARTIFACTS_BASE_DIR", "elsewhere")]),
    );

    for ((status, stdout, stderr), name, inputs, level) in [
        (&first, "one", r#"{"a":1}"#, "debug"),
        (&second, "two", r#"{"b":2}"#, ""),
    ] {
        assert_eq!(status.code(), 33, "{stdout}{stderr}");
        let envelope: Value = serde_json::from_str(stdout).expect(stdout);
        let message = envelope
            .pointer("/error/message")
            .and_then(Value::as_str)
            .unwrap();
        assert!(
            message.contains(&format!("stderr ends: {name} [path] {level}")),
            "{message}"
        );
        assert!(message.contains(inputs), "{message}");
        assert!(stderr.contains("run_ended"), "{stderr}");
    }
    let receipt = Path::new("execution/x/determinism.json");
    assert!(one.0.path().join("artifacts").join(receipt).is_file());
    assert!(two.0.path().join("elsewhere").join(receipt).is_file());
    assert!(!two.0.path().join("artifacts").exists());
}

#[test]
fn real_mode_sees_the_given_variables_alone() {
    let place = Place::new("#!/bin/sh\necho \"key: $KEY\" >&2; exit 1\n");
    let run = [
        "run",
        "--ref",
        "test/echo@1",
        "--mode",
        "real",
        "--inputs-json",
        "{}",
        "--json",
    ];
    let (status, stdout, _) = call(&run, "", place.environment(&[("CI", "1")]));
    assert_eq!(status.code(), 4, "{stdout}");
    let (status, stdout, stderr) = call(&run, "", place.environment(&[("KEY", "a-secret-of-the-caller")]));
    assert_eq!(status.code(), 33, "{stdout}");
    assert!(stdout.contains("key: [REDACTED]"), "{stdout}");
    assert!(!stderr.contains("a-secret-of-the-caller"), "{stderr}");
}

#[test]
fn help_and_errors_go_to_the_given_streams() {
    let place = Place::new("");
    let environment = || place.environment(&[]);
    let (status, stdout, stderr) = call(&["run", "--help"], "", environment());
    assert_eq!((status, stderr.as_str()), (ExitStatus::SUCCESS, ""));
    assert!(stdout.contains("Usage: counterfoil run"), "{stdout}");

    let (status, stdout, stderr) = call(&["run", "--json", "--jobs"], "", environment());
    assert_eq!(status.code(), 2, "{stderr}");
    assert!(
        stdout.contains("ERR_USAGE") && stderr.contains("--jobs"),
        "{stdout}{stderr}"
    );

    let (status, stdout, _) = call(&["registry", "list"], "", environment());
    assert_eq!(status, ExitStatus::SUCCESS);
    assert!(stdout.contains("test/echo@1"), "{stdout}");

    let coloured = place.environment(&[("CLICOLOR_FORCE", "1")]);
    let (status, _, stderr) = call(&["show", "nothing"], "", coloured);
    assert_eq!(status, ExitStatus::FAILURE);
    assert!(stderr.starts_with("\u{1b}[1m\u{1b}[31merror:"), "{stderr:?}");
}
