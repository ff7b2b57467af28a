//! Whatever the parameters are, they arrive as they were given.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::{real, service};

/// Ours alone, or with a meaning of their own.
const NAMES: [&str; 12] = [
    "num_retries",
    "timeout",
    "fallbacks",
    "api_base",
    "api_key_env",
    "headers",
    "organization",
    "project",
    "messages",
    "model",
    "stream",
    "response_format",
];

fn value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        (-9_007_199_254_740_991_i64..=9_007_199_254_740_991).prop_map(Value::from),
        (-1e15_f64..1e15).prop_map(Value::from),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number,
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            object(inner).prop_map(Value::Object),
        ]
    })
}

fn object(inner: impl Strategy<Value = Value>) -> impl Strategy<Value = Map<String, Value>> {
    let key = prop_oneof!["[a-z_]{1,12}", any::<String>()];
    let fields = prop::collection::btree_map(key, inner, 0..6);
    let shuffled = fields
        .prop_map(|fields| fields.into_iter().collect::<Vec<_>>())
        .prop_shuffle();
    shuffled.prop_map(|fields| fields.into_iter().collect())
}

/// Text for text, in the same order.
fn is_same(sent: &[u8], expected: &Value) -> bool {
    sent == runtime::to_ordered(expected).unwrap()
}

/// Numbers have the value of their canonical form: 1.0 arrives as 1.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(float) if float.fract() == 0.0 && float.abs() < 9_007_199_254_740_992.0 => {
                json!(float as i64)
            }
            _ => value.clone(),
        },
        Value::Array(items) => items.iter().map(canonical).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, field)| (key.clone(), canonical(field)))
            .collect::<Map<_, _>>()
            .into(),
        _ => value.clone(),
    }
}

fn names_a_file(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(names_a_file),
        Value::Object(fields) => fields.contains_key("$file") || fields.values().any(names_a_file),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parameters_arrive_unchanged(
        params in object(value()).prop_filter("names of their own", |params| {
            !NAMES.iter().any(|name| params.contains_key(*name)) && !params.values().any(names_a_file)
        }),
        messages in prop::collection::vec(value(), 0..3).prop_filter("files", |messages| !messages.iter().any(names_a_file)),
    ) {
        let mut params = params;
        params.insert("messages".into(), messages.into());
        let server = service();
        let inputs = json!({"mode": "real", "model": "gpt-4o", "params": params});
        real(&server).inputs(inputs.to_string()).run().assert_success();
        let mut expected = canonical(&params.into());
        expected["model"] = "gpt-4o".into();
        let body = &server.requests()[0].body;
        prop_assert!(is_same(body, &expected), "{} for {expected}", String::from_utf8_lossy(body));
    }
}
