//! What the rules of a model say of one parameter.

use serde_json::{Map, Value};

use super::extra_body;
use super::no_effect::{has_no_effect, is_empty};
use super::rules::{NamedRule, Rule, Rules};

/// What becomes of a parameter.
#[derive(Debug, PartialEq)]
pub(crate) enum Judgement {
    Sent(Sent),
    /// Sent as it is, although the service may not know it.
    Unsure,
    LeftOut,
    /// A tool takes its place.
    Tool(Value),
    Refused(Refusal),
}

/// How a parameter is sent.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Sent {
    /// Its name at the service, if it is another.
    pub(crate) name: Option<&'static str>,
    /// Another value.
    pub(crate) value: Option<Value>,
    /// A parameter that is added with it.
    pub(crate) added: Option<(&'static str, Value)>,
}

/// Why a service does not take a parameter.
#[derive(Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) reason: Reason,
    /// Whether it is for some models of the service alone.
    pub(crate) is_for_some_models: bool,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Reason {
    /// The service does not know it.
    Unknown,
    /// The service knows only these values, separated by `|`.
    OneOf(&'static str),
    /// The service knows it only without reasoning.
    WithoutReasoning,
    /// The service does not know the value.
    Value,
    /// The service takes it only with another parameter.
    Without(&'static str),
    /// The model is not known to take a JSON schema.
    Schema,
}

impl Refusal {
    /// The refusal of a model.
    pub(crate) const fn of_model(reason: Reason) -> Self {
        Self {
            reason,
            is_for_some_models: true,
        }
    }
}

/// Judges a parameter that is not `null`.
pub(crate) fn judge(name: &str, value: &Value, params: &Map<String, Value>, rules: &Rules) -> Judgement {
    let extra = extra_body::members(params);
    let get = |name: &str| {
        extra
            .and_then(|extra| extra.get(name))
            .or_else(|| params.get(name))
    };
    let is_missing = |name: &str| get(name).is_none_or(is_empty);
    let has_effect = |name: &str| get(name).is_some_and(|value| !has_no_effect(name, value));
    let mut sent = Sent::default();
    for named in rules.of(name) {
        match named.rule {
            Rule::Sent => {}
            Rule::Unsure => return Judgement::Unsure,
            Rule::Unknown => return refuse(named, Reason::Unknown),
            Rule::Needless => return Judgement::LeftOut,
            Rule::NotEmpty if is_empty(value) => return Judgement::LeftOut,
            Rule::OnlyWith(other) if is_missing(other) => return Judgement::LeftOut,
            Rule::NotBeside(other) if has_effect(other) && !has_no_effect(name, value) => {
                return Judgement::LeftOut;
            }
            Rule::Tool(json) => {
                return serde_json::from_str(json).map_or(Judgement::LeftOut, Judgement::Tool);
            }
            Rule::RefusedWithout(other) if get(other) != Some(&Value::Bool(true)) => {
                return refuse(named, Reason::Without(other));
            }
            Rule::OneOf {
                values,
                is_free_without_reasoning,
            } if !is_one_of(value, values) => {
                if !is_free_without_reasoning {
                    return refuse(named, Reason::OneOf(values));
                }
                if effort(params, rules) != Some("none") {
                    return refuse(named, Reason::WithoutReasoning);
                }
            }
            Rule::NoneOf(values) if is_one_of(value, values) => return refuse(named, Reason::Value),
            Rule::Replaced { values, by } if is_one_of(value, values) => return replace(by, params),
            Rule::Renamed(to) => sent.name = Some(to),
            Rule::Adds(other, json) if is_missing(other) => {
                sent.added = serde_json::from_str(json).ok().map(|value| (other, value));
            }
            Rule::NotEmpty
            | Rule::OnlyWith(_)
            | Rule::NotBeside(_)
            | Rule::RefusedWithout(_)
            | Rule::OneOf { .. }
            | Rule::NoneOf(_)
            | Rule::Replaced { .. }
            | Rule::Adds(..) => {}
        }
    }
    Judgement::Sent(sent)
}

fn refuse(named: &NamedRule, reason: Reason) -> Judgement {
    Judgement::Refused(Refusal {
        reason,
        is_for_some_models: named.is_for_some_models,
    })
}

/// Another value, or another parameter, which a caller's own goes before.
fn replace(by: &'static str, params: &Map<String, Value>) -> Judgement {
    let Some((name, json)) = by.split_once('=') else {
        let value = Some(by.into());
        return if by.is_empty() {
            Judgement::LeftOut
        } else {
            Judgement::Sent(Sent {
                value,
                ..Sent::default()
            })
        };
    };
    match serde_json::from_str(json) {
        Ok(value) if params.get(name).is_none_or(Value::is_null) => Judgement::Sent(Sent {
            name: Some(name),
            value: Some(value),
            added: None,
        }),
        _ => Judgement::LeftOut,
    }
}

/// The effort that is asked for, or the model's own.
fn effort<'a>(params: &'a Map<String, Value>, rules: &Rules) -> Option<&'a str> {
    let own = rules.of(".effort").find_map(|named| match named.rule {
        Rule::OneOf { values, .. } => Some(values),
        _ => None,
    });
    let asked = params.get("reasoning_effort").and_then(text);
    asked.or(own)
}

fn is_one_of(value: &Value, values: &str) -> bool {
    values.split('|').any(|known| match text(value) {
        Some(text) => text == known,
        None => value.as_f64().is_some_and(|number| known.parse() == Ok(number)),
    })
}

/// The text of a value; an effort may be in an object, as in the Responses API, and `thinking` has a type.
fn text(value: &Value) -> Option<&str> {
    let inner = value.get("effort").or_else(|| value.get("type"));
    inner.unwrap_or(value).as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn judgement(model: &str, name: &str, params: &Value) -> Judgement {
        let (prefix, model) = model.split_once('/').unwrap();
        let params = params.as_object().unwrap();
        judge(name, &params[name], params, &Rules::find(prefix, model))
    }

    fn reason(model: &str, name: &str, params: &Value) -> Reason {
        match judgement(model, name, params) {
            Judgement::Refused(refusal) => refusal.reason,
            other => panic!("{model} {params}: {other:?}"),
        }
    }

    #[test]
    fn what_a_service_does_not_take_is_refused() {
        for (model, name, params, expected) in [
            ("anthropic/c", "seed", json!({"seed": 1}), Reason::Unknown),
            (
                "openai/o3",
                "temperature",
                json!({"temperature": 0}),
                Reason::OneOf("1"),
            ),
            (
                "openai/gpt-5.5",
                "top_p",
                json!({"top_p": 0.5}),
                Reason::WithoutReasoning,
            ),
            (
                "openai/gpt-5.1",
                "top_p",
                json!({"top_p": 0.5, "reasoning_effort": "low"}),
                Reason::WithoutReasoning,
            ),
            (
                "openai/gpt-5",
                "reasoning_effort",
                json!({"reasoning_effort": {"effort": "none"}}),
                Reason::Value,
            ),
            (
                "openai/m",
                "metadata",
                json!({"metadata": {}}),
                Reason::Without("store"),
            ),
        ] {
            assert_eq!(reason(model, name, &params), expected, "{model} {params}");
        }
    }

    #[test]
    fn what_a_service_takes_is_sent() {
        for (model, name, params) in [
            ("openai/o3", "temperature", json!({"temperature": 1.0})),
            ("openai/gpt-5.1", "top_p", json!({"top_p": 0.5})),
            (
                "openai/gpt-5.5",
                "top_p",
                json!({"top_p": 0.5, "reasoning_effort": "none"}),
            ),
            ("openai/m", "metadata", json!({"metadata": {}, "store": true})),
            ("openai/m", "unheard_of", json!({"unheard_of": 1})),
            (
                "groq/openai/gpt-oss-20b",
                "reasoning_effort",
                json!({"reasoning_effort": "low"}),
            ),
            (
                "mistral/m",
                "tool_choice",
                json!({"tool_choice": "auto", "tools": [1]}),
            ),
        ] {
            let judgement = judgement(model, name, &params);
            assert_eq!(judgement, Judgement::Sent(Sent::default()), "{model} {params}");
        }
    }

    #[test]
    fn what_is_not_known_of_a_model_is_told() {
        let params = json!({"reasoning_effort": "low"});
        assert_eq!(
            judgement("groq/zz", "reasoning_effort", &params),
            Judgement::Unsure
        );
    }

    #[test]
    fn names_and_values_become_others() {
        let deepseek = "deepseek/deepseek-chat";
        let thinking = |kind| json!({"type": kind});
        for (model, name, params, expected) in [
            (
                "mistral/m",
                "tool_choice",
                json!({"tool_choice": "required", "tools": [1]}),
                Sent {
                    value: Some("any".into()),
                    ..Sent::default()
                },
            ),
            (
                deepseek,
                "reasoning_effort",
                json!({"reasoning_effort": "none"}),
                Sent {
                    name: Some("thinking"),
                    value: Some(thinking("disabled")),
                    added: None,
                },
            ),
            (
                deepseek,
                "reasoning_effort",
                json!({"reasoning_effort": "high"}),
                Sent {
                    added: Some(("thinking", thinking("enabled"))),
                    ..Sent::default()
                },
            ),
        ] {
            assert_eq!(
                judgement(model, name, &params),
                Judgement::Sent(expected),
                "{params}"
            );
        }
        for (model, name, params) in [
            (
                deepseek,
                "reasoning_effort",
                json!({"reasoning_effort": "none", "thinking": {"type": "disabled"}}),
            ),
            ("mistral/m", "tools", json!({"tools": []})),
            ("mistral/m", "tool_choice", json!({"tool_choice": "auto"})),
            (
                "mistral/magistral-small",
                "reasoning_effort",
                json!({"reasoning_effort": "low"}),
            ),
        ] {
            assert_eq!(judgement(model, name, &params), Judgement::LeftOut, "{params}");
        }
    }
}
