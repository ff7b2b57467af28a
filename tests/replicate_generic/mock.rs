//! Mock mode: the golden files.

use std::path::Path;

use support::Run;

#[test]
fn golden() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/replicate_generic/golden/mock");
    Run::of(env!("CARGO_BIN_EXE_replicate-generic"))
        .inputs(r#"{"model":"owner/name","params":{"prompt":"a lighthouse"}}"#)
        .finish()
        .assert_success()
        .assert_golden(&golden);
}

#[test]
fn mock_needs_no_token_and_looks_at_nothing() {
    Run::of(env!("CARGO_BIN_EXE_replicate-generic"))
        .inputs(r#"{"model":"not a model","params":{"image":{"$file":"none"}}}"#)
        .env("CI", "true")
        .finish()
        .assert_success();
}
