//! `--estimate`: which model would run, and why a run would be refused.

use serde_json::{Value, json};
use support::Test;

const TOKEN: &str = "r8_0123456789abcdef";

fn estimate(document: &Value, change: impl FnOnce(Test) -> Test) -> Value {
    let test = Test::new(env!("CARGO_BIN_EXE_replicate-generic")).args(["--estimate"]);
    let ended = change(test.inputs(format!("{document}\n"))).run();
    ended.assert_status(0).assert_nowhere(TOKEN);
    ended.json_lines().remove(0)
}

fn with_token(test: Test) -> Test {
    test.env("REPLICATE_API_TOKEN", TOKEN)
}

#[test]
fn the_model_is_known_and_its_price_is_not() {
    for (named, model) in [
        (json!("a/b"), "a/b"),
        (Value::Null, "black-forest-labs/flux-schnell"),
    ] {
        let mut document = json!({"mode": "real", "params": {"prompt": "a cat"}});
        if !named.is_null() {
            document["model"] = named;
        }
        assert_eq!(
            estimate(&document, with_token),
            json!({"model": model, "provider": "replicate", "api": "predictions", "unknown": ["price"]})
        );
    }
}

#[test]
fn what_a_run_would_refuse() {
    let real = |model: &str, params: Value| json!({"mode": "real", "model": model, "params": params});
    let code = |estimate: Value| estimate["error"]["code"].clone();
    assert_eq!(code(estimate(&real("a", json!({})), with_token)), "ERR_INPUTS");
    assert_eq!(
        code(estimate(&real("a/b", json!({})), |test| test)),
        "ERR_MISSING_SECRET"
    );
    let secret = real("a/b", json!({"key": {"$secret": "NOT_SET"}}));
    assert_eq!(code(estimate(&secret, with_token)), "ERR_MISSING_SECRET");
    let base = |test| with_token(test).env("REPLICATE_BASE_URL", "nowhere");
    assert_eq!(code(estimate(&real("a/b", json!({})), base)), "ERR_USAGE");
}
