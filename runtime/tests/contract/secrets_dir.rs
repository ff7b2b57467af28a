//! `SECRETS_DIR`: secrets as files.

use std::fs;
use std::path::Path;

use runtime::testing::{Case, Outcome};
use runtime::{Config, ErrorCode, ExposeSecret as _, OutputItem, ProcessorError, ProcessorOutput, Runner};
use tempfile::TempDir;

const VALUE: &str = "s3cr3t-in-a-file";

/// Takes the secret `KEY` in real mode, and says what `params` asks for.
fn provider(config: Config) -> Runner {
    Box::new(move |mut inputs| {
        if inputs.mode == runtime::Mode::Mock {
            return Ok(ProcessorOutput::new("i:v1"));
        }
        inputs.replace_secrets(&config, |_| false)?;
        let key = config.secret("KEY")?;
        let key = key.expose_secret();
        tracing::info!(key, "key_read");
        match inputs.params.get("do").and_then(|what| what.as_str()) {
            Some("tell") => Err(ProcessorError::new(
                ErrorCode::ProviderFailed,
                format!("the key is {key}"),
            )),
            Some("output") => Ok(ProcessorOutput::new("i:v1").with_output(OutputItem::bytes(
                "outputs/key.txt",
                "text/plain",
                key,
            ))),
            other => Err(ProcessorError::new(
                ErrorCode::ProviderFailed,
                format!("{} bytes, {}", key.len(), other.map_or(0, str::len)),
            )),
        }
    })
}

/// A directory with this secret.
fn dir(name: &str, content: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(name), content).unwrap();
    dir
}

fn case(dir: &Path, inputs: &str) -> Case {
    Case::new("test/secrets@1", provider)
        .inputs(inputs)
        .secret("SECRETS_DIR", dir)
}

fn assert_message(outcome: &Outcome, text: &str) {
    assert!(outcome.stdout.contains(text), "{}", outcome.stdout);
    assert!(!outcome.stdout.contains(VALUE), "{}", outcome.stdout);
    assert!(!outcome.log.contains(VALUE), "{}", outcome.log);
}

#[test]
fn a_secret_is_read_from_its_file() {
    let dir = dir("KEY", &format!("{VALUE}\n"));
    let run = case(dir.path(), r#"{"mode":"real"}"#).run();
    run.assert_error(ErrorCode::ProviderFailed);
    assert_message(&run, &format!("{} bytes, 0", VALUE.len()));

    // a placeholder takes the same way
    fs::write(dir.path().join("OTHER"), "four\r\n").unwrap();
    let run = case(
        dir.path(),
        r#"{"mode":"real","params":{"do":{"$secret":"OTHER"}}}"#,
    )
    .run();
    assert_message(&run, &format!("{} bytes, 4", VALUE.len()));
}

#[test]
fn the_variable_wins_unless_it_is_empty() {
    let dir = dir("KEY", VALUE);
    for (variable, length) in [("six666", 6), ("", VALUE.len())] {
        let run = case(dir.path(), r#"{"mode":"real"}"#)
            .secret("KEY", variable)
            .run();
        assert_message(&run, &format!("{length} bytes, 0"));
    }
}

#[test]
fn its_value_is_redacted_and_never_committed() {
    let dir = dir("KEY", &format!("{VALUE}\n"));
    let told = case(dir.path(), r#"{"mode":"real","params":{"do":"tell"}}"#).run();
    told.assert_error(ErrorCode::ProviderFailed);
    assert_message(&told, "the key is [REDACTED]");
    assert!(told.log.contains(r#""key":"[REDACTED]""#), "{}", told.log);
    let output = case(dir.path(), r#"{"mode":"real","params":{"do":"output"}}"#).run();
    output.assert_error(ErrorCode::OutputSecret);
}

#[test]
fn what_cannot_be_read_is_named() {
    let empty = tempfile::tempdir().unwrap();
    for (dir, code, text) in [
        (
            empty.path().to_owned(),
            ErrorCode::MissingSecret,
            "the secret KEY is not set; real mode needs it in the environment, or as a file in SECRETS_DIR",
        ),
        (
            empty.path().join("nowhere"),
            ErrorCode::Usage,
            "SECRETS_DIR names no directory",
        ),
    ] {
        let run = case(&dir, r#"{"mode":"real"}"#).run();
        run.assert_error(code);
        assert_message(&run, text);
    }
    fs::create_dir(empty.path().join("KEY")).unwrap();
    let run = case(empty.path(), r#"{"mode":"real"}"#).run();
    run.assert_error(ErrorCode::MissingSecret);
    assert_message(&run, "the file of the secret KEY in SECRETS_DIR is not a file");
}

#[test]
fn mock_mode_and_the_guard_read_nothing() {
    let nowhere = Path::new("/nonexistent");
    assert_eq!(case(nowhere, "{}").run().status, 0);
    let dir = dir("KEY", VALUE);
    let guarded = case(dir.path(), r#"{"mode":"real","params":{"do":"tell"}}"#)
        .secret("CI", "true")
        .run();
    guarded.assert_error(ErrorCode::CiSafety);
}
