//! The entries of the fuzz targets `predictions` and `schemas`.

#![allow(missing_docs, clippy::expect_used)]

use serde_json::{Map, Value};

use super::Schema;
use crate::output::{candidates, is_empty, may_have_files};
use crate::prediction::Prediction;

/// Reads a prediction and searches its output for files.
pub fn prediction(body: &[u8]) {
    let Ok(prediction) = Prediction::parse(body.to_vec()) else {
        return;
    };
    let output = prediction.output();
    let found = candidates(output, &Schema::default(), 100, true);
    if let (Ok(found), Ok(may_have_files)) = (found, may_have_files(output)) {
        assert!(found.is_empty() || may_have_files && !is_empty(output));
    }
    let _ = (
        prediction.is_output_removed(),
        prediction.is_recent(),
        prediction.usage(),
    );
}

/// Checks parameters twice: what the first check accepts and repairs, the second accepts unchanged.
pub fn schema(document: Value, mut params: Map<String, Value>, output: &str) {
    let schema = Schema(document);
    let _ = candidates(output, &schema, 100, true);
    let _ = schema.is_concatenated();
    if schema.check(&mut params).is_ok() {
        let before = params.clone();
        let changes = schema.check(&mut params).expect("the same parameters");
        assert!(changes.is_empty() && params == before);
    }
}
