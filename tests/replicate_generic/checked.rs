//! Parameters that are checked before anything is paid for.

use serde_json::{Value, json};
use support::{Answer, Test};

use crate::service::{HEX, Service};

fn document(model: &str, params: &Value) -> String {
    json!({"mode": "real", "model": model, "params": params}).to_string()
}

/// A service whose model takes this, as Cog writes it.
fn service() -> Service {
    let service = Service::new(&[r#""status":"succeeded","output":["{origin}/a.png"]"#]);
    service.says(json!({
        "Input": {"type": "object", "title": "Input", "required": ["prompt"], "properties": {
            "prompt": {"type": "string", "title": "Prompt", "x-order": 0},
            "width": {"type": "integer", "minimum": 64, "maximum": 2048},
            "guidance": {"type": "number"},
            "seed": {"type": "integer", "nullable": true},
            "image": {"type": "string", "format": "uri"},
            "aspect_ratio": {"allOf": [{"$ref": "#/components/schemas/aspect_ratio"}], "default": "1:1"},
        }},
        "aspect_ratio": {"type": "string", "enum": ["1:1", "16:9"]},
        "Output": {"type": "array", "items": {"type": "string", "format": "uri"}},
    }));
    service.asset("/a.png", crate::service::Asset::new("image/png", "png"));
    service
}

fn run(service: &Service, params: &Value) -> Test {
    service.checked_test(&document("owner/name", params))
}

#[test]
fn refuses_invalid_params_before_the_prediction() {
    let service = service();
    for (params, expected) in [
        (json!({}), "/params/prompt is missing"),
        (
            json!({"prompt": 7}),
            "/params/prompt is a number, and the model takes a string",
        ),
        (
            json!({"prompt": "x", "width": "hunter2"}),
            "/params/width is a string",
        ),
        (
            json!({"prompt": "x", "width": 64.5}),
            "/params/width is a number, and the model takes an integer",
        ),
        (
            json!({"prompt": "x", "width": 31337}),
            "/params/width is more than 2048",
        ),
        (
            json!({"prompt": "x", "aspect_ratio": "hunter2"}),
            r#"/params/aspect_ratio has to be one of "1:1", "16:9""#,
        ),
        (json!({"prompt": "x", "widht": 512}), "did you mean width?"),
        (
            json!({"prompt": "x", "image": "hunter2.png"}),
            "/params/image is no address",
        ),
        (
            json!({"prompt": "x", "width": {"$secret": "OWN"}}),
            "/params/width is a string",
        ),
    ] {
        let finished = run(&service, &params).env("OWN", "hunter2-0123").run();
        finished.assert_failure("ERR_INPUTS", 3);
        finished.assert_message(expected);
        finished.assert_nowhere("31337");
        for value in ["hunter2", "31337"] {
            assert!(!finished.message().contains(value), "{finished:?}");
        }
    }
    assert!(
        service
            .lines()
            .iter()
            .all(|line| line == "GET /v1/models/owner/name")
    );
}

#[test]
fn the_schema_is_fetched_once() {
    for (model, first, second) in [
        (
            "owner/name".to_owned(),
            "GET /v1/models/owner/name".to_owned(),
            "POST /v1/models/owner/name/predictions",
        ),
        (
            format!("owner/name:{HEX}"),
            format!("GET /v1/models/owner/name/versions/{HEX}"),
            "POST /v1/predictions",
        ),
    ] {
        let service = service();
        let params = json!({"prompt": "x", "width": 64.0, "seed": null, "image": "data:text/plain,x"});
        let finished = service.checked_test(&document(&model, &params)).run();
        finished.assert_success();
        assert_eq!(service.lines(), [first.as_str(), second, "GET /a.png"]);
        assert!(finished.files().contains_key("demo/run-1/outputs/assets/00.png"));
        assert_eq!(finished.receipt()["extra"]["files"], "1");
    }
}

#[test]
fn another_version_than_the_one_that_was_looked_at_has_its_own_schema() {
    let service = service();
    let mut told = service.state().models["owner/name"].clone();
    told["latest_version"]["id"] = "0".repeat(64).into();
    service.state().models.insert("owner/name".to_owned(), told);
    run(&service, &json!({"prompt": "x"})).run().assert_success();
    assert_eq!(
        service.lines()[2],
        format!("GET /v1/models/owner/name/versions/{HEX}")
    );
}

#[test]
fn without_a_schema_nothing_is_checked() {
    let odd = json!({"wdith": "x"});
    for answer in [
        Answer::new(404, ""),
        Answer::new(401, ""),
        Answer::new(503, "").header("retry-after", "60"),
        Answer::json(200, &json!({"latest_version": null})),
        Answer::json(200, &json!({"latest_version": {"openapi_schema": 7}})),
        Answer::json(
            200,
            &json!({"latest_version": {"openapi_schema": {"components": {"schemas": {"Input": []}}}}}),
        ),
        Answer::new(200, "<html>"),
    ] {
        let service = Service::new(&[r#""status":"succeeded","output":1"#]);
        service.fail("GET /v1/models", [answer]);
        run(&service, &odd).run().assert_success();
        assert_eq!(service.requests().len(), 2, "{:?}", service.lines());
        assert_eq!(service.requests()[1].json(), json!({"input": odd}));
    }
    let service = Service::new(&[r#""status":"succeeded","output":1"#]);
    service.fail("GET /v1/models", [Answer::hang()]);
    let finished = run(&service, &odd).env("TIMEOUT_S", "4").run();
    finished.assert_success();
    assert!(finished.stderr.contains("params_not_checked"), "{finished:?}");

    for model in [HEX, "deployments/owner/name"] {
        let service = self::service();
        service.state().course = vec![r#""status":"succeeded","output":1"#.to_owned()];
        service
            .checked_test(&document(model, &odd))
            .run()
            .assert_success();
        assert_eq!(service.requests().len(), 1);
    }
}

#[test]
fn the_check_can_be_switched_off() {
    let service = service();
    let odd = json!({"widht": "9007199254740993"});
    run(&service, &odd)
        .env("REPLICATE_SCHEMA_CHECK", "off")
        .run()
        .assert_success();
    assert_eq!(service.requests()[0].json(), json!({"input": odd}));
    let finished = run(&service, &odd).env("REPLICATE_SCHEMA_CHECK", "0").run();
    finished.assert_failure("ERR_USAGE", 2);
    finished.assert_message("REPLICATE_SCHEMA_CHECK is neither on nor off");
}

#[test]
fn a_seed_that_is_too_large_for_a_number_is_sent_as_one() {
    for seed in ["9007199254740993", "-9007199254740993", "18446744073709551615"] {
        let service = service();
        let finished = run(&service, &json!({"prompt": seed, "seed": seed})).run();
        finished.assert_success();
        let body = String::from_utf8_lossy(&service.requests()[1].body).into_owned();
        assert_eq!(
            body,
            format!(r#"{{"input":{{"prompt":"{seed}","seed":{seed}}}}}"#)
        );
        assert_eq!(finished.receipt()["extra"]["changed"], "seed sent as an integer");
    }
}
