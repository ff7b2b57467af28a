//! Addresses that are given for each service.

use super::*;
use crate::routes::Route;

fn parse(model: &str, given: &str) -> Result<Address, ProcessorError> {
    let (route, name) = Route::resolve(model, "/model").unwrap();
    let model = RequestedModel {
        name: model.to_owned(),
        route,
        api: route.api(false),
        model: name,
        is_default: false,
    };
    Address::parse("BASE", given, &model)
}

#[test]
fn endpoints_are_cut_off() {
    for [model, given, base] in [
        ["gpt-4o", "https://h/v1", "https://h/v1"],
        ["gpt-4o", "https://h/v1/chat/completions", "https://h/v1"],
        ["gpt-4o", "https://h/v1//chat/completions//", "https://h/v1"],
        ["gpt-4o", "https://h/chat/completions", "https://h"],
        ["gpt-4o", "https://h/v1/completions", "https://h/v1"],
        ["gpt-4o", "https://h/v1/responses", "https://h/v1"],
        ["gpt-4o", "https://h/v1/models/", "https://h/v1"],
        ["gpt-4o", "https://h/models", "https://h/models"],
        ["gpt-4o", "https://h/vision/models", "https://h/vision/models"],
        ["gpt-4o", "https://completions", "https://completions"],
        ["anthropic/c", "https://h/v1/messages", "https://h/v1"],
        ["gemini/g", "https://h/v1beta/openai/models", "https://h"],
    ] {
        let address = Address {
            base: base.to_owned(),
            version: None,
            needs_version: false,
        };
        assert_eq!(parse(model, given).unwrap(), address, "{given}");
    }
}

#[test]
fn the_address_of_a_known_host_is_completed() {
    const GEMINI: &str = "https://generativelanguage.googleapis.com";
    #[rustfmt::skip]
    let cases = [
        ["gpt-4o", "https://api.openai.com", "https://api.openai.com/v1"],
        ["gpt-4o", "https://api.openai.com/", "https://api.openai.com/v1"],
        ["gpt-4o", "https://api.openai.com/v2", "https://api.openai.com/v2"],
        ["gpt-4o", "https://api.openai.com:8443", "https://api.openai.com:8443"],
        ["gpt-4o", "https://eu.api.openai.com", "https://eu.api.openai.com"],
        ["groq/x", "https://api.groq.com/openai", "https://api.groq.com/openai/v1"],
        ["groq/x", "https://api.groq.com/open", "https://api.groq.com/open"],
        ["gemini/x", &format!("{GEMINI}/v1beta"), GEMINI],
        ["gemini/x", "https://h/gw/v1", "https://h/gw/v1"],
        ["gemini/x", "https://h/v1alpha/", "https://h/v1alpha"],
        ["gemini/x", "https://h/v1beta1/models", "https://h/v1beta1"],
        ["gemini/x", &format!("{GEMINI}/v1beta/openai/"), GEMINI],
        ["perplexity/x", "https://api.perplexity.ai/", "https://api.perplexity.ai"],
        ["deepseek/x", "https://api.deepseek.com", "https://api.deepseek.com"],
        ["deepseek/x", "https://api.deepseek.com/v1", "https://api.deepseek.com/v1"],
        ["zai/x", "https://api.z.ai/api/paas", "https://api.z.ai/api/paas/v4"],
        ["ollama/x", "http://h:11434", "http://h:11434/api"],
        ["ollama/x", "http://h:11434/api/chat", "http://h:11434/api"],
        ["ollama/x", "http://h:11434/v1/chat/completions", "http://h:11434/api"],
        ["ollama_chat/x", "http://h/ollama", "http://h/ollama/api"],
        ["hosted_vllm/x", "http://h:8000", "http://h:8000"],
    ];
    for [model, given, base] in cases {
        assert_eq!(parse(model, given).unwrap().base, base, "{given}");
    }
}

#[test]
fn the_version_of_an_address_counts() {
    for [base, path, joined] in [
        ["https://h", "/v1beta/models/m", "https://h/v1beta/models/m"],
        ["https://h/gw/v1", "/v1beta/models/m", "https://h/gw/v1/models/m"],
        [
            "https://h/v1alpha",
            "/v1beta/models/m",
            "https://h/v1alpha/models/m",
        ],
        ["https://h/v1", "/messages", "https://h/v1/messages"],
    ] {
        assert_eq!(join(base, path), joined);
    }
}

#[test]
fn azure_addresses_lead_to_the_deployment() {
    const HOST: &str = "https://n.openai.azure.com";
    const CHAT: &str = "/openai/deployments/my%20gpt/chat/completions";
    for (given, version) in [
        ("", None),
        ("/", None),
        ("/openai", None),
        ("/openai/", None),
        ("/openai/deployments", None),
        ("/openai/deployments/my%20gpt", None),
        ("/openai/deployments/My gpt/", None),
        (CHAT, None),
        (
            &format!("{CHAT}?api-version=2025-01-01-preview"),
            Some("2025-01-01-preview"),
        ),
        (
            "/openai/responses?api-version=2025-04-01-preview",
            Some("2025-04-01-preview"),
        ),
        ("?api-version=2024-06-01", Some("2024-06-01")),
    ] {
        for host in [
            HOST,
            "https://h/gateway",
            "https://me.westeurope.cloudapp.azure.com/gw",
        ] {
            let address = Address {
                base: format!("{host}/openai/deployments/my%20gpt"),
                version: version.map(str::to_owned),
                needs_version: true,
            };
            let parsed = parse("azure/my gpt", &format!("{host}{given}"));
            assert_eq!(parsed.unwrap(), address, "{host}{given}");
        }
    }
    for (given, version) in [
        ("/openai/v1", None),
        ("/openai/v1/chat/completions", None),
        ("/openai/v1/responses", None),
        ("/openai/v1/chat/completions?api-version=preview", Some("preview")),
    ] {
        let address = Address {
            base: format!("{HOST}/openai/v1"),
            version: version.map(str::to_owned),
            needs_version: false,
        };
        let parsed = parse("azure/x", &format!("{HOST}{given}"));
        assert_eq!(parsed.unwrap(), address, "{given}");
    }
    let odd = parse("azure/a/b c?d", "https://h/gateway").unwrap();
    assert_eq!(odd.base, "https://h/gateway/openai/deployments/a%2Fb%20c%3Fd");
}

#[test]
fn wrong_addresses_are_refused_with_the_right_form() {
    #[rustfmt::skip]
    let cases = [
        ["azure/x", "https://n.openai.azure.com/openai/deployments/secret-y", "names another deployment"],
        ["azure/x", "https://h/openai/deployments/secret-y/chat/completions?api-version=1", "names another deployment"],
        ["azure/x", "https://n.openai.azure.com/openai/deployments/x/extensions", "end it before /openai"],
        ["azure/x", "https://secret-h/openai/deployments/x/images/generations", "end it before /openai"],
        ["azure/x", "https://secret.services.ai.azure.com/models/chat/completions?api-version=1", "/openai/v1"],
        ["azure/x", "https://secret.services.ai.azure.com/api/projects/p", "/openai/v1"],
        ["azure/x", "https://n.openai.azure.com?api-version=1&key=secret", "?"],
        ["azure/x", "https://n.openai.azure.com?api-version=", "?"],
        ["gpt-4o", "https://h/v1?api-version=secret", "?"],
        ["gpt-4o", "https://n.openai.azure.com/openai/deployments/secret-y", "azure/DEPLOYMENT"],
    ];
    for [model, given, expected] in cases {
        let error = parse(model, given).unwrap_err();
        assert_eq!(error.code(), ErrorCode::Usage);
        assert!(error.message().starts_with("BASE "), "{error}");
        assert!(error.message().contains(expected), "{error}");
        assert!(!error.message().contains("secret"), "{error}");
    }
}
