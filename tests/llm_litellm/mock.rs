//! Mock mode: a pure function of the inputs.

use std::path::PathBuf;

use crate::processor;

fn assert_golden(case: &str, inputs: &str) {
    let dir: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../tests/llm_litellm/golden", case]
        .iter()
        .collect();
    processor()
        .inputs(inputs)
        .run()
        .assert_success()
        .assert_golden(&dir);
}

#[test]
fn a_text_is_echoed() {
    assert_golden(
        "text",
        r#"{"params":{"messages":[{"role":"user","content":"Say \"hi\" to Zoë,\n\\o/"},{"role":"user","content":"2"}]}}"#,
    );
}

#[test]
fn text_parts_are_echoed() {
    assert_golden(
        "parts",
        r#"{"schema":"v1","model":"openai/gpt-4o-mini","mode":"mock","params":{"temperature":0.10,"messages":[{"role":"user",
           "content":[{"type":"image_url","image_url":{"url":"https://example.invalid/a.png"}},{"type":"text","text":"first"},
           {"type":"text","text":"second"}]}]}}"#,
    );
}

#[test]
fn empty_inputs_have_an_answer() {
    assert_golden("nothing", "{}");
}

#[test]
fn accepts_what_only_a_service_could_refuse() {
    for params in [
        r#"{"stream":true,"messages":[]}"#,
        r#"{"model":"x","messages":"y"}"#,
        r#"{"messages":[{"content":[{"$file":"unknown"}]}]}"#,
    ] {
        processor()
            .inputs(format!(r#"{{"params":{params}}}"#))
            .env("OPENAI_BASE_URL", "not an address")
            .env("OPENAI_API_KEY", "a\nb")
            .env("CI", "true")
            .run()
            .assert_success();
    }
}
