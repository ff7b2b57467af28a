//! The log: its shape, its levels, and what never stands in it.

use runtime::testing::Case;
use runtime::{Config, ExposeSecret as _, ProcessorOutput, Runner};
use serde_json::Value;

const SECRET: &str = "q\"uote\\b\nü-secret";

fn talkative(config: Config) -> Runner {
    Box::new(move |_| {
        let secret = config.secret("TEST_SECRET")?;
        let secret = secret.expose_secret();
        tracing::info!(secret, debug = ?secret, status = 200, ratio = 0.5, ok = true, "provider_event");
        tracing::warn!("as an event: {secret}");
        tracing::debug!("too detailed");
        let mut output = ProcessorOutput::new(format!("info {secret}"));
        output.extra.insert(secret.to_owned(), format!("{secret:?}"));
        output.usage.insert(secret.to_owned(), 1.0);
        Ok(output)
    })
}

#[test]
fn lines_have_the_fields_of_the_contract_and_no_secret() {
    let outcome = Case::new("test/talk@1", talkative)
        .secret("TEST_SECRET", SECRET)
        .inputs("{}")
        .run();
    assert_eq!(outcome.status, 0, "{}", outcome.stdout);
    let lines: Vec<Value> = outcome
        .log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(lines.len() >= 4, "{}", outcome.log);
    for (raw, line) in outcome.log.lines().zip(&lines) {
        assert!(
            raw.starts_with(r#"{"ts":"2026-01-01T00:00:00.000Z","level":""#),
            "{raw}"
        );
        let field = |name: &str| {
            line.get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        assert_eq!(field("trace_id"), "test");
        assert_eq!(field("processor_ref"), "test/talk@1");
        assert!(!field("event").is_empty() && !field("adapter").is_empty());
    }
    let event = lines
        .iter()
        .find(|line| line.get("event") == Some(&"provider_event".into()))
        .unwrap();
    assert_eq!(event.get("mode"), Some(&"mock".into()));
    assert_eq!(event.get("status"), Some(&200.into()));
    assert_eq!(event.get("secret"), Some(&"[REDACTED]".into()));

    let receipt = outcome.receipt();
    assert_eq!(receipt.get("processor_info"), Some(&"info [REDACTED]".into()));
    assert_eq!(receipt.pointer("/usage/[REDACTED]"), Some(&1.into()));
    let everything = format!("{}{}{receipt}", outcome.stdout, outcome.log);
    assert!(
        !everything.contains("ü-secret") && !everything.contains("u00fc-secret"),
        "{everything}"
    );
}

#[test]
fn the_level_is_a_setting() {
    let log = |level: &str| {
        Case::new("test/talk@1", talkative)
            .secret("TEST_SECRET", SECRET)
            .secret("LOG_LEVEL", level)
            .run()
            .log
    };
    assert_eq!(log("off"), "");
    assert!(!log("warn").contains("provider_event"));
    assert!(log("WARNING").contains("as an event"));
    assert!(log("loud").contains("LOG_LEVEL is none of"));
}
