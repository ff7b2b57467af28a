//! Tests of the check of parameters.

use serde_json::json;

use super::*;

fn schema(input: Value) -> Schema {
    Schema(json!({"components": {"schemas": {
        "Input": input,
        "ratio": {"enum": ["1:1", "16:9"], "type": "string", "title": "ratio"},
        "Loop": {"$ref": "#/components/schemas/Loop"},
        "Wide": {"anyOf": vec![json!({"$ref": "#/components/schemas/Wide"}); 20]},
    }}}))
}

fn checked(input: &Value, params: Value) -> Result<Value, String> {
    let mut params = params.as_object().unwrap().clone();
    match schema(input.clone()).check(&mut params) {
        Ok(_) => Ok(Value::Object(params)),
        Err(error) => {
            assert_eq!(error.code(), ErrorCode::Inputs);
            Err(error.message().split("; nothing was").next().unwrap().to_owned())
        }
    }
}

/// What is wrong with one parameter `x` of this schema.
fn problem(own: Value, value: Value) -> Option<String> {
    let input = json!({"type": "object", "properties": {"x": own}});
    checked(&input, json!({"x": value})).err()
}

#[test]
fn valid_values_pass() {
    let file = json!({"type": "string", "format": "uri"});
    let ratio = json!({"$ref": "#/components/schemas/ratio"});
    #[rustfmt::skip]
    let cases = [
        (json!({"type": "integer"}), json!(1)),
        (json!({"type": "integer"}), json!(1.0)),
        (json!({"type": "integer", "minimum": 0, "maximum": 5}), json!(5)),
        (json!({"type": "number"}), json!(1)),
        (json!({"type": "number", "exclusiveMinimum": 0}), json!(0.1)),
        (json!({"type": ["string", "null"]}), json!(null)),
        (json!({"type": "string", "nullable": true}), json!(null)),
        (json!({"anyOf": [{"type": "integer"}, {"type": "null"}]}), json!(null)),
        (json!({"allOf": [ratio], "default": "1:1"}), json!("16:9")),
        (json!({"allOf": [ratio], "nullable": true}), json!(null)),
        (json!({"enum": [1, 2]}), json!(2.0)),
        (file.clone(), json!({"$file": "a"})),
        (file.clone(), json!({"$secret": "A"})),
        (file.clone(), json!("https://h/a")),
        (file.clone(), json!("data:text/plain,x")),
        (json!({"type": "array", "items": file}), json!([{"$file": "a"}])),
        (json!({"type": "string", "enum": ["a"], "minLength": 99}), json!({"$secret": "A"})),
        (json!({"type": "string", "minLength": 2, "maxLength": 2}), json!("éé")),
        (json!({"type": "object"}), json!({"any": 1})),
        (json!({"type": "tensor", "pattern": "x", "multipleOf": 7}), json!(1)),
        (json!({"$ref": "#/components/schemas/Loop"}), json!(1)),
        (json!({"$ref": "#/components/schemas/Wide"}), json!(1)),
        (json!({"$ref": "other.json"}), json!(1)),
        (json!(true), json!(1)),
        (json!("nonsense"), json!(1)),
        (json!({"type": "string", "enum": "nonsense", "required": 7}), json!("x")),
    ];
    for (own, value) in cases {
        assert_eq!(problem(own.clone(), value.clone()), None, "{own} {value}");
    }
}

#[test]
fn invalid_values_are_reported_with_their_pointer() {
    let ratio = json!({"$ref": "#/components/schemas/ratio"});
    #[rustfmt::skip]
    let cases = [
        (json!({"type": "integer"}), json!("secret"), "/params/x is a string, and the model takes an integer"),
        (json!({"type": "integer"}), json!(1.5), "/params/x is a number, and the model takes an integer"),
        (json!({"type": "integer"}), json!("42"), "/params/x is a string, and the model takes an integer"),
        (json!({"type": "string"}), json!(null), "/params/x is null, and the model takes a string"),
        (json!({"type": "boolean"}), json!("true"), "/params/x is a string, and the model takes a boolean"),
        (json!({"type": "integer"}), json!({"$secret": "A"}), "/params/x is a string, and the model takes an integer"),
        (json!({"type": "integer", "minimum": 1}), json!(0), "/params/x is less than 1"),
        (json!({"type": "integer", "maximum": 9}), json!(10), "/params/x is more than 9"),
        (json!({"exclusiveMaximum": 9}), json!(9), "/params/x is not less than 9"),
        (json!({"minimum": 0, "exclusiveMinimum": true}), json!(0), "/params/x is not more than 0"),
        (json!({"allOf": [ratio]}), json!("4:3"), r#"/params/x has to be one of "1:1", "16:9""#),
        (json!({"minLength": 3}), json!("éé"), "/params/x is shorter than 3 characters"),
        (json!({"maxLength": 1}), json!("éé"), "/params/x is longer than 1 characters"),
        (json!({"anyOf": [{"type": "integer", "maximum": 3}, {"type": "null"}]}), json!(4), "/params/x is more than 3"),
        (
            json!({"anyOf": [{"type": "integer"}, {"type": "boolean"}]}),
            json!("s"),
            "/params/x is a string, which is none of what the model takes there",
        ),
        (
            json!({"items": {"properties": {"a/b": {"type": "string"}}}}),
            json!([{}, {"a/b": 1}]),
            "/params/x/1/a~1b is a number, and the model takes a string",
        ),
        (json!({"required": ["y"]}), json!({}), "/params/x/y is missing, and the model needs it"),
        (json!({"properties": {}, "additionalProperties": false}), json!({"y": 1}), "/params/x/y is not known to the model"),
    ];
    for (own, value, expected) in cases {
        let problem = problem(own.clone(), value).unwrap_or_default();
        assert!(problem.starts_with(expected), "{own} {problem}");
    }
    let problem = problem(json!({"type": "string", "format": "uri"}), json!("a.png")).unwrap();
    assert!(problem.starts_with("/params/x is no address"), "{problem}");
}

#[test]
fn missing_and_unknown_parameters() {
    let input = json!({"type": "object", "required": ["prompt"], "properties": {
        "prompt": {"type": "string"}, "width": {"type": "integer"},
    }});
    let problem = |params| checked(&input, params).unwrap_err();
    assert_eq!(
        problem(json!({"width": 1})),
        "/params/prompt is missing, and the model needs it"
    );
    assert_eq!(
        problem(json!({"prompt": "x", "widht": 1})),
        "/params/widht is no parameter of the model: did you mean width?"
    );
    assert_eq!(
        problem(json!({"prompt": "x", "zebra": 1})),
        "/params/zebra is no parameter of the model: it has prompt, width"
    );
    // with allOf, as Pydantic writes it too
    let put_together = json!({"allOf": [input.clone()]});
    assert!(checked(&put_together, json!({"prompt": "x", "widht": 1})).is_err());
    assert!(checked(&put_together, json!({})).is_err());
    assert!(checked(&put_together, json!({"prompt": 1})).is_err());
    // models that take more, or declare nothing
    let open = json!({"properties": {"a": {}}, "additionalProperties": true});
    assert!(checked(&open, json!({"b": 1})).is_ok());
    let numbers = json!({"properties": {"a": {}}, "additionalProperties": {"type": "number"}});
    assert!(checked(&numbers, json!({"b": 1})).is_ok());
    assert!(checked(&numbers, json!({"b": "x"})).is_err());
    for input in [
        json!({"type": "object"}),
        json!({}),
        json!([]),
        json!(null),
        json!(7),
    ] {
        assert!(checked(&input, json!({"b": 1})).is_ok(), "{input}");
    }
}

#[test]
fn large_integers_in_strings_become_numbers_where_strings_are_not_taken() {
    let integer = json!({"type": "integer"});
    let input = json!({"properties": {
        "seed": {"anyOf": [integer, {"type": "null"}]}, "text": {"type": "string"}, "both": {"anyOf": [integer, {"type": "string"}]},
        "list": {"items": integer}, "most": {"type": "integer", "maximum": u64::MAX},
    }});
    let params = json!({"seed": "9007199254740993", "text": "9007199254740993", "both": "9007199254740993",
        "list": ["-9007199254740993"], "most": "18446744073709551615"});
    let mut map = params.as_object().unwrap().clone();
    let changed = schema(input.clone()).check(&mut map).unwrap();
    assert_eq!(
        Value::Object(map).to_string(),
        r#"{"seed":9007199254740993,"text":"9007199254740993","both":"9007199254740993","list":[-9007199254740993],"most":18446744073709551615}"#
    );
    assert_eq!(
        changed,
        [
            "seed sent as an integer",
            "list/0 sent as an integer",
            "most sent as an integer"
        ]
    );
    for text in [
        "42",
        "9007199254740991",
        "+9007199254740993",
        "09007199254740993",
        "9007199254740993.0",
        "18446744073709551616",
        "",
    ] {
        let mut params = json!({ "seed": text }).as_object().unwrap().clone();
        assert!(schema(input.clone()).check(&mut params).is_err(), "{text}");
    }
}

#[test]
fn depth_and_length_are_limited() {
    let tree =
        json!({"anyOf": [{"items": {"$ref": "#/components/schemas/Input/properties/x"}}, {"type": "null"}]});
    let mut value = json!(1);
    for _ in 0..100 {
        value = json!([value]);
    }
    assert_eq!(problem(tree, value), None);
    let long = problem(json!({"enum": vec!["x".repeat(100); 1000]}), json!(1)).unwrap();
    assert!(long.len() < 500, "{long}");
}
