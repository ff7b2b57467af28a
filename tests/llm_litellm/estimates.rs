//! `--estimate`: what runs would ask and cost at most, and why they would be refused. No service hears of it.

use serde_json::{Value, json};
use support::{Answer, Dir, Server, Test};

use crate::{KEY, processor, real_at, service};

/// The answers to these inputs documents.
fn estimates(documents: &[Value], change: impl FnOnce(Test) -> Test) -> Vec<Value> {
    let lines: String = documents.iter().map(|document| format!("{document}\n")).collect();
    let test = Test::new(env!("CARGO_BIN_EXE_llm-litellm")).args(["--estimate"]);
    let ended = change(test.inputs(lines)).run();
    ended.assert_status(0).assert_nowhere(KEY);
    assert_eq!(ended.stderr, "");
    assert!(ended.files().is_empty());
    let answers = ended.json_lines();
    assert_eq!(answers.len(), documents.len());
    answers
}

/// A question to a model with these parameters beside one message.
fn question(model: &str, params: Value) -> Value {
    let mut all = json!({"messages": [{"role": "user", "content": "hi"}]});
    all.as_object_mut()
        .unwrap()
        .extend(params.as_object().unwrap().clone());
    json!({"mode": "real", "model": model, "params": all})
}

fn with_key(test: Test) -> Test {
    test.env("OPENAI_API_KEY", KEY)
}

/// Its code and message.
fn error(estimate: &Value) -> (&str, &str) {
    let text = |name: &str| estimate["error"][name].as_str().unwrap_or_default();
    (text("code"), text("message"))
}

#[test]
fn what_a_run_would_ask_and_cost_at_most() {
    let default = json!({"mode": "real", "params": {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 10}});
    let body = r#"{"messages":[{"role":"user","content":"hi"}],"max_tokens":10,"model":"gpt-4o-mini"}"#;
    let found = estimates(
        &[default, question("anthropic/claude-sonnet-4-5", json!({"n": 1}))],
        |test| with_key(test).env("ANTHROPIC_API_KEY", KEY),
    );
    let tokens = body.len();
    assert_eq!(
        found[0],
        json!({
            "model": "openai/gpt-4o-mini", "provider": "openai", "api": "chat_completions",
            "input_tokens_at_most": tokens, "output_tokens_at_most": 10,
            "cost_usd_at_most": 0.000_018_45, // 83 tokens of input, 10 of output
            "prices": "price table of LiteLLM 1.110.2, 2026-11-20",
        })
    );
    let native = &found[1];
    assert_eq!(
        (&native["provider"], &native["api"]),
        (&json!("anthropic"), &json!("anthropic_messages"))
    );
    assert!(native["cost_usd_at_most"].as_f64().unwrap() > 0.0, "{native}");
}

#[test]
fn what_a_run_would_refuse_is_refused_and_no_service_hears_of_it() {
    let server = service();
    let found = estimates(
        &[
            question("gorq/x", json!({})),
            question("openai/", json!({})),
            json!({"mode": "real", "params": {}}),
            question("openai/gpt-4o", json!({"api_key": "k"})),
            question("anthropic/claude-sonnet-4-5", json!({"logprobs": true})),
            question("openai/gpt-4o", json!({"fallbacks": ["nobody/x"]})),
            question("openai/gpt-4o", json!({"user": {"$secret": "OPENAI_API_KEY"}})),
            question("groq/x", json!({})),
            question("openai/gpt-4o", json!({"user": {"$secret": "NOT_SET"}})),
            question("hosted_vllm/x", json!({})),
            json!({"mode": "dream"}),
            json!([]),
            question("openai/gpt-4o", json!({})),
        ],
        |test| {
            with_key(test)
                .env("OPENAI_BASE_URL", server.url("/v1"))
                .env("ANTHROPIC_API_KEY", KEY)
                .env("ANTHROPIC_API_BASE", server.url(""))
        },
    );
    for (estimate, (code, told)) in found.iter().zip([
        ("ERR_INPUTS", "/model does not begin with a known provider"),
        ("ERR_INPUTS", "/model names no model"),
        ("ERR_INPUTS", "/params/messages"),
        ("ERR_INPUTS", "/params/api_key"),
        ("ERR_INPUTS", "/params/logprobs"),
        ("ERR_INPUTS", "/params/fallbacks/0"),
        ("ERR_INPUTS", "/params/user names OPENAI_API_KEY"),
        ("ERR_MISSING_SECRET", "groq/ needs a key; set GROQ_API_KEY"),
        ("ERR_MISSING_SECRET", "NOT_SET"),
        ("ERR_USAGE", "set HOSTED_VLLM_API_BASE"),
        ("ERR_MODE", "mode"),
        ("ERR_INPUTS", "the inputs document"),
        ("", ""),
    ]) {
        let (found_code, message) = error(estimate);
        assert_eq!(found_code, code, "{estimate}");
        assert!(message.contains(told), "{estimate}");
    }
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn what_cannot_be_known_is_left_out_and_named() {
    let image = json!([{"type": "image_url", "image_url": {"url": "https://example.invalid/a.png"}}]);
    let message =
        |content: Value| json!({"messages": [{"role": "user", "content": content}], "max_tokens": 5});
    let file = json!([{"$file": "scan"}]);
    let all = [
        "input_tokens_at_most",
        "output_tokens_at_most",
        "cost_usd_at_most",
    ];
    for (model, params, known, unknown) in [
        ("openai/gpt-4o", message(image), &all[1..2], "media or files"),
        ("openai/gpt-4o", message(file), &all[1..2], "media or files"),
        (
            "openai/gpt-4o",
            json!({"max_tokens": 5, "web_search_options": {}}),
            &all[1..2],
            "hosted tools",
        ),
        (
            "perplexity/sonar",
            json!({"max_tokens": 5}),
            &all[1..2],
            "hosted tools",
        ),
        (
            "openai/nobody-knows",
            json!({"max_tokens": 5}),
            &all[..2],
            "price",
        ),
        ("openai/nobody-knows", json!({}), &all[..1], "max_tokens"),
        (
            "openai/gpt-4o",
            json!({"max_tokens": 5, "service_tier": "scale"}),
            &all[..2],
            "price",
        ),
        (
            "openai/gpt-4o",
            json!({"max_tokens": 5, "api_base": "http://127.0.0.1:9", "api_key_env": "MY_KEY"}),
            &all[..2],
            "price",
        ),
    ] {
        let found = estimates(&[question(model, params)], |test| {
            with_key(test).env("PERPLEXITYAI_API_KEY", KEY).env("MY_KEY", KEY)
        });
        let names: Vec<_> = all
            .into_iter()
            .filter(|name| !found[0][*name].is_null())
            .collect();
        assert_eq!(names, known, "{}", found[0]);
        assert_eq!(found[0]["unknown"], json!([unknown]), "{}", found[0]);
    }
}

#[test]
fn all_that_may_be_asked_counts() {
    let prices = Dir::new();
    let table =
        "openai/\ncheap\t1\t1\ndear\t1\t9\nlong\t1\t1\t:8k\noff\t2\t2\toff-peak=1,1\tutc=1-7:00:00-00:00\n";
    prices.write("prices.tsv", table);
    let found = estimates(
        &[
            question(
                "openai/cheap",
                json!({"max_tokens": 100, "fallbacks": ["openai/dear"]}),
            ),
            question("openai/cheap", json!({"max_tokens": 100, "n": 3})),
            question("openai/long", json!({"max_completion_tokens": 7})),
            question("openai/off", json!({"max_tokens": 1_000_000})),
        ],
        |test| with_key(test).env("LLM_PRICES_FILE", prices.path("prices.tsv")),
    );
    let outputs: Vec<_> = found
        .iter()
        .map(|one| one["output_tokens_at_most"].as_u64().unwrap())
        .collect();
    assert_eq!(outputs, [100, 300, 7, 1_000_000]);
    let usd = |index: usize| found[index]["cost_usd_at_most"].as_f64().unwrap();
    assert!(usd(0) > 900.0 / 1e6 && usd(0) < 1_100.0 / 1e6, "{found:?}");
    assert!(usd(1) > 300.0 / 1e6 && usd(1) < 500.0 / 1e6, "{found:?}");
    assert!(usd(3) > 2.0, "{found:?}"); // the price of the other hours
    assert!(
        found[0]["prices"]
            .as_str()
            .unwrap()
            .starts_with("LLM_PRICES_FILE sha256:"),
        "{found:?}"
    );
}

#[test]
fn a_run_costs_no_more() {
    let usage = |input: u64, output: u64| json!({"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output});
    for (model, params) in [
        ("openai/gpt-4o-mini", json!({"max_tokens": 40})),
        ("openai/gpt-4o", json!({"max_tokens": 9, "n": 2})),
        (
            "openai/gpt-5-mini",
            json!({"max_completion_tokens": 40, "service_tier": "priority"}),
        ),
    ] {
        let found = &estimates(&[question(model, params.clone())], with_key)[0];
        let number = |name: &str| found[name].as_u64().unwrap();
        let all = usage(number("input_tokens_at_most"), number("output_tokens_at_most"));
        let answer = json!({"model": model.trim_start_matches("openai/"), "choices": [], "usage": all});
        let server = Server::always(Answer::json(200, &answer));
        let run = processor()
            .inputs(question(model, params).to_string())
            .env("OPENAI_BASE_URL", server.url("/v1"))
            .env("OPENAI_API_KEY", KEY)
            .run();
        let cost = run.receipt()["usage"]["cost_usd"].as_f64().unwrap();
        let at_most = found["cost_usd_at_most"].as_f64().unwrap();
        assert!(
            cost <= at_most && at_most <= cost * 1.5,
            "{model}: {cost} {at_most}"
        );
        let sent = server.requests()[0].body.len() as u64;
        assert_eq!(sent, number("input_tokens_at_most"), "{model}");
    }
}

#[test]
fn mock_mode_needs_no_key_and_ci_allows_no_other() {
    let mock = json!({"model": "gorq/x", "params": {"messages": []}});
    let real = question("openai/gpt-4o", json!({}));
    let found = estimates(&[mock, real], |test| with_key(test).env("CI", "true"));
    assert_eq!(found[0], json!({"model": "gorq/x"}));
    assert_eq!(error(&found[1]).0, "ERR_CI_SAFETY");
}

#[test]
fn a_secret_in_the_name_of_a_model_is_not_repeated() {
    let found = estimates(&[question(&format!("openai/{KEY}"), json!({}))], with_key);
    assert_eq!(found[0]["model"], "openai/[REDACTED]");
    // a run is as it was
    let refused = real_at("http://127.0.0.1:9", json!({}))
        .args(["--estimate"])
        .run();
    refused.assert_status(2);
}
