//! Service tiers: whether an answer is charged at the list price.

use runtime::http::{Members, member};
use serde_json::{Map, Value};

/// The tiers at the list price: OpenAI's, Anthropic's (`standard`, `standard_only`) and Groq's (`on_demand`, in each of its
/// answers). All others, such as `flex`, `priority`, `batch`, `scale` and `performance`, have prices of their own.
///
/// <https://platform.openai.com/docs/api-reference/chat/object#chat-object-service_tier>,
/// <https://docs.anthropic.com/en/api/service-tiers>, <https://console.groq.com/docs/service-tiers>
const LIST_PRICE: [&str; 6] = ["", "auto", "default", "standard", "standard_only", "on_demand"];

/// The fields of an answer that name its tier. Cerebras repeats the requested tier in the first and has the actual one in the second.
const FIELDS: [&str; 2] = ["service_tier", "service_tier_used"];

/// Whether an answer reports a tier at the list price; `None` if it reports no tier. Anthropic has it inside the usage.
pub(crate) fn is_list_price(answer: &Members<'_>) -> Option<bool> {
    let usage: Members<'_> = member(answer, "usage").unwrap_or_default();
    let tiers = [answer, &usage].into_iter().flat_map(|members| {
        let names = FIELDS.into_iter();
        names.filter_map(|name| member::<String>(members, name))
    });
    tiers
        .map(|tier| has_list_price(&tier))
        .reduce(|one, other| one && other)
}

/// Whether the parameters request a tier at the list price.
pub(crate) fn requests_list_price(params: &Map<String, Value>) -> bool {
    let tier = params.get("service_tier").filter(|tier| !tier.is_null());
    tier.is_none_or(|tier| tier.as_str().is_some_and(has_list_price))
}

fn has_list_price(tier: &str) -> bool {
    LIST_PRICE.iter().any(|known| tier.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_report_their_tier() {
        let check = |answer: &str, expected: Option<bool>| {
            let members = serde_json::from_str(answer).unwrap();
            assert_eq!(is_list_price(&members), expected, "{answer}");
        };
        for answer in ["{}", r#"{"service_tier":null}"#, r#"{"service_tier":7}"#] {
            check(answer, None);
        }
        for tier in ["default", "auto", "standard", "on_demand", "ON_DEMAND"] {
            check(&json!({ "service_tier": tier }).to_string(), Some(true));
        }
        for tier in ["flex", "priority", "batch", "scale", "performance", "unheard_of"] {
            check(&json!({ "service_tier": tier }).to_string(), Some(false));
        }
        check(r#"{"usage":{"service_tier":"standard"}}"#, Some(true));
        check(r#"{"usage":{"service_tier":"priority"}}"#, Some(false));
        check(
            r#"{"service_tier":"auto","service_tier_used":"flex"}"#,
            Some(false),
        );
        check(
            r#"{"service_tier":"auto","service_tier_used":"default"}"#,
            Some(true),
        );
    }

    #[test]
    fn parameters_request_a_tier() {
        for (tier, expected) in [
            (json!(null), true),
            (json!("auto"), true),
            (json!("standard_only"), true),
            (json!("flex"), false),
            (json!(["auto"]), false),
        ] {
            let params = Map::from_iter([("service_tier".to_owned(), tier.clone())]);
            assert_eq!(requests_list_price(&params), expected, "{tier}");
        }
        assert!(requests_list_price(&Map::new()));
    }
}
