//! Whatever the parameters are: what a service takes is not changed.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::DropParams;
use super::rules::{Rule, Rules};
use super::shape::shape;
use crate::api::Api;
use crate::requested_model::RequestedModel;
use crate::routes::ROUTES;

/// OpenAI's parameters, but for `messages`, and values that are not the defaults.
fn openai() -> Vec<(&'static str, Value)> {
    let function = json!({"name": "f", "parameters": {"type": "object"}});
    vec![
        ("audio", json!({"voice": "alloy", "format": "wav"})),
        ("frequency_penalty", json!(0.5)),
        ("function_call", json!("none")),
        ("functions", json!([function])),
        ("logit_bias", json!({"1": 1})),
        ("logprobs", json!(true)),
        ("max_completion_tokens", json!(9)),
        ("max_tokens", json!(9)),
        ("metadata", json!({"a": "b"})),
        ("modalities", json!(["text", "audio"])),
        ("n", json!(2)),
        ("parallel_tool_calls", json!(false)),
        ("prediction", json!({"type": "content", "content": "x"})),
        ("presence_penalty", json!(0.5)),
        ("prompt_cache_key", json!("k")),
        ("reasoning_effort", json!("high")),
        ("response_format", json!({"type": "json_object"})),
        ("safety_identifier", json!("s")),
        ("seed", json!(1)),
        ("service_tier", json!("flex")),
        ("stop", json!(["x"])),
        ("store", json!(true)),
        ("stream", json!(true)),
        ("temperature", json!(0.5)),
        ("tools", json!([{"type": "function", "function": function}])),
        ("top_logprobs", json!(2)),
        ("top_p", json!(0.5)),
        ("user", json!("u")),
        ("verbosity", json!("low")),
        ("web_search_options", json!({})),
    ]
}

fn model(index: usize) -> RequestedModel {
    let route = &ROUTES[index % ROUTES.len()];
    RequestedModel {
        name: format!("{}/zz", route.prefix),
        route,
        api: Api::ChatCompletions,
        model: "zz".to_owned(),
        is_default: false,
    }
}

/// The parameters that a service takes as they are, and some that nobody knows.
fn taken(model: &RequestedModel, chosen: &[bool], unknown: &Map<String, Value>) -> Vec<(String, Value)> {
    let rules = Rules::find(model.route.prefix, &model.model);
    let is_sent = |rule: Rule| matches!(rule, Rule::Sent | Rule::Unsure);
    let is_taken = |name: &str| rules.of(name).all(|named| is_sent(named.rule));
    let known = openai().into_iter().zip(chosen);
    let known = known.filter(|((name, _), is_chosen)| **is_chosen && is_taken(name));
    let known = known.map(|((name, value), _)| (name.to_owned(), value));
    known.chain(unknown.clone()).collect()
}

fn params() -> impl Strategy<Value = (RequestedModel, Map<String, Value>)> {
    let value = prop_oneof![
        Just(Value::Null),
        Just(json!([])),
        Just(json!({"a": null})),
        any::<i32>().prop_map(Value::from)
    ];
    let unknown = prop::collection::btree_map("x_[a-z]{3}", value, 0..4);
    let unknown = unknown.prop_map(Map::from_iter);
    let chosen = prop::collection::vec(any::<bool>(), openai().len());
    let all = (0..ROUTES.len(), chosen, unknown).prop_map(|(index, chosen, unknown)| {
        let model = model(index);
        let mut params = taken(&model, &chosen, &unknown);
        params.push((
            "messages".to_owned(),
            json!([{"role": "system", "content": "a"}, {"role": "user", "content": "hi"}]),
        ));
        (index, params)
    });
    all.prop_flat_map(|(index, params)| {
        Just(params)
            .prop_shuffle()
            .prop_map(move |params| (model(index), Map::from_iter(params)))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_a_service_takes_is_not_changed((model, params) in params()) {
        let shaped = shape(&params, &model, &DropParams::default()).unwrap();
        prop_assert_eq!(Value::from(shaped.params).to_string(), Value::from(params).to_string());
        prop_assert!(shaped.changes.is_empty() && shaped.dropped.is_empty(), "{:?}", shaped.changes);
    }
}

/// A test that leaves out everything would pass.
#[test]
fn most_parameters_are_taken_by_most_services() {
    let all = vec![true; openai().len()];
    let counts = (0..ROUTES.len()).map(|index| taken(&model(index), &all, &Map::new()).len());
    let counts: Vec<_> = counts.collect();
    assert!(counts.iter().all(|count| *count >= 6), "{counts:?}");
    assert!(counts.iter().sum::<usize>() > 14 * ROUTES.len(), "{counts:?}");
}
