//! Runs that go well: inputs from everywhere, answers for people and for programs, and the second time.

use std::os::unix::ffi::OsStrExt as _;

use serde_json::Value;
use support::Finished;

use super::orchestrated::{BINARY, REF, Workplace, json_lines, probe};

const INPUTS: &str = r#"{"params":{"do":"ok","size":10}}"#;

fn binary_digest(bytes: &[u8]) -> String {
    format!("binary@sha256:{}", documents::hash::sha256(bytes))
}

fn hash_of(finished: &Finished) -> Value {
    finished.assert_success();
    finished.receipt()["inputs_hash"].clone()
}

#[test]
fn inputs_come_from_the_command_line_a_file_and_standard_input() {
    let place = Workplace::new();
    let file = place.file("inputs.json", INPUTS.as_bytes());
    let given = place.run().inputs(INPUTS).execution_id("json").finish();
    let from_file = place
        .run()
        .inputs_elsewhere()
        .args(["--inputs".into(), file])
        .execution_id("file")
        .finish();
    let from_stdin = place
        .run()
        .inputs_elsewhere()
        .args(["--inputs", "-"])
        .stdin(INPUTS)
        .execution_id("stdin")
        .finish();
    assert_eq!(hash_of(&given), hash_of(&from_file));
    assert_eq!(hash_of(&given), hash_of(&from_stdin));
}

#[test]
fn the_receipt_says_what_ran() {
    let place = Workplace::new();
    let finished = place.probe("{}").finish();
    finished.assert_success();
    let receipt = finished.receipt();
    let image = binary_digest(&std::fs::read(probe()).unwrap());
    assert_eq!(receipt["processor_ref"], REF);
    assert_eq!(receipt["image_digest"], image);
    assert_eq!(
        receipt["env_fingerprint"],
        format!("cpu:1;image:{image};memory:2Gi")
    );
    assert_eq!(receipt["mode"], "mock");
    assert_eq!(finished.envelope()["meta"]["image_digest"], image);
}

#[test]
fn the_mode_is_one_thing_said_once_or_twice_the_same() {
    let place = Workplace::new();
    let absent = place.run().execution_id("absent").finish();
    let option = place
        .run()
        .args(["--mode", "mock"])
        .execution_id("option")
        .finish();
    let both = place
        .run()
        .inputs(r#"{"mode":"mock"}"#)
        .args(["--mode", "mock"])
        .execution_id("both")
        .finish();
    assert_eq!(hash_of(&absent), hash_of(&option));
    assert_eq!(hash_of(&absent), hash_of(&both));

    let real = place.run().args(["--mode", "real"]).execution_id("real").finish();
    assert_eq!(real.assert_success().receipt()["mode"], "real");

    let contradiction = place
        .run()
        .inputs(r#"{"mode":"real"}"#)
        .args(["--mode", "mock"])
        .execution_id("contradiction")
        .finish();
    contradiction.assert_failure("ERR_USAGE", 2);
    assert!(contradiction.message().contains("/mode"), "{contradiction:?}");
}

#[test]
fn programs_get_the_envelope_and_the_log_goes_to_stderr() {
    let place = Workplace::new();
    let finished = place.probe("{}").args(["--plan-id", "plan-9"]).finish();
    finished.assert_success();
    let log = json_lines(&finished.stderr);
    let events: Vec<_> = log.iter().map(|line| line["event"].as_str().unwrap()).collect();
    assert_eq!(events.first(), Some(&"run_started"), "{finished:?}");
    assert_eq!(events.last(), Some(&"run_ended"), "{finished:?}");
    assert!(
        events.contains(&"inputs_read"),
        "the processor's lines are missing: {finished:?}"
    );
    for line in &log {
        assert_eq!(line["trace_id"], support::EXECUTION_ID);
        assert_eq!(line["processor_ref"], REF);
        assert_eq!(
            line["mode"].as_str().filter(|mode| *mode != "unknown"),
            Some("mock")
        );
    }
    assert_eq!(log[0]["adapter"], "local");
    assert_eq!(log[0]["plan_id"], "plan-9");
}

#[test]
fn people_get_log_lines_and_then_a_summary() {
    let place = Workplace::new();
    let finished = place.probe("{}").for_people().finish();
    assert_eq!(finished.status, 0, "{finished:?}");
    assert_eq!(finished.stderr, "", "{finished:?}");
    let (log, summary): (Vec<&str>, Vec<&str>) =
        finished.stdout.lines().partition(|line| line.starts_with('{'));
    assert!(!log.is_empty());
    json_lines(&log.join("\n"));
    assert!(
        finished.stdout.starts_with('{') && finished.stdout.ends_with(&format!("{}\n", summary.join("\n")))
    );
    let receipt = finished.receipt();
    assert_eq!(
        summary[0],
        format!(
            "success  {REF}  {}  {} ms",
            support::EXECUTION_ID,
            receipt["duration_ms"]
        )
    );
    let paths: Vec<_> = summary[1..]
        .iter()
        .map(|line| std::path::Path::new(line.split_whitespace().next().unwrap()))
        .collect();
    assert_eq!(paths.len(), 4, "three outputs and the receipt: {finished:?}");
    assert!(paths.iter().all(|path| path.is_file()), "{finished:?}");
}

#[test]
fn people_learn_of_a_failure_with_its_receipt() {
    let place = Workplace::new();
    let finished = place
        .probe(r#"{"do":"error","code":"ERR_PROVIDER_AUTH","message":"the key is wrong"}"#)
        .for_people()
        .env("LOG_STREAM", "stderr")
        .finish();
    assert_eq!(finished.status, 10);
    let lines: Vec<_> = finished.stdout.lines().collect();
    assert_eq!(
        lines[0],
        format!("ERR_PROVIDER_AUTH  {REF}  {}", support::EXECUTION_ID)
    );
    assert_eq!(lines[1], "  the key is wrong");
    assert_eq!(lines[2].trim(), finished.global_receipt.to_str().unwrap());
}

#[test]
fn the_log_goes_where_and_as_far_as_the_caller_says() {
    let place = Workplace::new();
    let finished = place
        .probe("{}")
        .for_people()
        .env("LOG_STREAM", "stderr")
        .execution_id("elsewhere")
        .finish();
    assert!(finished.stdout.starts_with("success"), "{finished:?}");
    assert!(!json_lines(&finished.stderr).is_empty());

    let debug = r#"{"do":"debug_log","message":"m"}"#;
    for (level, seen, unseen) in [
        ("debug", "probe_debug", "probe_trace"),
        ("warn", "probe_warn", "probe_info"),
    ] {
        let finished = place
            .probe(debug)
            .env("LOG_LEVEL", level)
            .execution_id(level)
            .finish();
        finished.assert_success();
        assert!(finished.stderr.contains(seen), "{finished:?}");
        assert!(!finished.stderr.contains(unseen), "{finished:?}");
    }
    let silent = place
        .probe(debug)
        .env("LOG_LEVEL", "off")
        .execution_id("off")
        .finish();
    assert_eq!(silent.assert_success().stderr, "");
}

#[test]
fn the_command_has_an_alias() {
    let place = Workplace::new();
    let finished = support::Run::of(env!("CARGO_BIN_EXE_counterfoil"))
        .base(&place.artifacts())
        .env("PATH", place.bin())
        .env("COUNTERFOIL_REGISTRY", place.registry())
        .arguments([
            "run_processor",
            "--ref",
            REF,
            "--inputs-json",
            "{}",
            "--json",
            "--write-prefix",
            support::PREFIX,
            "--execution-id",
            support::EXECUTION_ID,
        ])
        .finish();
    finished.assert_success();
}

#[test]
fn an_execution_gets_a_name_of_its_own() {
    let place = Workplace::new();
    let ids: Vec<String> = (0..2)
        .map(|_| {
            let finished = support::Run::of(env!("CARGO_BIN_EXE_counterfoil"))
                .env("PATH", place.bin())
                .arguments([
                    "run".into(),
                    "--ref".into(),
                    REF.into(),
                    "--inputs-json".into(),
                    "{}".into(),
                    "--json".into(),
                    "--artifacts-dir".into(),
                    place.artifacts(),
                    "--registry".into(),
                    place.registry(),
                ])
                .finish();
            assert_eq!(finished.status, 0, "{finished:?}");
            let id = finished.envelope()["execution_id"].as_str().unwrap().to_owned();
            let receipt = place.artifacts().join("outputs").join(&id).join("receipt.json");
            assert!(receipt.is_file(), "{finished:?}");
            id
        })
        .collect();
    assert_ne!(ids[0], ids[1]);
    for id in ids {
        assert_eq!(uuid::Uuid::parse_str(&id).unwrap().get_version_num(), 7);
    }
}

#[test]
fn the_same_execution_again_answers_the_same_and_calls_no_provider() {
    let place = Workplace::new();
    let calls = place.path("calls");
    let inputs = format!(r#"{{"do":"count","path":{:?}}}"#, calls.to_str().unwrap());
    let first = place.probe(&inputs).finish();
    let files = first.assert_success().files();
    let again = place.probe(&inputs).finish();
    assert_eq!(again.status, 0);
    assert_eq!(again.stdout, first.stdout);
    assert_eq!(again.files(), files);
    assert_eq!(std::fs::read_to_string(&calls).unwrap(), "called\n");

    let other = place.probe(r#"{"do":"ok"}"#).finish();
    other.assert_refused("ERR_EXECUTION_CONFLICT", 22);
    assert_eq!(other.files(), files);
}

#[test]
fn a_replaced_binary_is_another_image_and_a_success_stays_the_old_one() {
    let place = Workplace::new();
    let first = place.run().finish();
    first.assert_success();
    let script = "exec $PROBE \"$@\"";
    let place = place.script(BINARY, script);
    let again = place.run().finish();
    assert_eq!(again.assert_success().stdout, first.stdout);
    let new = place.run().execution_id("new").finish();
    new.assert_success();
    let image = binary_digest(&std::fs::read(place.bin().join(BINARY)).unwrap());
    assert_eq!(new.receipt()["image_digest"], image);
    assert_ne!(first.receipt()["image_digest"], image);
}

#[test]
fn a_digest_that_is_kept_does_not_outlive_its_binary() {
    let place = Workplace::new();
    let cache = place.path("cache");
    let run = |place: &Workplace, id: &str| {
        let finished = place
            .run()
            .env("XDG_CACHE_HOME", &cache)
            .execution_id(id)
            .finish();
        finished.assert_success();
        finished.receipt()["image_digest"].clone()
    };
    let probe_image = binary_digest(&std::fs::read(probe()).unwrap());
    assert_eq!(run(&place, "a"), probe_image.as_str());
    assert_eq!(run(&place, "b"), probe_image.as_str());
    let place = place.script(BINARY, "exec $PROBE \"$@\"");
    let image = binary_digest(&std::fs::read(place.bin().join(BINARY)).unwrap());
    assert_eq!(run(&place, "c"), image.as_str());
}

#[test]
fn the_binary_beside_the_orchestrator_comes_first() {
    let place = Workplace::with_script("echo this one is not asked >&2; exit 1");
    let beside = place.path("beside");
    std::fs::create_dir(&beside).unwrap();
    let counterfoil = beside.join("counterfoil");
    let own = env!("CARGO_BIN_EXE_counterfoil");
    if std::fs::hard_link(own, &counterfoil).is_err() {
        std::fs::copy(own, &counterfoil).unwrap(); // another file system
    }
    std::os::unix::fs::symlink(probe(), beside.join(BINARY)).unwrap();
    place.run_by(counterfoil).finish().assert_success();
}

#[test]
fn a_processor_gets_the_environment_that_the_contracts_name_and_nothing_else() {
    let record = r#"
cat /proc/$$/environ > "$ARTIFACTS_BASE_DIR/environ.$6"
tr '\0' '\n' < /proc/$$/cmdline > "$ARTIFACTS_BASE_DIR/cmdline.$6"
exec $PROBE "$@""#;
    let place = Workplace::with_script(record).entry(
        "secrets: {required: [PROBE_SECRET], optional: [PROBE_ABSENT, PROBE_EMPTY]}\nsettings: [PROBE_URL]",
    );
    std::fs::create_dir(place.artifacts()).unwrap();
    let seen = |id: &str, mode: &str, log_level: Option<&str>| {
        let mut call = place.run().execution_id(id).args(["--mode", mode]);
        for (name, value) in [
            ("PROBE_SECRET", "s3cret-value"),
            ("PROBE_URL", "http://localhost"),
            ("PROBE_EMPTY", ""),
            ("HOME", "/nowhere"),
            ("AWS_SECRET_ACCESS_KEY", "not yours"),
            ("LOG_STREAM", "stderr"),
            ("CI", "false"),
        ] {
            call = call.env(name, value);
        }
        if let Some(level) = log_level {
            call = call.env("LOG_LEVEL", level);
        }
        call.finish().assert_success();
        let read = |name: &str| std::fs::read(place.artifacts().join(format!("{name}.{id}"))).unwrap();
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
    let image = binary_digest(&std::fs::read(place.bin().join(BINARY)).unwrap());
    let base = place.artifacts();
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
    // warnings are asked for where fewer are told: they say what a service asks to wait
    for (asked, given) in [
        ("trace", "trace"),
        ("info", "info"),
        ("error", "warn"),
        ("OFF", "warn"),
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
fn the_timeout_option_goes_before_the_entry() {
    let place =
        Workplace::with_script("echo \"$TIMEOUT_S\" > \"$ARTIFACTS_BASE_DIR/told\"\nexec $PROBE \"$@\"");
    std::fs::create_dir(place.artifacts()).unwrap();
    place.run().args(["--timeout", "5.5"]).finish().assert_success();
    let told: f64 = std::fs::read_to_string(place.artifacts().join("told"))
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    assert!((4.0..5.5).contains(&told), "{told}");
}

#[test]
fn an_artifacts_folder_need_not_be_text() {
    let place = Workplace::new();
    let base = place.path("").join(std::ffi::OsStr::from_bytes(b"arti\xff\xfe"));
    place
        .run()
        .args(["--artifacts-dir".into(), base.clone()])
        .base(&base)
        .finish()
        .assert_success();
}

#[test]
fn a_build_comes_first_where_it_is_asked_for() {
    let built = r#"
echo "$@" > "$(dirname "$0")/../cargo-arguments"
pwd > "$(dirname "$0")/../cargo-folder"
echo "   Compiling test-probe" >&2
artifact() {
  echo '{"reason":"compiler-artifact","package_id":"p","manifest_path":"/m","target":{"name":"'$1'","kind":["bin"],"crate_types":["bin"],"src_path":"/s"},"profile":{"opt_level":"3","debuginfo":0,"debug_assertions":false,"overflow_checks":false,"test":false},"features":[],"filenames":[],"executable":"'$2'","fresh":false}'
}
artifact other /nowhere
artifact test-probe "$PROBE"
echo '{"reason":"build-finished","success":true}'"#;
    let place = Workplace::with_script("exit 1").script("cargo", built);
    place.run().args(["--build"]).finish().assert_success();
    let read = |name: &str| std::fs::read_to_string(place.path(name)).unwrap();
    assert!(
        read("cargo-arguments").starts_with("build --release --package test-probe "),
        "{}",
        read("cargo-arguments")
    );
    assert_eq!(
        std::path::Path::new(read("cargo-folder").trim()),
        place.path("").canonicalize().unwrap()
    );

    let place = place.script("cargo", "echo 'error: no such crate' >&2; exit 101");
    let finished = place.run().args(["--build"]).execution_id("fails").finish();
    finished.assert_failure("ERR_ADAPTER_INVOCATION", 33);
    assert!(finished.stderr.contains("no such crate"), "{finished:?}");
}

#[test]
fn a_success_can_be_saved_elsewhere() {
    let place = Workplace::new();
    let folder = place.path("saved/here");
    let save = |place: &Workplace, id: &str, params: &str| {
        place
            .probe(params)
            .execution_id(id)
            .args(["--save-dir".into(), folder.clone()])
            .finish()
    };
    let finished = save(&place, "a", "{}");
    let mut expected = support::files_below(&finished.assert_success().prefix);
    let saved = support::files_below(&folder);
    assert_eq!(saved, expected);
    assert_eq!(
        saved.len(),
        5,
        "three outputs, the index, the receipt: {:?}",
        saved.keys()
    );

    // the same again changes nothing, and a part that is missing comes back
    std::fs::remove_file(folder.join("outputs.json")).unwrap();
    save(&place, "a", "{}").assert_success();
    assert_eq!(support::files_below(&folder), expected);

    // another content is not overwritten; the run itself is a success all the same
    let other = save(&place, "b", r#"{"size":7}"#);
    assert_eq!(other.status, 21, "{other:?}");
    assert_eq!(other.envelope()["status"], "success");
    assert_eq!(other.receipt()["status"], "success");
    assert!(other.stderr.contains("name another directory"), "{other:?}");
    assert_eq!(support::files_below(&folder), expected);

    // nor is what is no file at all
    std::fs::remove_file(folder.join("receipt.json")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        folder.join("receipt.json"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    let blocked = save(&place, "a", "{}");
    assert_eq!(blocked.status, 21, "{blocked:?}");
    std::fs::remove_file(folder.join("receipt.json")).unwrap();
    expected.remove("receipt.json");
    assert_eq!(support::files_below(&folder), expected);
}

#[test]
fn a_failure_saves_nothing() {
    let place = Workplace::new();
    let finished = place
        .probe(r#"{"do":"error"}"#)
        .args(["--save-dir".into(), place.path("saved")])
        .finish();
    finished.assert_failure("ERR_PROVIDER_FAILED", 15);
    assert!(!place.path("saved").exists());
}
