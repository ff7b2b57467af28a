//! The proxies of the environment: they reach processors, and their passwords nothing else.

use super::engines::{ENGINES, Engines};
use super::workspace::Workspace;

const PROXY: &str = "http://alice:s3cr%40t-pass@192.0.2.1:9";
const NAMES: [&str; 8] = [
    "ALL_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];
/// Leaves the names of proxies that it was given, as variables or as secrets, says them on stderr, and fails.
const SCRIPT: &str = r#"mkdir -p "$ARTIFACTS_BASE_DIR"
{ env | grep -i _proxy= | cut -d= -f1; ls "$SECRETS_DIR" | sed s/^/secret:/; } | LC_ALL=C sort > "$ARTIFACTS_BASE_DIR/names"
env | grep -i _proxy= >&2"#;

fn names(workspace: &Workspace) -> Vec<String> {
    let names = std::fs::read_to_string(workspace.artifacts().join("names")).unwrap();
    names.lines().map(str::to_owned).collect()
}

fn call(call: support::Test, mode: &str) -> support::Test {
    NAMES
        .into_iter()
        .fold(call.args(["--mode", mode]), |call, name| call.env(name, PROXY))
}

#[test]
fn a_processor_gets_proxies_in_real_mode_alone() {
    let workspace = Workspace::with_script(SCRIPT);
    call(workspace.test(), "real").run();
    assert_eq!(names(&workspace), NAMES);
    call(workspace.test(), "mock").run();
    assert!(names(&workspace).is_empty());

    // in a CGI script this one is what a caller sent as a header
    call(workspace.test(), "real").env("REQUEST_METHOD", "GET").run();
    assert!(!names(&workspace).contains(&"HTTP_PROXY".to_owned()));
    assert_eq!(names(&workspace).len(), 7);
}

#[test]
fn a_container_gets_proxies_too() {
    for engine in ENGINES {
        let engines = Engines::with_script(SCRIPT).entry("");
        let plain = call(engines.test(engine), "real").env("HTTP_PROXY", "http://192.0.2.1:9");
        plain.run();
        let hidden = NAMES.into_iter().filter(|name| *name != "HTTP_PROXY");
        let mut expected: Vec<_> = hidden.map(|name| format!("secret:{name}")).collect();
        expected.insert(0, "HTTP_PROXY".into());
        assert_eq!(names(&engines.workspace), expected, "{engine}");
        let calls = std::fs::read_to_string(engines.state("calls.jsonl")).unwrap();
        assert!(!calls.contains("s3cr"), "{calls}");
    }
}

#[test]
fn redacts_users_and_passwords_of_proxies() {
    let workspace = Workspace::with_script(
        r#"echo "cannot reach $HTTPS_PROXY: alice, s3cr%40t-pass and s3cr@t-pass are wrong" >&2; exit 1"#,
    );
    let finished = call(workspace.test(), "real").run();
    finished.assert_failure("ERR_ADAPTER_INVOCATION", 33);
    finished.assert_message("[REDACTED]@192.0.2.1:9");
    let mut told = vec![finished.stdout.clone(), finished.stderr.clone()];
    told.extend(
        support::files_below(&workspace.artifacts())
            .into_values()
            .map(|file| String::from_utf8_lossy(&file).into_owned()),
    );
    for text in told {
        for secret in ["alice", "s3cr%40t-pass", "s3cr@t-pass"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
}
