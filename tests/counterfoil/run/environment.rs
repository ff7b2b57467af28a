//! What a processor gets of the environment.

use super::super::workspace::{BINARY, REF, Workspace};
use super::binary_digest;

#[test]
fn a_processor_gets_the_environment_of_the_specification_alone() {
    let record = r#"
cat /proc/$$/environ > "$ARTIFACTS_BASE_DIR/environ.$6"
tr '\0' '\n' < /proc/$$/cmdline > "$ARTIFACTS_BASE_DIR/cmdline.$6"
exec $PROBE "$@""#;
    let workspace = Workspace::with_script(record).entry(
        "secrets: {required: [PROBE_SECRET], optional: [PROBE_ABSENT, PROBE_EMPTY]}\nsettings: [PROBE_URL]",
    );
    std::fs::create_dir(workspace.artifacts()).unwrap();
    let seen = |id: &str, mode: &str, log_level: Option<&str>| {
        let mut call = workspace.test().execution_id(id).args(["--mode", mode]);
        for (name, value) in [
            ("PROBE_SECRET", "s3cret-value"),
            ("PROBE_URL", "http://localhost"),
            ("PROBE_EMPTY", ""),
            ("HOME", "/proc/nowhere"),
            ("AWS_SECRET_ACCESS_KEY", "not yours"),
            ("LOG_STREAM", "stderr"),
            ("CI", "false"),
        ] {
            call = call.env(name, value);
        }
        if let Some(level) = log_level {
            call = call.env("LOG_LEVEL", level);
        }
        call.run().assert_success();
        let read = |name: &str| std::fs::read(workspace.artifacts().join(format!("{name}.{id}"))).unwrap();
        let mut variables: Vec<(String, String)> = read("environ")
            .split(|byte| *byte == 0)
            .filter(|variable| !variable.is_empty())
            .map(|variable| {
                let text = String::from_utf8(variable.to_vec()).unwrap();
                let (name, value) = text.split_once('=').unwrap();
                (name.to_owned(), value.to_owned())
            })
            .collect();
        variables.sort();
        let arguments = String::from_utf8(read("cmdline")).unwrap();
        assert!(!arguments.contains("s3cret-value"), "{arguments}");
        variables
    };
    let names = |variables: &[(String, String)]| -> Vec<String> {
        variables.iter().map(|(name, _)| name.clone()).collect()
    };
    const SETTINGS: [&str; 7] = [
        "ADAPTER",
        "ARTIFACTS_BASE_DIR",
        "CPU",
        "IMAGE_REF",
        "MEMORY",
        "PROCESSOR_REF",
        "TIMEOUT_S",
    ];

    let mock = seen("mock", "mock", None);
    assert_eq!(names(&mock), SETTINGS);
    let image = binary_digest(&std::fs::read(workspace.bin().join(BINARY)).unwrap());
    let base = workspace.artifacts();
    let values: Vec<&str> = mock.iter().map(|(_, value)| value.as_str()).collect();
    assert_eq!(
        values[..6],
        ["local", base.to_str().unwrap(), "1", &image, "2Gi", REF],
        "{mock:?}"
    );
    let told: f64 = values[6].parse().unwrap();
    assert!((50.0..60.0).contains(&told), "{told}");

    let level = seen("level", "mock", Some("warn"));
    assert_eq!(
        names(&level),
        [&SETTINGS[..4], &["LOG_LEVEL"], &SETTINGS[4..]].concat()
    );
    // the processor always logs the pauses that a service asks for, and that its answer is an earlier one
    for (asked, given) in [
        ("trace", "trace"),
        ("info", "info"),
        ("warn", "info"),
        ("OFF", "info"),
    ] {
        let level = seen(asked, "mock", Some(asked));
        assert_eq!(level[4], ("LOG_LEVEL".to_owned(), given.to_owned()));
    }

    let real = seen("real", "real", None);
    assert_eq!(
        names(&real),
        [&SETTINGS[..5], &["PROBE_SECRET", "PROBE_URL"], &SETTINGS[5..]].concat()
    );
}

#[test]
fn the_timeout_option_overrides_the_entry() {
    let workspace =
        Workspace::with_script("echo \"$TIMEOUT_S\" > \"$ARTIFACTS_BASE_DIR/told\"\nexec $PROBE \"$@\"");
    std::fs::create_dir(workspace.artifacts()).unwrap();
    workspace.test().args(["--timeout", "5.5"]).run().assert_success();
    let told: f64 = std::fs::read_to_string(workspace.artifacts().join("told"))
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    assert!((4.0..5.5).contains(&told), "{told}");
}
