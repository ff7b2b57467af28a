//! Service tiers: whether an answer is paid at the list price.

use runtime::http::{Members, member};
use serde_json::{Map, Value};

/// Served at the list price: OpenAI's, Anthropic's (`standard`, `standard_only`) and Groq's (`on_demand`, which stands in each of
/// its answers). `flex`, `priority`, `batch`, `scale`, `performance` and what is not known are not.
///
/// <https://platform.openai.com/docs/api-reference/chat/object#chat-object-service_tier>,
/// <https://docs.anthropic.com/en/api/service-tiers>, <https://console.groq.com/docs/service-tiers>
const USUAL: [&str; 6] = ["", "auto", "default", "standard", "standard_only", "on_demand"];

/// What an answer names the tier in which it was served: Cerebras has the second beside the one that was asked for.
const SERVED: [&str; 2] = ["service_tier", "service_tier_used"];

/// Whether an answer says of itself that it is paid at the list price; `None` where it says nothing. Anthropic says it among the
/// usage.
pub(crate) fn has_usual_price(answer: &Members<'_>) -> Option<bool> {
    let usage: Members<'_> = member(answer, "usage").unwrap_or_default();
    let tiers = [answer, &usage].into_iter().flat_map(|members| {
        let names = SERVED.into_iter();
        names.filter_map(|name| member::<String>(members, name))
    });
    tiers
        .map(|tier| is_usual(&tier))
        .reduce(|one, other| one && other)
}

/// Whether the parameters ask for it.
pub(crate) fn asks_for_usual_price(params: &Map<String, Value>) -> bool {
    let tier = params.get("service_tier").filter(|tier| !tier.is_null());
    tier.is_none_or(|tier| tier.as_str().is_some_and(is_usual))
}

fn is_usual(tier: &str) -> bool {
    USUAL.iter().any(|usual| tier.eq_ignore_ascii_case(usual))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_tells_its_tier() {
        for (answer, usual) in [
            ("{}", None),
            (r#"{"service_tier":null}"#, None),
            (r#"{"service_tier":7}"#, None),
            (r#"{"service_tier":"default"}"#, Some(true)),
            (r#"{"service_tier":"auto"}"#, Some(true)),
            (r#"{"service_tier":"standard"}"#, Some(true)),
            (r#"{"service_tier":"on_demand"}"#, Some(true)),
            (r#"{"service_tier":"ON_DEMAND"}"#, Some(true)),
            (r#"{"service_tier":"flex"}"#, Some(false)),
            (r#"{"service_tier":"priority"}"#, Some(false)),
            (r#"{"service_tier":"batch"}"#, Some(false)),
            (r#"{"service_tier":"scale"}"#, Some(false)),
            (r#"{"service_tier":"performance"}"#, Some(false)),
            (r#"{"service_tier":"unheard_of"}"#, Some(false)),
            (r#"{"usage":{"service_tier":"standard"}}"#, Some(true)),
            (r#"{"usage":{"service_tier":"priority"}}"#, Some(false)),
            (
                r#"{"service_tier":"auto","service_tier_used":"flex"}"#,
                Some(false),
            ),
            (
                r#"{"service_tier":"auto","service_tier_used":"default"}"#,
                Some(true),
            ),
        ] {
            assert_eq!(
                has_usual_price(&serde_json::from_str(answer).unwrap()),
                usual,
                "{answer}"
            );
        }
    }

    #[test]
    fn parameters_ask_for_one() {
        for (params, usual) in [
            (json!({}), true),
            (json!({"service_tier": null}), true),
            (json!({"service_tier": "auto"}), true),
            (json!({"service_tier": "standard_only"}), true),
            (json!({"service_tier": "flex"}), false),
            (json!({"service_tier": ["auto"]}), false),
        ] {
            assert_eq!(
                asks_for_usual_price(params.as_object().unwrap()),
                usual,
                "{params}"
            );
        }
    }
}
