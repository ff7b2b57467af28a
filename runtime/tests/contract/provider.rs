//! The contract between the runtime and a provider.

use std::io::Read as _;
use std::time::Duration;

use runtime::testing::Case;
use runtime::{Config, ErrorCode, OutputItem, ProcessorError, ProcessorOutput, Runner};

type MakeRunner = fn(Config) -> Runner;

fn case(make_runner: MakeRunner) -> Case {
    Case::new("test/case@1", make_runner)
}

fn outputs(relpaths: &[&str]) -> ProcessorOutput {
    relpaths
        .iter()
        .fold(ProcessorOutput::new("case:v1"), |output, relpath| {
            output.with_output(OutputItem::bytes(*relpath, "text/plain", "x"))
        })
}

#[test]
fn a_run_leaves_exactly_the_golden_files() {
    fn make_runner(_: Config) -> Runner {
        Box::new(|inputs| {
            let mut output = ProcessorOutput::new("golden:v1")
                .with_output(OutputItem::bytes("outputs/z.txt", "text/plain", "last\n"))
                .with_output(OutputItem::bytes(
                    "outputs/a/model.json",
                    "application/json",
                    serde_json::to_vec(&inputs.model).unwrap(),
                ));
            output.usage.insert("tokens".into(), 1.5);
            output.usage.insert("cost_usd".into(), 1e-7);
            output.extra.insert("finish".into(), "stop".into());
            Ok(output)
        })
    }
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/run");
    let outcome = case(make_runner)
        .inputs(r#"{"model":"m","params":{"text":"hi"}}"#)
        .secret(
            "IMAGE_REF",
            "ghcr.io/o/r/x@sha256:0000000000000000000000000000000000000000000000000000000000000000",
        )
        .run();
    assert_eq!(outcome.status, 0, "{}", outcome.stdout);
    outcome.assert_golden(golden);
}

#[test]
fn relpaths_that_cannot_be_used() {
    fn make_runner(_: Config) -> Runner {
        Box::new(|inputs| {
            let relpath = inputs.params.get("relpath").and_then(|relpath| relpath.as_str());
            Ok(outputs(&["outputs/good", relpath.unwrap()]))
        })
    }
    for relpath in [
        "outputs/../x",
        "/x",
        "/outputs/x",
        "x",
        "outputs",
        "outputs/",
        "outputs/a/",
        "outputs/./a",
        "outputs//a",
        "outputs/a%20b",
        "outputs/%2e%2e/x",
        "outputs/a\0",
        "outputs/.git/x",
        "outputs/e\u{301}",
        "",
        "receipt.json",
    ] {
        let document = serde_json::json!({"params": {"relpath": relpath}});
        let outcome = case(make_runner).inputs(document.to_string()).run();
        outcome.assert_error(ErrorCode::OutputPath);
        assert_eq!(
            outcome.files().into_keys().collect::<Vec<_>>(),
            ["receipt.json"],
            "{relpath:?}"
        );
    }
}

#[test]
fn outputs_that_are_in_each_others_way() {
    let pairs: [MakeRunner; 4] = [
        |_| Box::new(|_| Ok(outputs(&["outputs/a", "outputs/a"]))),
        |_| Box::new(|_| Ok(outputs(&["outputs/a", "outputs//a"]))),
        |_| Box::new(|_| Ok(outputs(&["outputs/\u{e9}", "outputs/e\u{301}"]))),
        |_| Box::new(|_| Ok(outputs(&["outputs/a/b", "outputs/a-", "outputs/a"]))),
    ];
    for make_runner in pairs {
        let outcome = case(make_runner).run();
        outcome.assert_error(ErrorCode::OutputDuplicate);
        assert_eq!(outcome.files().into_keys().collect::<Vec<_>>(), ["receipt.json"]);
    }
}

#[test]
fn no_outputs_are_an_empty_index() {
    let outcome = case(|_| Box::new(|_| Ok(outputs(&[])))).run();
    assert_eq!(outcome.status, 0);
    assert_eq!(outcome.output("outputs.json"), br#"{"outputs":[]}"#);
}

#[test]
fn usage_that_json_cannot_hold() {
    let runners: [MakeRunner; 2] = [
        |_| {
            Box::new(|_| {
                let mut output = outputs(&["outputs/a"]);
                output.usage.insert("tokens".into(), f64::NAN);
                Ok(output)
            })
        },
        |_| {
            Box::new(|_| {
                let mut output = outputs(&["outputs/a"]);
                output.usage.insert("tokens".into(), 1e20);
                Ok(output)
            })
        },
    ];
    for make_runner in runners {
        let outcome = case(make_runner).run();
        outcome.assert_error(ErrorCode::Processor);
        assert!(outcome.stdout.contains("tokens"), "{}", outcome.stdout);
    }
}

#[test]
fn a_panic_is_an_error_with_its_place() {
    let outcome = case(|_| Box::new(|_| panic!("out of {}", "paper"))).run();
    outcome.assert_error(ErrorCode::Processor);
    let message = outcome.stdout.clone();
    assert!(
        message.contains("out of paper") && message.contains("provider.rs:"),
        "{message}"
    );
    let outcome = case(|_| panic!("while it is made")).run();
    outcome.assert_error(ErrorCode::Processor);
}

#[test]
fn real_mode_is_refused_under_ci_before_the_provider_is_made() {
    let outcome = case(|_| panic!("it was made"))
        .inputs(r#"{"mode":"real"}"#)
        .secret("CI", "true")
        .run();
    outcome.assert_error(ErrorCode::CiSafety);
    assert_eq!(outcome.receipt().get("mode"), Some(&"real".into()));
}

#[test]
fn input_files_come_through_the_runtime_alone() {
    fn make_runner(_: Config) -> Runner {
        Box::new(|inputs| {
            let mut content = Vec::new();
            inputs.open("doc")?.read_to_end(&mut content)?;
            Ok(ProcessorOutput::new("read:v1").with_output(OutputItem::bytes(
                "outputs/doc",
                "text/plain",
                content,
            )))
        })
    }
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let with = |entry: &str| {
        case(make_runner)
            .artifact("in/doc.txt", "abc")
            .inputs(format!(r#"{{"files":{{"doc":{entry}}}}}"#))
            .run()
    };
    let good = with(&format!(
        r#"{{"path":"world://artifacts/in/doc.txt","sha256":"{ABC}"}}"#
    ));
    assert_eq!(good.status, 0, "{}", good.stdout);
    assert_eq!(good.output("outputs/doc"), b"abc");
    assert_eq!(
        with(r#"{"path":"/artifacts/in/doc.txt","mime":"text/plain"}"#).status,
        0
    );
    let other = "0".repeat(64);
    for entry in [
        r#"{"path":"world://artifacts/in/none.txt"}"#.to_owned(),
        r#"{"path":"world://artifacts/in"}"#.to_owned(),
        format!(r#"{{"path":"world://artifacts/in/doc.txt","sha256":"{other}"}}"#),
    ] {
        let outcome = with(&entry);
        outcome.assert_error(ErrorCode::Inputs);
        assert!(outcome.stdout.contains("/files/doc"), "{}", outcome.stdout);
    }
    case(make_runner).run().assert_error(ErrorCode::Inputs);
}

#[test]
fn async_code_ends_at_the_deadline_and_may_clean_up() {
    fn make_runner(config: Config) -> Runner {
        Box::new(move |_| {
            let result = config.block_on(std::future::pending::<Result<(), ProcessorError>>());
            let cleaned = config.clean_up(async { "cancelled the job" });
            match (result, cleaned) {
                (Err(error), Some(cleaned)) => Err(ProcessorError::new(error.code(), cleaned)),
                other => panic!("{other:?}"),
            }
        })
    }
    let outcome = case(make_runner).secret("TIMEOUT_S", "0.05").run();
    outcome.assert_error(ErrorCode::Timeout);
    assert!(outcome.stdout.contains("cancelled the job"), "{}", outcome.stdout);
}

#[test]
fn a_provider_that_ignores_the_deadline_is_left_behind() {
    let outcome = case(|_| {
        Box::new(|_| {
            std::thread::sleep(Duration::from_secs(3600));
            Ok(outputs(&[]))
        })
    })
    .secret("TIMEOUT_S", "0.05")
    .run();
    outcome.assert_error(ErrorCode::Timeout);
    assert_eq!(outcome.receipt().get("mode"), Some(&"mock".into()));
}

#[test]
fn scratch_files_are_moved_and_nothing_else_is() {
    fn make_runner(config: Config) -> Runner {
        Box::new(move |inputs| {
            let scratch = config.scratch()?;
            std::fs::create_dir(scratch.join("sub"))?;
            let path = scratch.join("sub/asset");
            std::fs::write(&path, "asset")?;
            let given = match inputs.params.get("give").and_then(|give| give.as_str()) {
                Some("link") => {
                    std::os::unix::fs::symlink("/etc/hostname", scratch.join("link"))?;
                    scratch.join("link")
                }
                Some("hard link") => {
                    std::fs::hard_link(&path, scratch.join("second"))?;
                    path
                }
                Some("outside") => "/etc/hostname".into(),
                Some("above") => scratch.join("../scratch/sub/asset"),
                Some("folder") => scratch.join("sub"),
                Some("missing") => scratch.join("missing"),
                _ => path,
            };
            Ok(ProcessorOutput::new("scratch:v1").with_output(OutputItem::file(
                "outputs/asset",
                "application/octet-stream",
                given,
            )))
        })
    }
    let good = case(make_runner).run();
    assert_eq!(good.status, 0, "{}", good.stdout);
    assert_eq!(good.output("outputs/asset"), b"asset");
    assert_eq!(good.files().len(), 3, "no staging is left");
    for give in ["link", "hard link", "outside", "above", "folder", "missing"] {
        let outcome = case(make_runner)
            .inputs(format!(r#"{{"params":{{"give":"{give}"}}}}"#))
            .run();
        outcome.assert_error(ErrorCode::Processor);
        assert_eq!(
            outcome.files().into_keys().collect::<Vec<_>>(),
            ["receipt.json"],
            "{give}"
        );
    }
}
