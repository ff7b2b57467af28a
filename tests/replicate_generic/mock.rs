//! Mock mode: the golden files.

use std::path::Path;

use support::Test;

#[test]
fn mock_matches_its_golden_files() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/replicate_generic/golden/mock");
    Test::processor(env!("CARGO_BIN_EXE_replicate-generic"))
        .inputs(r#"{"model":"owner/name","params":{"prompt":"a lighthouse"}}"#)
        .run()
        .assert_success()
        .assert_golden(&golden);
}

#[test]
fn mock_needs_no_token_and_looks_at_nothing() {
    Test::processor(env!("CARGO_BIN_EXE_replicate-generic"))
        .inputs(r#"{"model":"not a model","params":{"image":{"$file":"none"}}}"#)
        .env("CI", "true")
        .run()
        .assert_success();
}
