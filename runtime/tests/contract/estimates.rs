//! `--estimate`.

use runtime::testing::Case;
use runtime::{
    Config, ErrorCode, Estimate, Estimator, ExposeSecret as _, ProcessorError, ProcessorOutput, Runner,
};
use serde_json::json;

const SECRET: &str = "s3cr3t-0123456789";

fn make_runner(_: Config) -> Runner {
    Box::new(|_| Ok(ProcessorOutput::new("never:v1")))
}

fn make_estimator(config: Config) -> Estimator {
    let mut count = 0;
    Box::new(move |inputs| {
        count += 1;
        match inputs.model.as_deref() {
            Some("refused") => Err(ProcessorError::new(ErrorCode::Inputs, "/model is refused")),
            Some("written") => config.save_checkpoint("x").map(|()| Estimate::default()),
            Some("file") => config.scratch().map(|_| Estimate::default()),
            Some("panic") => Ok(Estimate {
                input_tokens_at_most: Some(
                    inputs
                        .params
                        .get("missing")
                        .and_then(serde_json::Value::as_u64)
                        .unwrap(),
                ),
                ..Estimate::default()
            }),
            _ => Ok(Estimate {
                model: Some(config.secret("KEY")?.expose_secret().to_owned()),
                input_tokens_at_most: Some(count),
                ..Estimate::default()
            }),
        }
    })
}

fn case() -> Case {
    Case::new("test/estimates@1", make_runner).estimator(make_estimator)
}

#[test]
fn an_estimator_is_asked_in_real_mode_alone() {
    let case = || case().secret("KEY", SECRET);
    assert_eq!(
        case().inputs("{\"model\":\"m\"}\n").estimate(),
        json!({"model": "m"})
    );
    assert_eq!(
        case().inputs("{\"mode\":\"real\"}\n").estimate(),
        json!({"model": "[REDACTED]", "input_tokens_at_most": 1})
    );
}

#[test]
fn what_a_run_would_be_refused_for() {
    for (document, code, message) in [
        (
            r#"{"mode":"real","model":"refused"}"#,
            "ERR_INPUTS",
            "/model is refused",
        ),
        (
            r#"{"mode":"real"}"#,
            "ERR_MISSING_SECRET",
            "the secret KEY is not set",
        ),
        (
            r#"{"mode":"real","model":"written"}"#,
            "ERR_OUTPUT_WRITE",
            "the checkpoint cannot be",
        ),
        (
            r#"{"mode":"real","model":"file"}"#,
            "ERR_OUTPUT_WRITE",
            "an estimate writes no file",
        ),
        (
            r#"{"mode":"real","model":"panic"}"#,
            "ERR_PROCESSOR",
            "the provider panicked",
        ),
        (r#"{"mode":"unreal"}"#, "ERR_MODE", ""),
        ("", "ERR_INPUTS", ""),
    ] {
        let estimate = case().inputs(format!("{document}\n")).estimate();
        assert_eq!(estimate["error"]["code"], code, "{document}: {estimate}");
        let told = estimate["error"]["message"].as_str().unwrap();
        assert!(told.contains(message), "{estimate}");
    }
    let ci = case()
        .inputs("{\"mode\":\"real\"}\n")
        .secret("CI", "1")
        .estimate();
    assert_eq!(ci["error"]["code"], "ERR_CI_SAFETY");
    let wrong = case().inputs("{}\n").secret("CPU", "two cores").estimate();
    assert_eq!(wrong["error"]["code"], "ERR_USAGE");
}

#[test]
fn without_an_estimator_only_the_document_is_known() {
    let case = || Case::new("test/estimates@1", make_runner);
    assert_eq!(
        case().inputs("{\"mode\":\"real\",\"model\":\"m\"}\n").estimate(),
        json!({"model": "m"})
    );
    assert_eq!(
        case().inputs("{\"extra\":1}\n").estimate()["error"]["code"],
        "ERR_INPUTS"
    );
}
