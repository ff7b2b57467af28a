//! The proxies of the environment: they reach processors, and their passwords nothing else.

use super::orchestrated::Workplace;
use super::stand_in::{ENGINES, Engines};

const PROXY: &str = "http://alice:s3cr%40t-pass@127.0.0.1:9";
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
/// Leaves the names of proxies that it was given, says them on stderr, and fails.
const SCRIPT: &str = r#"mkdir -p "$ARTIFACTS_BASE_DIR"; env | grep -i _proxy= | cut -d= -f1 | LC_ALL=C sort > "$ARTIFACTS_BASE_DIR/names"; env | grep -i _proxy= >&2"#;

fn names(place: &Workplace) -> Vec<String> {
    let names = std::fs::read_to_string(place.artifacts().join("names")).unwrap();
    names.lines().map(str::to_owned).collect()
}

fn call(call: super::orchestrated::Call, mode: &str) -> super::orchestrated::Call {
    NAMES
        .into_iter()
        .fold(call.args(["--mode", mode]), |call, name| call.env(name, PROXY))
}

#[test]
fn a_processor_gets_them_in_real_mode_alone() {
    let place = Workplace::with_script(SCRIPT);
    call(place.run(), "real").finish();
    assert_eq!(names(&place), NAMES);
    call(place.run(), "mock").finish();
    assert!(names(&place).is_empty());

    // in a CGI script this one is what a caller sent as a header
    call(place.run(), "real").env("REQUEST_METHOD", "GET").finish();
    assert!(!names(&place).contains(&"HTTP_PROXY".to_owned()));
    assert_eq!(names(&place).len(), 7);
}

#[test]
fn a_container_gets_them_too() {
    for engine in ENGINES {
        let engines = Engines::with_script(SCRIPT).entry("");
        call(engines.run(engine), "real").finish();
        assert_eq!(names(&engines.place), NAMES, "{engine}");
        let calls = std::fs::read_to_string(engines.state("calls.jsonl")).unwrap();
        assert!(!calls.contains("s3cr"), "{calls}");
    }
}

#[test]
fn users_and_passwords_are_told_nowhere() {
    let place = Workplace::with_script(
        r#"echo "cannot reach $HTTPS_PROXY: alice, s3cr%40t-pass and s3cr@t-pass are wrong" >&2; exit 1"#,
    );
    let finished = call(place.run(), "real").finish();
    finished.assert_failure("ERR_ADAPTER_INVOCATION", 33);
    assert!(
        finished.message().contains("[REDACTED]@127.0.0.1:9"),
        "{finished:?}"
    );
    let mut told = vec![finished.stdout.clone(), finished.stderr.clone()];
    told.extend(
        support::files_below(&place.artifacts())
            .into_values()
            .map(|file| String::from_utf8_lossy(&file).into_owned()),
    );
    for text in told {
        for secret in ["alice", "s3cr%40t-pass", "s3cr@t-pass"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
}
