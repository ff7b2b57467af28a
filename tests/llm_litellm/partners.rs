//! Other makers' models in Vertex AI, which are asked for chat completions:
//! <https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/use-partner-models>.

use serde_json::{Value, json};
use support::{Answer, Server, Test};

use crate::native::ask;
use crate::service;

const TOKEN: &str = "ya29.token-0123456789abcdef";
const OPENAPI: &str = "endpoints/openapi/chat/completions";

fn vertex(model: &str, params: Value) -> Test {
    ask(
        &format!("vertex_ai/{model}"),
        json!([{"role": "user", "content": "hi"}]),
        params,
    )
    .env("GOOGLE_OAUTH_ACCESS_TOKEN", TOKEN)
    .env("VERTEXAI_PROJECT", "p")
}

#[test]
fn partners_are_asked_where_their_models_are() {
    const LLAMA: &str = "meta/llama-4-scout-17b-16e-instruct-maas";
    const MISTRAL: &str = "publishers/mistralai/models";
    let [medium, large, codestral] = ["mistral-medium-3", "mistral-large@2407", "codestral@latest"]
        .map(|name| format!("{MISTRAL}/{name}:rawPredict"));
    #[rustfmt::skip]
    let cases = [
        // the model, the location that is chosen, that of the request, the end of its path, its model, what is told
        (LLAMA, None, "us-central1", OPENAPI, LLAMA, None),
        (LLAMA, Some("europe-west4"), "europe-west4", OPENAPI, LLAMA, None),
        ("qwen/qwen3-coder-480b-a35b-instruct-maas", None, "global", OPENAPI, "qwen/qwen3-coder-480b-a35b-instruct-maas", None),
        ("qwen/qwen3-235b-a22b-instruct-2507-maas", Some("us-south1"), "us-south1", OPENAPI, "qwen/qwen3-235b-a22b-instruct-2507-maas", None),
        ("zai-org/glm-5-maas", Some("europe-west4"), "global", OPENAPI, "zai-org/glm-5-maas", Some("location europe-west4 to global")),
        ("deepseek-ai/deepseek-r1-0528-maas", Some("global"), "us-central1", OPENAPI, "deepseek-ai/deepseek-r1-0528-maas", Some("location global to us-central1")),
        ("openai/gpt-oss-20b-maas", None, "us-central1", OPENAPI, "openai/gpt-oss-20b-maas", None),
        ("moonshotai/kimi-k2-thinking-maas", None, "us-central1", OPENAPI, "moonshotai/kimi-k2-thinking-maas", None),
        ("grok-latest", None, "us-central1", OPENAPI, "xai/grok-4.7", Some("model grok-latest to xai/grok-4.7")),
        ("mistral-medium-3", None, "us-central1", &medium, "mistral-medium-3", None),
        ("mistralai/mistral-large@2407", None, "us-central1", &large, "mistral-large", None),
        ("codestral@latest", None, "us-central1", &codestral, "codestral", None),
    ];
    for (model, chosen, place, path, name, changed) in cases {
        let server = service();
        let run = vertex(model, json!({"temperature": 0.5}));
        let run = chosen
            .map(|chosen| ("VERTEXAI_LOCATION", chosen))
            .into_iter()
            .fold(run, |run, (name, value)| run.env(name, value));
        let run = run.env("VERTEXAI_API_BASE", server.url("")).run();
        run.assert_success().assert_nowhere(TOKEN);
        let extra = &run.receipt()["extra"];
        assert_eq!(extra["api"], "chat_completions", "{model}");
        assert_eq!(extra["changed"].as_str(), changed, "{model}");
        let request = &server.requests()[0];
        assert_eq!(request.path, format!("/v1/projects/p/locations/{place}/{path}"));
        assert_eq!(
            request.header("authorization").unwrap(),
            format!("Bearer {TOKEN}").as_bytes()
        );
        assert_eq!(request.header("content-type").unwrap(), b"application/json");
        let expected =
            json!({"messages": [{"role": "user", "content": "hi"}], "temperature": 0.5, "model": name});
        assert_eq!(request.json(), expected, "{model}");
    }
}

#[test]
fn publishers_have_a_method_for_streams_and_their_own_parameters() {
    for (model, path, params, expected) in [
        (
            "mistral-medium-3",
            "/v1/projects/p/locations/us-central1/publishers/mistralai/models/mistral-medium-3:streamRawPredict",
            json!({"stream": true, "max_completion_tokens": 5, "seed": 1}),
            json!({"stream": true, "max_tokens": 5, "random_seed": 1, "model": "mistral-medium-3"}),
        ),
        (
            "jamba-1.5-mini@001",
            "/v1beta1/projects/p/locations/us-central1/publishers/ai21/models/jamba-1.5-mini@001:streamRawPredict",
            json!({"stream": true, "max_tokens": 5, "openai_compatible": true}),
            json!({"stream": true, "max_tokens": 5, "model": "jamba-1.5-mini@001"}),
        ),
        (
            "meta/llama-x",
            "/v1/projects/p/locations/us-central1/endpoints/openapi/chat/completions",
            json!({"stream": true}),
            json!({"stream": true, "stream_options": {"include_usage": true}, "model": "meta/llama-x"}),
        ),
    ] {
        let server = service();
        let run = vertex(model, params)
            .env("VERTEXAI_API_BASE", server.url(""))
            .run();
        run.assert_success();
        let request = &server.requests()[0];
        assert_eq!(request.path, path);
        let mut body = request.json();
        body.as_object_mut().unwrap().remove("messages");
        assert_eq!(body, expected, "{model}");
    }
}

#[test]
fn a_partners_answer_has_its_cost() {
    let usage = json!({"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500});
    let message = json!({"role": "assistant", "content": "hello"});
    for (model, answered) in [
        ("openai/gpt-oss-20b-maas", "openai/gpt-oss-20b-maas"),
        ("mistral-medium-3@001", "mistral-medium-3"),
    ] {
        let answer = json!({"model": answered, "choices": [{"message": message, "finish_reason": "stop"}], "usage": usage});
        let server = Server::always(Answer::json(200, &answer));
        let run = vertex(model, json!({}))
            .env("VERTEXAI_API_BASE", server.url(""))
            .run();
        run.assert_success();
        assert!(
            run.receipt()["usage"]["cost_usd"]
                .as_f64()
                .is_some_and(|usd| usd > 0.0),
            "{model}"
        );
    }
}
