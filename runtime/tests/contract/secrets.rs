//! `{"$secret":"NAME"}` in the parameters.

use runtime::testing::{Case, Outcome};
use runtime::{Config, ErrorCode, OutputItem, ProcessorError, ProcessorOutput, Runner};

const VALUE: &str = "s3cr3t-\"value\"";

/// Tells how long the texts are that the parameters have; or, where asked to, one of them.
fn provider(config: Config) -> Runner {
    Box::new(move |mut inputs| {
        inputs.replace_secrets(&config, |name| name == "OWN_KEY")?;
        let texts: Vec<&str> = inputs
            .params
            .values()
            .filter_map(|value| value.as_str())
            .collect();
        if texts.contains(&"tell") {
            return Err(ProcessorError::new(ErrorCode::ProviderFailed, texts.concat()));
        }
        let lengths: Vec<String> = texts.iter().map(|text| text.len().to_string()).collect();
        Ok(ProcessorOutput::new("i:v1").with_output(OutputItem::bytes(
            "outputs/lengths.txt",
            "text/plain",
            lengths.join(" "),
        )))
    })
}

fn run(params: &str) -> Outcome {
    Case::new("test/secrets@1", provider)
        .inputs(format!(r#"{{"params":{params}}}"#))
        .secret("MY_KEY", VALUE)
        .secret("OWN_KEY", "own")
        .run()
}

#[test]
fn a_secret_is_filled_in_and_hashed_as_it_is_written() {
    let filled = run(r#"{"a":{"$secret":"MY_KEY"},"b":"four","c":{"$secret":"MY_KEY","x":1}}"#);
    assert_eq!(filled.status, 0, "{}", filled.stdout);
    assert_eq!(
        String::from_utf8(filled.output("outputs/lengths.txt")).unwrap(),
        format!("{} 4", VALUE.len())
    );
    let document = br#"{"params":{"a":{"$secret":"MY_KEY"},"b":"four","c":{"$secret":"MY_KEY","x":1}}}"#;
    let hashes = documents::inputs::parse(document).unwrap().hashes;
    assert_eq!(
        filled.receipt().get("inputs_sha256"),
        Some(&hashes.inputs_sha256.into())
    );
}

#[test]
fn it_is_known_to_the_redactor() {
    let told = run(r#"{"a":{"$secret":"MY_KEY"},"b":"tell"}"#);
    told.assert_error(ErrorCode::ProviderFailed);
    assert!(told.stdout.contains("[REDACTED]tell"), "{}", told.stdout);
    assert!(!told.stdout.contains("s3cr3t"), "{}", told.stdout);
}

#[test]
fn what_cannot_be_filled_in_is_told_with_its_place() {
    for (params, code, expected) in [
        (
            r#"{"a":[{"b":{"$secret":"OTHER_KEY"}}]}"#,
            ErrorCode::MissingSecret,
            "/params/a/0/b names the secret OTHER_KEY, which is not set",
        ),
        (
            r#"{"a":{"$secret":"OWN_KEY"}}"#,
            ErrorCode::Inputs,
            "/params/a names OWN_KEY, the provider's own key",
        ),
        (
            r#"{"a":{"$secret":""}}"#,
            ErrorCode::Inputs,
            "/params/a/$secret is not the name of a secret",
        ),
        (
            r#"{"a":{"$secret":"A=B"}}"#,
            ErrorCode::Inputs,
            "/params/a/$secret is not the name of a secret",
        ),
        (
            r#"{"a":{"$secret":7}}"#,
            ErrorCode::Inputs,
            "/params/a/$secret is not a string",
        ),
    ] {
        let refused = run(params);
        refused.assert_error(code);
        assert!(refused.stdout.contains(expected), "{}", refused.stdout);
    }
}
