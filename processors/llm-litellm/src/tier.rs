//! Service tiers, which decide what a token costs.

use runtime::http::{Members, member};
use serde_json::{Map, Value};

/// The fields of an answer that name its tier. Cerebras repeats the requested tier in the first and has the actual one in the
/// second.
const FIELDS: [&str; 2] = ["service_tier_used", "service_tier"];

/// The tier at which an answer is charged.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Tier {
    /// The list price.
    #[default]
    Standard,
    Flex,
    Balanced,
    Priority,
    Ultrafast,
    /// Any other, such as `batch`, `scale` and `performance`.
    Unknown,
}

impl Tier {
    /// The tier of a name in a request or an answer. Anthropic's list price is `standard` and `standard_only`, Groq's is
    /// `on_demand`; `fast` is another name of `priority`.
    ///
    /// <https://platform.openai.com/docs/api-reference/chat/object#chat-object-service_tier>,
    /// <https://docs.anthropic.com/en/api/service-tiers>, <https://console.groq.com/docs/service-tiers>
    pub(crate) fn from_name(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "" | "auto" | "default" | "standard" | "standard_only" | "on_demand" => Self::Standard,
            "flex" => Self::Flex,
            "balanced" => Self::Balanced,
            "priority" | "fast" => Self::Priority,
            "ultrafast" => Self::Ultrafast,
            _ => Self::Unknown,
        }
    }
}

/// The tier that an answer reports, if it does. Anthropic has it inside the usage.
pub(crate) fn served(answer: &Members<'_>) -> Option<Tier> {
    let usage: Members<'_> = member(answer, "usage").unwrap_or_default();
    let mut names = [answer, &usage].into_iter().flat_map(|members| {
        let fields = FIELDS.into_iter();
        fields.filter_map(|name| member::<String>(members, name))
    });
    names.next().map(|name| Tier::from_name(&name))
}

/// The tier that the parameters request.
pub(crate) fn requested(params: &Map<String, Value>) -> Tier {
    match params.get("service_tier") {
        None | Some(Value::Null) => Tier::Standard,
        Some(tier) => tier.as_str().map_or(Tier::Unknown, Tier::from_name),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_report_their_tier() {
        for (answer, expected) in [
            ("{}", None),
            (r#"{"service_tier":null}"#, None),
            (r#"{"service_tier":7}"#, None),
            (r#"{"service_tier":"default"}"#, Some(Tier::Standard)),
            (r#"{"service_tier":"ON_DEMAND"}"#, Some(Tier::Standard)),
            (r#"{"service_tier":"flex"}"#, Some(Tier::Flex)),
            (r#"{"service_tier":"fast"}"#, Some(Tier::Priority)),
            (r#"{"service_tier":"batch"}"#, Some(Tier::Unknown)),
            (r#"{"service_tier":"unheard_of"}"#, Some(Tier::Unknown)),
            (r#"{"usage":{"service_tier":"standard"}}"#, Some(Tier::Standard)),
            (r#"{"usage":{"service_tier":"priority"}}"#, Some(Tier::Priority)),
            (
                r#"{"service_tier":"auto","service_tier_used":"flex"}"#,
                Some(Tier::Flex),
            ),
            (
                r#"{"service_tier":"flex","service_tier_used":"default"}"#,
                Some(Tier::Standard),
            ),
        ] {
            let members = serde_json::from_str(answer).unwrap();
            assert_eq!(served(&members), expected, "{answer}");
        }
    }

    #[test]
    fn parameters_request_a_tier() {
        for (tier, expected) in [
            (json!(null), Tier::Standard),
            (json!("auto"), Tier::Standard),
            (json!("standard_only"), Tier::Standard),
            (json!("flex"), Tier::Flex),
            (json!(["auto"]), Tier::Unknown),
        ] {
            let params = Map::from_iter([("service_tier".to_owned(), tier.clone())]);
            assert_eq!(requested(&params), expected, "{tier}");
        }
        assert_eq!(requested(&Map::new()), Tier::Standard);
    }
}
