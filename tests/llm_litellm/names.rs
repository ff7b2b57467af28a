//! Names of models, as LiteLLM's users write them.

use serde_json::{Value, json};
use support::Test;

use crate::{processor, service};

const KEY: &str = "key-of-this-route-0123456789";

fn ask_with(model: &str, params: Value) -> Test {
    let mut inputs = json!({"mode": "real", "model": model, "params": {"messages": []}});
    let all = inputs["params"].as_object_mut().unwrap();
    all.extend(params.as_object().unwrap().clone());
    processor().inputs(inputs.to_string()).env("MY_KEY", KEY)
}

fn ask(model: &str) -> Test {
    ask_with(model, json!({}))
}

#[test]
fn a_similar_prefix_is_suggested() {
    for (model, meant) in [
        ("together/x", "together_ai"),
        ("claude/x", "anthropic"),
        ("opnrouter/a/b", "openrouter"),
    ] {
        ask(model).run().assert_failure("ERR_INPUTS", 3);
        let message = ask(model).run().message().to_owned();
        assert!(message.contains(&format!("it may mean {meant}/;")), "{message}");
    }
}

/// OpenAI does not get the prompt, nor is its key used.
#[test]
fn a_model_of_another_maker_is_not_sent_to_openai() {
    let server = service();
    let ask = |model: &str| {
        ask(model)
            .env("OPENAI_BASE_URL", server.url("/v1"))
            .env("OPENAI_API_KEY", KEY)
    };
    for (model, meant) in [
        ("claude-sonnet-4-5", "anthropic/claude-sonnet-4-5"),
        ("mistral-small-latest", "mistral/mistral-small-latest"),
        ("deepseek-chat", "deepseek/deepseek-chat"),
        ("gemini-2.5-flash", "gemini/gemini-2.5-flash"),
        ("command-r", "openrouter/cohere/command-r"),
        (
            "us.meta.llama3-3-70b-instruct-v1:0",
            "bedrock/us.meta.llama3-3-70b-instruct-v1:0",
        ),
        ("openai.gpt-oss-120b-1:0", "bedrock/openai.gpt-oss-120b-1:0"),
    ] {
        let run = ask(model).run();
        run.assert_failure("ERR_INPUTS", 3);
        assert!(run.message().starts_with("/model names no provider"), "{run:?}");
        run.assert_message(&format!("name it {meant}, "));
    }
    let inputs =
        json!({"mode": "real", "model": "gpt-4o", "params": {"messages": [], "fallbacks": ["claude-x"]}});
    ask("gpt-4o")
        .inputs(inputs.to_string())
        .run()
        .assert_message("/params/fallbacks/0 names no provider");
    assert!(server.requests().is_empty());
    // unknown names may be new ones of OpenAI's, and a server of one's own may have any
    ask("some-new-model").run().assert_success();
    ask("openai/claude-x").run().assert_success();
    ask_with(
        "claude-x",
        json!({"api_base": server.url("/v1"), "api_key_env": "MY_KEY"}),
    )
    .run()
    .assert_success();
    assert_eq!(server.requests().len(), 3);
}

/// The receipt says which model was asked.
#[test]
fn a_name_that_only_litellm_knows_is_replaced() {
    let server = service();
    let run = ask("openai/gpt-mini-latest")
        .env("OPENAI_BASE_URL", server.url("/v1"))
        .env("OPENAI_API_KEY", KEY)
        .run();
    run.assert_success();
    assert_eq!(server.requests()[0].json()["model"], "gpt-5.4-mini");
    assert_eq!(
        run.receipt()["extra"]["changed"],
        "model gpt-mini-latest to gpt-5.4-mini"
    );
}

#[test]
fn what_only_describes_a_deployment_is_no_part_of_its_name() {
    let server = service();
    let run = ask("azure/o_series/d-1")
        .env("AZURE_API_BASE", server.url(""))
        .env("AZURE_API_KEY", KEY);
    run.run().assert_success();
    assert!(
        server.requests()[0]
            .path
            .starts_with("/openai/deployments/d-1/chat/")
    );
}
