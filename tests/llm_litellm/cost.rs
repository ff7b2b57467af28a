//! What an answer costs, and where the figure comes from.

use serde_json::{Map, Value, json};
use support::{Answer, Dir, Server, Test};

use crate::{KEY, processor, real, real_at};

const TABLE: &str = "price table of LiteLLM 1.110.2, 2026-11-20";

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
    let table = json!(TABLE);
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

/// The cost of this answer to a question to a model with these parameters.
fn cost_of(model: &str, params: &Value, answer: &Value) -> Value {
    let server = Server::always(Answer::json(200, answer));
    let mut all = Map::from_iter([("messages".to_owned(), json!([]))]);
    all.extend(params.as_object().unwrap().clone());
    let inputs = json!({"mode": "real", "model": model, "params": all});
    let base = server.url("/v1");
    let mut run = processor().inputs(inputs.to_string());
    for provider in ["OPENAI", "GROQ", "FIREWORKS", "DEEPINFRA", "TOGETHER_AI"] {
        run = run.env(&format!("{provider}_API_BASE"), &base);
        run = run.env(&format!("{provider}_API_KEY"), KEY);
    }
    let (usd, source) = cost(run.env("TOGETHER_API_KEY", KEY));
    assert_eq!(source, if usd.is_null() { Value::Null } else { json!(TABLE) });
    usd
}

/// An answer of gpt-4o-mini with these members.
fn answer_with(more: Value) -> Value {
    let mut answer = completion("gpt-4o-mini", &usage());
    answer
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    answer
}

#[test]
fn omits_an_unknown_cost() {
    for (model, answer) in [
        ("openai/my-tune", completion("my-tune", &usage())),
        ("openai/gpt-4o-mini", answer_with(json!({"service_tier": "flex"}))),
        (
            "openai/gpt-4o-mini",
            answer_with(json!({"service_tier": "scale"})),
        ),
        (
            "openai/gpt-4o-mini",
            answer_with(json!({"service_tier": "unheard_of"})),
        ),
        ("openai/gpt-4o-mini", answer_with(json!({"usage": null}))),
        (
            "openai/gpt-4o-mini",
            answer_with(json!({"usage": {"prompt_tokens": 0, "completion_tokens": 0}})),
        ),
        (
            "openai/gpt-4o-mini",
            answer_with(json!({"choices": [{"message": {"annotations": [{"type": "file_citation"}]}}]})),
        ),
        (
            "openai/gpt-4",
            json!({"model": "gpt-4", "usage": usage(), "choices": [{"message": {"annotations": [{"type": "url_citation"}]}}]}),
        ),
    ] {
        assert_eq!(
            cost_of(model, &json!({}), &answer),
            Value::Null,
            "{model} {answer}"
        );
    }
}

#[test]
fn a_service_tier_has_prices_of_its_own() {
    for (model, requested, served, expected) in [
        (
            "openai/gpt-4o-mini",
            json!(null),
            json!("default"),
            json!(0.00045),
        ),
        (
            "openai/gpt-4o-mini",
            json!("flex"),
            json!("default"),
            json!(0.00045),
        ),
        ("openai/gpt-4o-mini", json!("auto"), json!(null), json!(0.00045)),
        ("openai/gpt-4o-mini", json!("flex"), json!(null), json!(null)),
        (
            "openai/gpt-4o-mini",
            json!(null),
            json!("priority"),
            json!(0.00075),
        ),
        (
            "openai/gpt-4o-mini",
            json!("priority"),
            json!(null),
            json!(0.00075),
        ),
        (
            "groq/openai/gpt-oss-20b",
            json!(null),
            json!("on_demand"),
            json!(0.000_225),
        ),
        ("groq/openai/gpt-oss-20b", json!(null), json!("flex"), json!(null)),
    ] {
        let mut answer = completion("m", &usage());
        answer["service_tier"] = served.clone();
        let usd = cost_of(model, &json!({"service_tier": requested}), &answer);
        assert_eq!(usd, expected, "{model} {requested} {served}");
    }
}

#[test]
fn models_without_a_price_have_that_of_their_size() {
    for (model, answered, expected) in [
        (
            "together_ai/togethercomputer/CodeLlama-34b-Instruct",
            "m",
            json!(0.0012),
        ),
        ("together_ai/a/x", "a/unknown-model-70b", json!(0.001_35)),
        ("together_ai/a/x", "m", json!(null)),
        (
            "fireworks_ai/x",
            "accounts/fireworks/models/unknown-7b",
            json!(0.0003),
        ),
        ("fireworks_ai/x", "accounts/mine/models/x", json!(null)),
        ("deepinfra/a/unknown-7b", "a/unknown-7b", json!(null)),
    ] {
        let usd = cost_of(model, &json!({}), &completion(answered, &usage()));
        assert_eq!(usd, expected, "{model} {answered}");
    }
}

#[test]
fn a_cited_search_costs_its_fee() {
    let message = json!({"role": "assistant", "content": "x", "annotations": [{"type": "url_citation", "url_citation": {}}]});
    for (model, expected) in [("gpt-4o-search-preview", 0.0325), ("gpt-4o-mini", 0.025_45)] {
        let answer = json!({"model": model, "usage": usage(), "choices": [{"message": message}]});
        let usd = cost_of(&format!("openai/{model}"), &json!({}), &answer);
        assert_eq!(usd, json!(expected), "{model}");
    }
}

#[test]
fn models_have_the_names_of_their_services() {
    for (model, answered, expected) in [
        (
            "openai/ft:gpt-4o-mini-2024-07-18:org::id",
            "ft:gpt-4o-mini-2024-07-18:org::id",
            json!(0.0009),
        ),
        ("openai/gpt-4o-mini", "gpt-4o-mini-2099-01-01", json!(0.00045)),
        ("openai/gpt-4o-mini", "something-else", json!(0.00045)),
        (
            "fireworks_ai/gpt-oss-20b",
            "accounts/fireworks/models/gpt-oss-20b",
            json!(0.000_22),
        ),
        (
            "deepinfra/openai/gpt-oss-20b",
            "OpenAI/GPT-OSS-20b",
            json!(0.0001),
        ),
    ] {
        let usd = cost_of(model, &json!({}), &completion(answered, &usage()));
        assert_eq!(usd, expected, "{model} {answered}");
    }
}

#[test]
fn cached_tokens_without_a_price_cost_that_of_input() {
    let mut usage = usage();
    usage["prompt_tokens_details"] = json!({"cached_tokens": 400});
    let usd = cost_of(
        "deepinfra/openai/gpt-oss-20b",
        &json!({}),
        &completion("m", &usage),
    );
    assert_eq!(usd, json!(0.0001));
}

#[test]
fn a_server_of_ones_own_costs_nothing() {
    let answer = json!({
        "model": "mine", "message": {"role": "assistant", "content": "hi"}, "done": true, "done_reason": "stop",
        "prompt_eval_count": 5, "eval_count": 3,
    });
    for prefix in ["ollama", "ollama_chat"] {
        let server = Server::always(Answer::json(200, &answer));
        let inputs = json!({"mode": "real", "model": format!("{prefix}/mine"), "params": {"messages": []}});
        let run = processor().inputs(inputs.to_string());
        let (usd, source) = cost(run.env("OLLAMA_API_BASE", server.url("")));
        assert_eq!((usd, source), (json!(0), json!(TABLE)), "{prefix}");
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
    std::fs::write(
        &file,
        "azure/\nours\t1\t2\nopenai/\nmy-tune\t1\t2\t>999=4\t:s8k\ntheirs\t:r\n",
    )
    .unwrap();
    assert_eq!(cost(with_file(&tuned)).0, json!(0.005));
    let built_in = include_str!("../../processors/llm-litellm/prices/prices.tsv");
    std::fs::write(&file, built_in).unwrap();
    assert_eq!(cost(with_file(&listed)).0, json!(0.00045));
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
        (Some("openai/\na\n"), "LLM_PRICES_FILE names a file whose line 2 "),
        (
            Some("openai/a\t1\t2\tfeels=3\n"),
            "LLM_PRICES_FILE names a file whose line 1 ",
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
