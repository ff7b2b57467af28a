//! What an answer costs, and where the figure comes from.

use serde_json::{Value, json};
use support::{Answer, Dir, Server, Test};

use crate::{KEY, processor, real, real_at};

/// The list price of gpt-4o-mini is 0.15 and 0.6 USD for a million tokens.
fn usage() -> Value {
    json!({"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500})
}

fn completion(model: &str, usage: &Value) -> Value {
    json!({"model": model, "choices": [], "usage": usage})
}

/// The cost and its source that the receipt of a run has.
fn cost(run: Test) -> (Value, Value) {
    let run = run.run();
    run.assert_success();
    let receipt = run.receipt();
    (
        receipt["usage"]["cost_usd"].clone(),
        receipt["extra"]["cost_source"].clone(),
    )
}

fn unknown() -> (Value, Value) {
    (Value::Null, Value::Null)
}

#[test]
fn cost_comes_from_the_proxys_header_then_the_answer_then_the_table() {
    let told = json!({"prompt_tokens": 1000, "completion_tokens": 500, "cost": 0.5});
    let table = json!("price table of LiteLLM 1.110.2, 2026-11-20");
    for (header, usage, expected) in [
        (
            Some("0.0125"),
            &told,
            (json!(0.0125), json!("header x-litellm-response-cost")),
        ),
        (Some("0.0"), &told, (json!(0.5), json!("usage of the answer"))),
        (Some("None"), &told, (json!(0.5), json!("usage of the answer"))),
        (None, &told, (json!(0.5), json!("usage of the answer"))),
        (Some("-1"), &usage(), (json!(0.00045), table.clone())),
        (None, &usage(), (json!(0.00045), table)),
    ] {
        let mut answer = Answer::json(200, &completion("gpt-4o-mini", usage));
        if let Some(header) = header {
            answer = answer.header("x-litellm-response-cost", header);
        }
        let server = Server::always(answer);
        assert_eq!(cost(real(&server)), expected, "{header:?} {usage}");
    }
}

#[test]
fn omits_an_unknown_cost() {
    let body = |more: Value| {
        let mut body = completion("gpt-4o-mini", &usage());
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    for (model, body) in [
        ("openai/my-tune", completion("my-tune", &usage())),
        ("openai/gpt-4o-mini", body(json!({"service_tier": "priority"}))),
        ("openai/gpt-4o-mini", body(json!({"service_tier": "flex"}))),
        ("openai/gpt-4o-mini", body(json!({"service_tier": "scale"}))),
        ("openai/gpt-4o-mini", body(json!({"service_tier": "unheard_of"}))),
        ("openai/gpt-4o-mini", body(json!({"usage": null}))),
        (
            "openai/gpt-4o-mini",
            body(json!({"usage": {"prompt_tokens": 0, "completion_tokens": 0}})),
        ),
    ] {
        let server = Server::always(Answer::json(200, &body));
        let inputs = json!({"mode": "real", "model": model, "params": {"messages": []}});
        let run = processor()
            .inputs(inputs.to_string())
            .env("OPENAI_BASE_URL", server.url("/v1"))
            .env("OPENAI_API_KEY", KEY);
        assert_eq!(cost(run), unknown(), "{model} {body}");
    }
}

#[test]
fn the_usual_tier_costs_the_list_price() {
    let listed = |usd: f64| (json!(usd), json!("price table of LiteLLM 1.110.2, 2026-11-20"));
    for (model, asked, answered, expected) in [
        (
            "openai/gpt-4o-mini",
            json!(null),
            json!("default"),
            listed(0.00045),
        ),
        (
            "openai/gpt-4o-mini",
            json!("flex"),
            json!("default"),
            listed(0.00045),
        ),
        ("openai/gpt-4o-mini", json!("auto"), json!(null), listed(0.00045)),
        ("openai/gpt-4o-mini", json!("flex"), json!(null), unknown()),
        ("openai/gpt-4o-mini", json!(null), json!("priority"), unknown()),
        (
            "groq/openai/gpt-oss-20b",
            json!(null),
            json!("on_demand"),
            listed(0.000225),
        ),
        ("groq/openai/gpt-oss-20b", json!(null), json!("flex"), unknown()),
    ] {
        let mut body = completion("m", &usage());
        body["service_tier"] = answered.clone();
        let server = Server::always(Answer::json(200, &body));
        let params = json!({"messages": [], "service_tier": asked});
        let inputs = json!({"mode": "real", "model": model, "params": params});
        let run = real(&server)
            .inputs(inputs.to_string())
            .env("GROQ_API_BASE", server.url("/v1"))
            .env("GROQ_API_KEY", KEY);
        assert_eq!(cost(run), expected, "{model} {asked} {answered}");
    }
}

#[test]
fn an_address_of_the_inputs_has_prices_of_its_own() {
    let server = Server::always(Answer::json(200, &completion("gpt-4o-mini", &usage())));
    let params = json!({"api_base": server.url("/v1"), "api_key_env": "MY_KEY"});
    let run = real_at("https://unused.example", params).env("MY_KEY", "sk-mine-0123456789");
    assert_eq!(cost(run), unknown());
}

#[test]
fn details_of_the_usage_are_kept() {
    let mut usage = usage();
    usage["prompt_tokens_details"] = json!({"cached_tokens": 400, "audio_tokens": 0});
    usage["completion_tokens_details"] = json!({"reasoning_tokens": 64});
    let server = Server::always(Answer::json(200, &completion("gpt-4o-mini-2024-07-18", &usage)));
    let run = real(&server).run();
    run.assert_success();
    assert_eq!(
        run.receipt()["usage"],
        json!({
            "attempts": 1, "prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500, "cost_usd": 0.00042,
            "prompt_tokens_details.cached_tokens": 400, "prompt_tokens_details.audio_tokens": 0,
            "completion_tokens_details.reasoning_tokens": 64,
        })
    );
}

#[test]
fn a_stream_has_a_cost_too() {
    let chunks = [
        json!({"model": "gpt-4o-mini", "choices": [{"index": 0, "delta": {"content": "hi"}}]}),
        json!({"model": "gpt-4o-mini", "choices": [], "usage": usage()}),
    ];
    let events: String = chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
    let answer = Answer::new(200, format!("{events}data: [DONE]\n\n"));
    let server = Server::always(answer.header("content-type", "text/event-stream"));
    let run = real_at(&server.url("/v1"), json!({"stream": true}));
    assert_eq!(cost(run).0, json!(0.00045));
}

#[test]
fn a_price_file_replaces_the_table() {
    let dir = Dir::new();
    let file = dir.path("prices.tsv");
    std::fs::write(&file, "# ours\n\nopenai/my-tune\t1\t2\n").unwrap();
    let with_file = |server: &Server| real(server).env("LLM_PRICES_FILE", &file);
    let tuned = Server::always(Answer::json(200, &completion("my-tune", &usage())));
    let (usd, source) = cost(with_file(&tuned));
    assert_eq!(usd, json!(0.002));
    assert_eq!(
        source,
        "LLM_PRICES_FILE sha256:27bfe6302bdb244f1d6b1daa65e38d8aa07886ab82fa604226003fbd6815b010"
    );
    let listed = Server::always(Answer::json(200, &completion("gpt-4o-mini", &usage())));
    assert_eq!(cost(with_file(&listed)), unknown());
}

#[test]
fn rejects_an_invalid_price_file_before_the_request() {
    let dir = Dir::new();
    let file = dir.path("prices.tsv");
    let server = Server::always(Answer::json(200, &completion("gpt-4o-mini", &usage())));
    for (content, said) in [
        (None, "LLM_PRICES_FILE names a file that cannot be read"),
        (
            Some("openai/a\t1\t2\nopenai/b\tone\t2\n"),
            "LLM_PRICES_FILE names a file whose line 2 ",
        ),
        (Some("\u{0}\n"), "LLM_PRICES_FILE names a file whose line 1 "),
    ] {
        if let Some(content) = content {
            std::fs::write(&file, content).unwrap();
        }
        let run = real(&server).env("LLM_PRICES_FILE", &file).run();
        run.assert_failure("ERR_USAGE", 2);
        assert!(run.message().starts_with(said), "{run:?}");
    }
    assert!(server.requests().is_empty());
}
