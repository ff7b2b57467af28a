//! Tests of the built-in table, and of what it makes of an answer.

use serde_json::value::to_raw_value;
use serde_json::{Map, Value, json};

use super::*;
use crate::hosted_tools::HostedTools;
use crate::routes::{ROUTES, Route};
use crate::tier::Tier;
use crate::usage::Usage;

fn cost_in(line: &str, usage: &Value, change: impl FnOnce(&mut Situation<'_>)) -> Option<f64> {
    let usage = Usage::parse(&to_raw_value(usage).unwrap());
    let params = Map::new();
    let mut situation = Situation::new(Tier::Standard, "", &params);
    change(&mut situation);
    let price = Price::parse(line).unwrap();
    price.cost(&usage, &HostedTools::default(), &situation)
}

fn cost(line: &str, usage: &Value) -> Option<f64> {
    cost_in(line, usage, |_| ())
}

#[test]
fn every_line_of_the_built_in_table_is_valid() {
    let mut priced = 0;
    for (number, line) in table::lines(BUILT_IN) {
        let line = line.unwrap_or_else(|| panic!("line {number}"));
        let is_route = ROUTES.iter().any(|route| route.prefix == line.prefix);
        assert!(
            is_route || ["bedrock", "vertex_ai"].contains(&line.prefix),
            "{line:?}"
        );
        let has_price = Price::parse(line.cells).is_some();
        assert_ne!(has_price, line.has_only_facts(), "{line:?}");
        priced += usize::from(has_price);
    }
    assert!(priced > 1800, "{priced}");
    let source = Prices::built_in().source;
    assert!(source.starts_with("price table of LiteLLM 1."), "{source}");
    let date = source.rsplit(", ").next().unwrap();
    assert_eq!(date.len(), "2026-10-21".len(), "{source}");
}

/// What an answer may name a model that the table has by this name.
fn names_in_answers(prefix: &str, model: &str) -> Vec<String> {
    let mut names = vec![model.to_owned()];
    match prefix {
        "fireworks_ai" if model.starts_with("routers/") => names.push(format!("accounts/fireworks/{model}")),
        "fireworks_ai" => names.push(format!("accounts/fireworks/models/{model}")),
        "openai" if model.starts_with("ft:") => names.push(format!("{model}:my-org::8TV1d")),
        "openai" | "azure" => names.push(format!("responses/{model}")),
        "gemini" => names.push(format!("models/{model}")),
        "vertex_ai" => names.push(format!("publishers/google/models/{model}")),
        "bedrock" => names.push(format!("converse/{model}")),
        "together_ai" | "deepinfra" | "nebius" => names.push(model.to_ascii_lowercase()),
        _ => {}
    }
    names
}

#[test]
fn every_line_can_be_reached_from_its_own_route() {
    for (_, line) in table::lines(BUILT_IN) {
        let line = line.unwrap();
        let mut names = names_in_answers(line.prefix, line.model);
        let is_route = ROUTES.iter().any(|route| route.prefix == line.prefix);
        if is_route {
            let full = format!("{}/{}", line.prefix, line.model);
            names.push(Route::resolve(&full, "/model").unwrap().1);
        }
        for name in names {
            let section = BUILT_IN.find(&format!("\n{}/\n", line.prefix)).unwrap();
            let text = BUILT_IN[section..]
                .split_inclusive("/\n")
                .take(2)
                .collect::<String>();
            let found = table::find(&text, line.prefix, &names::candidates(line.prefix, &name)).unwrap();
            let is_same = found == line || found.model.eq_ignore_ascii_case(line.model) && name != line.model;
            assert!(is_same, "{name} leads to {found:?}, not {line:?}");
        }
    }
}

#[test]
fn models_are_found_by_the_names_of_their_services() {
    let prices = Prices::built_in();
    let has = |prefix: &str, model: &str| prices.find(prefix, &[model], None).is_some();
    for (prefix, model, expected) in [
        ("openai", "gpt-4o-mini", true),
        ("openai", "gpt-4o-mini-2099-01-01", true),
        ("openai", "ft:gpt-4o-mini-2024-07-18:org::id", true),
        ("openai", "gpt-4o-min", false),
        ("openai/gpt-4o-mini", "", false),
        ("hosted_vllm", "gpt-4o-mini", false),
        ("bedrock", "us.anthropic.claude-haiku-4-5-20251001-v1:0", true),
        ("bedrock", "anthropic.no-claude-v1:0", false),
        ("ollama", "a-model-of-mine", true),
        ("ollama_chat", "a-model-of-mine", true),
    ] {
        assert_eq!(has(prefix, model), expected, "{prefix}/{model}");
    }
    let model = "meta.llama3-8b-instruct-v1:0";
    let at = |region| prices.find("bedrock", &[model], region).unwrap();
    assert_ne!(at(Some("ca-central-1")), at(None));
    assert_eq!(at(Some("us-west-9")), at(None));
}

#[test]
fn a_free_model_costs_nothing() {
    let usage = json!({"prompt_tokens": 7, "completion_tokens": 1});
    assert_eq!(cost("0\t0", &usage), Some(0.0));
    assert_eq!(
        cost("0\t0", &json!({"prompt_tokens": 0, "completion_tokens": 0})),
        None
    );
    assert_eq!(cost("0\t0\tpriority=1,2", &usage), None);
}

#[test]
fn each_token_costs_the_price_of_its_kind() {
    const LINE: &str = "2\t10\t0.5\t\t1000";
    let details = |name: &str, count: u64| json!({"prompt_tokens": 100, "completion_tokens": 10, "prompt_tokens_details": {name: count}});
    let reasoning = |total: u64, count: u64| json!({"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": total, "completion_tokens_details": {"reasoning_tokens": count}});
    let with = |name: &str, count: i64| json!({"prompt_tokens": 100, "completion_tokens": 10, name: count});
    for (usage, expected) in [
        (with("x", 0), Some(0.0003)),
        (with("total_tokens", 110), Some(0.0003)),
        (details("cached_tokens", 40), Some(0.00024)),
        (with("prompt_cache_hit_tokens", 40), Some(0.00024)),
        (with("cache_read_input_tokens", 40), Some(0.00024)),
        (reasoning(150, 40), Some(0.0007)),
        (reasoning(110, 4), Some(0.0003)),
        // without a price of their own: as input
        (details("cache_write_tokens", 1), Some(0.0003)),
        (details("audio_tokens", 1), Some(0.0003)),
        // the total has tokens of an unknown kind
        (with("total_tokens", 150), None),
        (reasoning(110, 40), None),
        // fees that the line lacks
        (with("num_search_queries", 1), None),
        (with("prompt_audio_seconds", 1), None),
        (with("num_sources_used", 1), None),
        (details("cached_tokens", 101), None),
        (with("x", -1), None),
        (
            json!({"prompt_tokens": 7, "completion_tokens": 0}),
            Some(0.000_014),
        ),
        (json!({"prompt_tokens": 1001, "completion_tokens": 10}), None),
        (json!({"prompt_tokens": 0, "completion_tokens": 0}), None),
        (json!({"prompt_tokens": 9}), None),
        (json!({}), None),
    ] {
        assert_eq!(cost(LINE, &usage), expected, "{usage}");
    }
}

#[test]
fn kinds_with_a_price_cost_it() {
    const LINE: &str = "1\t10\t0.1\t2\thour=4\thalf-day=8\taudio=3\taudio-cached=0.3\taudio-out=20\timage-out=30\treasoning=5";
    for (input, output, expected) in [
        (
            json!({"cached_tokens": 50, "cache_creation_tokens": 20}),
            json!({}),
            30.0 + 5.0 + 40.0 + 100.0,
        ),
        (
            json!({"cache_creation_tokens": 20, "cache_creation_token_details": {"ephemeral_1h_input_tokens": 5, "ephemeral_12h_input_tokens": 5}}),
            json!({}),
            80.0 + 20.0 + 20.0 + 40.0 + 100.0,
        ),
        (
            json!({"audio_tokens": 40, "text_tokens": 60}),
            json!({}),
            60.0 + 120.0 + 100.0,
        ),
        (
            json!({"audio_tokens": 40, "cached_tokens": 30, "cached_tokens_details": {"audio_tokens": 10}}),
            json!({}),
            40.0 + 90.0 + 2.0 + 3.0 + 100.0,
        ),
        (
            json!({"audio_tokens": 90, "cached_tokens": 30}),
            json!({}),
            210.0 + 3.0 + 100.0,
        ),
        (
            json!({}),
            json!({"reasoning_tokens": 4, "audio_tokens": 3, "image_tokens": 1}),
            100.0 + 20.0 + 20.0 + 60.0 + 30.0,
        ),
    ] {
        let usage = json!({"prompt_tokens": 100, "completion_tokens": 10, "prompt_tokens_details": input, "completion_tokens_details": output});
        let micros = cost(LINE, &usage).unwrap() * 1e6;
        assert!((micros - expected).abs() < 1e-6, "{usage}: {micros}");
    }
}

#[test]
fn long_prompts_and_tiers_have_prices_of_their_own() {
    const LINE: &str = "1\t10\t0.1\t\t>1k=2\t>2k=3,30\tflex=x0.5\tpriority=4,40\tpriority>1k=8,80";
    for (prompt, tier, expected) in [
        (1000, Tier::Standard, Some(1000.0 + 10.0)),
        (1001, Tier::Standard, Some(2002.0 + 10.0)),
        (2001, Tier::Standard, Some(6003.0 + 30.0)),
        (1000, Tier::Flex, Some(500.0 + 5.0)),
        (1001, Tier::Flex, Some(2002.0 + 5.0)),
        (1000, Tier::Priority, Some(4000.0 + 40.0)),
        (1001, Tier::Priority, Some(8008.0 + 80.0)),
        (1000, Tier::Ultrafast, None),
        (1000, Tier::Unknown, None),
    ] {
        let usage = json!({"prompt_tokens": prompt, "completion_tokens": 1});
        let usd = cost_in(LINE, &usage, |situation| situation.tier = tier);
        assert_eq!(usd.map(|usd| (usd * 1e6).round()), expected, "{prompt} {tier:?}");
    }
}

#[test]
fn hours_places_and_searches_change_the_cost() {
    let night = httpdate::parse_http_date("Sat, 28 Nov 2026 02:00:00 GMT").unwrap();
    let day = httpdate::parse_http_date("Mon, 30 Nov 2026 12:00:00 GMT").unwrap();
    const LINE: &str = "1\t10\toff-peak=0.5,5\tutc=6-7:00:00-00:00\tsearch=5,8,12\ttimes=us:2,fast:3";
    let micros = |more: Value, time, place, size| {
        let mut usage = json!({"prompt_tokens": 100, "completion_tokens": 10});
        usage
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let usd = cost_in(LINE, &usage, |situation| {
            (situation.time, situation.place, situation.search_size) = (time, place, size);
        });
        usd.map(|usd| (usd * 1e6).round())
    };
    assert_eq!(micros(json!({}), day, None, None), Some(200.0));
    assert_eq!(micros(json!({}), night, None, None), Some(100.0));
    assert_eq!(micros(json!({}), day, Some("us"), None), Some(400.0));
    assert_eq!(micros(json!({}), day, Some("eu"), None), Some(200.0));
    assert_eq!(
        micros(json!({"inference_geo": "US", "speed": "fast"}), day, None, None),
        Some(1200.0)
    );
    let searched = json!({"server_tool_use": {"web_search_requests": 2, "web_fetch_requests": 3}});
    assert_eq!(micros(searched.clone(), day, None, None), Some(16200.0));
    assert_eq!(micros(searched.clone(), day, None, Some("low")), Some(10200.0));
    assert_eq!(micros(searched, day, None, Some("high")), Some(24200.0));
    let unknown = json!({"server_tool_use": {"code_execution_requests": 1}});
    assert_eq!(micros(unknown, day, None, None), None);
}

#[test]
fn tools_without_a_count_are_charged_once() {
    let params = Map::new();
    let situation = Situation::new(Tier::Standard, "", &params);
    let usage = to_raw_value(&json!({"prompt_tokens": 100, "completion_tokens": 10})).unwrap();
    let micros = |line: &str, tools: HostedTools| {
        let usd = Price::parse(line)
            .unwrap()
            .cost(&Usage::parse(&usage), &tools, &situation);
        usd.map(|usd| (usd * 1e6).round())
    };
    let plain = HostedTools::default();
    let cited = HostedTools {
        has_citations: true,
        ..plain
    };
    let browsed = HostedTools {
        searches: 3,
        opened_pages: 2,
        ..plain
    };
    let other = HostedTools {
        has_others: true,
        ..plain
    };
    assert_eq!(micros("1\t10\tsearch=25", cited), Some(25200.0));
    assert_eq!(micros("1\t10", cited), None);
    assert_eq!(micros("1\t10\tsearch=5", browsed), Some(17200.0));
    assert_eq!(micros("1\t10\tsearch=35\tby=answer", browsed), Some(37200.0));
    assert_eq!(micros("1\t10\tsearch=5", other), None);
    assert_eq!(micros("1\t10\trequest=5", plain), Some(5200.0));
}
