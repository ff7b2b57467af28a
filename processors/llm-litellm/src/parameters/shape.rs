//! Makes of a caller's parameters those that a model takes.

use runtime::{ErrorCode, ProcessorError};
use serde_json::{Map, Value};

use super::drop_params::DropParams;
use super::judgement::{Judgement, Reason, Refusal, Sent, judge};
use super::messages;
use super::no_effect::has_no_effect;
use super::rules::{Rule, Rules};
use super::schema::lacks_schema;
use super::{drop_params, extra_body, form, history, tool_schemas};
use crate::api::Api;
use crate::requested_model::RequestedModel;

/// The parameter that LiteLLM prefers if both limits are given.
const LIMIT: &str = "max_completion_tokens";
const RESPONSE_FORMAT: &str = "response_format";

/// The parameters of a request, and how they differ from the caller's.
#[derive(Debug, Default)]
pub(crate) struct Shaped {
    pub(crate) params: Map<String, Value>,
    /// `a to b`, `a left out` or `a added`.
    pub(crate) changes: Vec<String>,
    /// The parameters that the caller wants to be left out.
    pub(crate) dropped: Vec<String>,
}

/// The parameters for a model. What it does not take is left out if that changes nothing, or if the caller wants it so.
///
/// # Errors
///
/// `ERR_INPUTS` that names any other parameter that it does not take.
pub(crate) fn shape(
    params: &Map<String, Value>,
    model: &RequestedModel,
    drop: &DropParams,
) -> Result<Shaped, ProcessorError> {
    let rules = rules_for(model);
    let mut shaped = Shaped::default();
    let is_native = model.api != Api::ChatCompletions;
    let superseded = superseded(params, &rules);
    for (name, value) in params.iter().filter(|(name, _)| is_sent(name, model)) {
        if drop.has(name) {
            shaped.dropped.push(name.clone());
            continue;
        }
        if superseded.contains(&name.as_str()) {
            shaped.changes.push(format!("{name} left out"));
            continue;
        }
        if is_native && !value.is_null() {
            form::check(name, value)?;
        }
        let judgement = if value.is_null() && is_native {
            // no native API is asked for nothing
            Judgement::Sent(Sent::default())
        } else if value.is_null() {
            judge_null(name, &rules)
        } else if name == RESPONSE_FORMAT && lacks_schema(value, model) {
            Judgement::Refused(Refusal::of_model(Reason::Schema))
        } else {
            judge(name, value, params, &rules)
        };
        match judgement {
            Judgement::Sent(sent) => {
                shaped.add(name, value, sent);
                shaped.leave_out_members(name, &rules);
            }
            Judgement::LeftOut => shaped.changes.push(format!("{name} left out")),
            // a native API has conditions of its own
            Judgement::Refused(Refusal {
                reason: Reason::Without(_),
                ..
            }) if is_native => shaped.add(name, value, Sent::default()),
            Judgement::Unsure | Judgement::Refused(_) if drop.is_for_all => shaped.dropped.push(name.clone()),
            Judgement::Unsure => shaped.add(name, value, Sent::default()),
            Judgement::Refused(refusal)
                if refusal.reason == Reason::Unknown && has_no_effect(name, value) =>
            {
                shaped.changes.push(format!("{name} left out"));
            }
            Judgement::Refused(refusal) => return Err(refused(name, &refusal, model)),
        }
    }
    history::rewrite(&mut shaped.params, model, &mut shaped.changes);
    if !is_native {
        if rules.of("tools.schema").any(|named| named.rule == Rule::Unknown) {
            let change = tool_schemas::leave_out_names(&mut shaped.params);
            shaped.changes.extend(change);
        }
        messages::rewrite(&mut shaped.params, &rules, &mut shaped.changes);
    }
    Ok(shaped)
}

impl Shaped {
    /// Leaves out the members of a parameter that the service does not know.
    fn leave_out_members(&mut self, name: &str, rules: &Rules) {
        let Some(Value::Object(members)) = self.params.get_mut(name) else {
            return;
        };
        for (full_name, rule) in rules.below("") {
            let member = full_name
                .strip_prefix(name)
                .and_then(|rest| rest.strip_prefix('.'));
            if let Some(member) = member.filter(|_| rule == Rule::Unknown)
                && members.shift_remove(member).is_some()
            {
                self.changes.push(format!("{full_name} left out"));
            }
        }
    }

    fn add(&mut self, name: &str, value: &Value, sent: Sent) {
        let to = sent.name.unwrap_or(name);
        match (&sent.value, value.as_str()) {
            (Some(Value::String(by)), Some(text)) => {
                self.changes.push(format!("{name} {text} to {by}"));
            }
            _ if to != name => self.changes.push(format!("{name} to {to}")),
            _ => {}
        }
        let value = sent.value.unwrap_or_else(|| value.clone());
        self.params.insert(to.to_owned(), value);
        if let Some((other, value)) = sent.added {
            self.changes.push(format!("{other} added"));
            self.params.insert(other.to_owned(), value);
        }
    }
}

/// The rules of the API in which a model is asked.
fn rules_for(model: &RequestedModel) -> Rules {
    match (model.api, model.route.own()) {
        (Api::OpenAiResponses, _) => Rules::find_for_responses(model.route.prefix, &model.model),
        (Api::ChatCompletions, Some(_)) => Rules::find("compatible", &model.model),
        _ => Rules::find(model.route.prefix, &model.model),
    }
}

/// Whether a parameter is meant for the service; a LiteLLM proxy reads some that are for this processor otherwise.
fn is_sent(name: &str, model: &RequestedModel) -> bool {
    name != extra_body::NAME && (model.is_behind_proxy() || !drop_params::NAMES.contains(&name))
}

/// Nothing is refused that says nothing.
fn judge_null(name: &str, rules: &Rules) -> Judgement {
    let mut sent = Sent::default();
    for named in rules.of(name) {
        match named.rule {
            Rule::Unknown | Rule::Needless => return Judgement::LeftOut,
            Rule::Renamed(to) => sent.name = Some(to),
            _ => {}
        }
    }
    Judgement::Sent(sent)
}

/// The parameters that go under the name of another one that is given, too.
fn superseded<'a>(params: &'a Map<String, Value>, rules: &Rules) -> Vec<&'a str> {
    let renamed = params.iter().flat_map(|(name, value)| {
        rules.of(name).filter_map(move |named| match named.rule {
            Rule::Renamed(to) => Some((name.as_str(), value, to)),
            _ => None,
        })
    });
    renamed
        .filter_map(|(name, value, to)| {
            let (other, other_value) = params.get_key_value(to)?;
            let is_preferred = !value.is_null() && (name == LIMIT || other_value.is_null());
            Some(if is_preferred { other.as_str() } else { name })
        })
        .collect()
}

fn refused(name: &str, refusal: &Refusal, model: &RequestedModel) -> ProcessorError {
    let prefix = model.route.prefix;
    let service = if refusal.is_for_some_models {
        format!("{prefix}/{}", model.model)
    } else {
        format!("{prefix}/")
    };
    let problem = match refusal.reason {
        Reason::Unknown => format!("is not known to {service}"),
        Reason::OneOf(values) => {
            let values = values.replace('|', " or ");
            format!("can only be {values} for {service}")
        }
        Reason::WithoutReasoning => {
            format!("is known to {service} only where /params/reasoning_effort is none")
        }
        Reason::Value => format!("has a value that is not known to {service}"),
        Reason::Without(other) => {
            let message = format!(
                "/params/{name} is refused by {service} unless /params/{other} is true; set that, or leave it out"
            );
            return ProcessorError::new(ErrorCode::Inputs, message);
        }
        Reason::Schema => {
            let message = format!(
                r#"/params/{name} has a JSON schema, which {service} is not known to take; ask for {{"type":"json_object"}}, name a model that takes one, or send it in /params/extra_body"#
            );
            return ProcessorError::new(ErrorCode::Inputs, message);
        }
    };
    let message = format!(
        "/params/{name} {problem}; leave it out, set /params/drop_params to true, or send it in /params/extra_body"
    );
    ProcessorError::new(ErrorCode::Inputs, message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::routes::Route;

    fn shaped(name: &str, params: &Value) -> Result<Shaped, ProcessorError> {
        shaped_for(Api::ChatCompletions, name, params)
    }

    fn shaped_for(api: Api, name: &str, params: &Value) -> Result<Shaped, ProcessorError> {
        let (route, model) = Route::resolve(name, "/model").unwrap();
        let model = RequestedModel {
            name: name.to_owned(),
            route,
            api,
            model,
        };
        let params = params.as_object().unwrap();
        shape(params, &model, &DropParams::from_params(params).unwrap())
    }

    #[test]
    fn a_parameter_that_is_not_known_is_refused() {
        for (model, params, message) in [
            (
                "perplexity/c",
                json!({"seed": 1}),
                "/params/seed is not known to perplexity/; ",
            ),
            (
                "openai/o3",
                json!({"temperature": 0.5}),
                "/params/temperature can only be 1 for openai/o3; ",
            ),
            (
                "moonshot/kimi-k2.5",
                json!({"temperature": 0.5}),
                "/params/temperature can only be 1 or 0.6 for moonshot/kimi-k2.5; ",
            ),
            (
                "openai/gpt-5.5",
                json!({"top_p": 0.5}),
                "/params/top_p is known to openai/gpt-5.5 only where /params/reasoning_effort is none; ",
            ),
            (
                "openai/gpt-5",
                json!({"reasoning_effort": "none"}),
                "/params/reasoning_effort has a value that is not known to openai/gpt-5; ",
            ),
            (
                "groq/llama-3.3-70b-versatile",
                json!({"response_format": {"type": "json_schema", "json_schema": {}}}),
                "/params/response_format has a JSON schema, which groq/llama-3.3-70b-versatile is not known to take; ask for ",
            ),
            (
                "deepseek/m",
                json!({"thinking": {"type": "adaptive"}}),
                "/params/thinking has a value that is not known to deepseek/; ",
            ),
            (
                "openai/m",
                json!({"metadata": {"a": "b"}}),
                "/params/metadata is refused by openai/ unless /params/store is true; ",
            ),
        ] {
            let error = shaped(model, &params).unwrap_err();
            assert_eq!(error.code(), ErrorCode::Inputs);
            assert!(error.message().starts_with(message), "{error}");
        }
    }

    #[test]
    fn what_is_not_taken_may_be_left_out() {
        #[rustfmt::skip]
        let cases = [
            ("perplexity/c", json!({"seed": 1, "drop_params": true}), json!({}), "", "seed"),
            ("perplexity/c", json!({"seed": 1, "n": 2, "a": 1, "drop_params": true}), json!({"a": 1}), "", "seed; n"),
            ("perplexity/c", json!({"seed": 1, "additional_drop_params": ["seed"]}), json!({}), "", "seed"),
            ("openai/m", json!({"seed": 1, "additional_drop_params": ["seed"]}), json!({}), "", "seed"),
            ("openai/o3", json!({"temperature": 0, "drop_params": true}), json!({}), "", "temperature"),
            ("groq/zz", json!({"reasoning_effort": "low", "drop_params": true}), json!({}), "", "reasoning_effort"),
            ("groq/zz", json!({"reasoning_effort": "low"}), json!({"reasoning_effort": "low"}), "", ""),
            ("perplexity/c", json!({"n": 1, "seed": null, "store": true}), json!({}), "n left out; seed left out; store left out", ""),
            ("openai/o3", json!({"parallel_tool_calls": true}), json!({}), "parallel_tool_calls left out", ""),
            ("mistral/m", json!({"user": "u", "tools": []}), json!({}), "user left out; tools left out", ""),
        ];
        for (model, params, sent, changes, dropped) in cases {
            let shaped = shaped(model, &params).unwrap();
            let found = (
                Value::from(shaped.params),
                shaped.changes.join("; "),
                shaped.dropped.join("; "),
            );
            assert_eq!(
                found,
                (sent, changes.to_owned(), dropped.to_owned()),
                "{model} {params}"
            );
        }
    }

    #[test]
    fn a_native_api_judges_messages_and_conditions_for_itself() {
        let params = json!({
            "messages": [{"role": "developer", "content": "hi"}], "metadata": {"a": "b"}, "logprobs": null,
        });
        let shaped = shaped_for(Api::OllamaChat, "openai/gpt-5", &params).unwrap();
        assert_eq!((Value::from(shaped.params), shaped.changes), (params, vec![]));
        let refused = shaped_for(Api::OllamaChat, "openai/gpt-5", &json!({"logprobs": true}));
        assert!(refused.is_err());
    }

    #[test]
    fn a_native_api_is_not_asked_for_what_has_another_form() {
        for (name, start) in [
            ("tools", "/params/tools is not a list"),
            ("functions", "/params/functions is not a list"),
            ("response_format", "/params/response_format is not an object"),
        ] {
            let params = json!({ name: "x" });
            let error = shaped_for(Api::OpenAiResponses, "openai/gpt-4o", &params).unwrap_err();
            assert!(error.message().starts_with(start), "{error}");
        }
    }

    #[test]
    fn parameters_are_renamed_where_they_stand() {
        #[rustfmt::skip]
        let cases = [
            ("mistral/a", r#"{"a":0,"seed":1,"b":2}"#, r#"{"a":0,"random_seed":1,"b":2}"#, "seed to random_seed"),
            ("mistral/a", r#"{"seed":1,"random_seed":2}"#, r#"{"random_seed":2}"#, "seed left out"),
            ("mistral/a", r#"{"seed":null}"#, r#"{"random_seed":null}"#, "seed to random_seed"),
            ("mistral/a", r#"{"max_tokens":1,"max_completion_tokens":2}"#, r#"{"max_tokens":2}"#, "max_tokens left out; max_completion_tokens to max_tokens"),
            ("openai/o3", r#"{"max_tokens":1,"max_completion_tokens":2}"#, r#"{"max_completion_tokens":2}"#, "max_tokens left out"),
            ("openai/o3", r#"{"max_tokens":1,"max_completion_tokens":null}"#, r#"{"max_completion_tokens":1}"#, "max_tokens to max_completion_tokens; max_completion_tokens left out"),
            ("openai/o3", r#"{"max_tokens":2,"seed":null}"#, r#"{"max_completion_tokens":2,"seed":null}"#, "max_tokens to max_completion_tokens"),
            ("openai/gpt-4o", r#"{"max_tokens":2}"#, r#"{"max_tokens":2}"#, ""),
            ("azure/my-gpt-5-deployment", r#"{"max_tokens":2}"#, r#"{"max_completion_tokens":2}"#, "max_tokens to max_completion_tokens"),
            ("mistral/m", r#"{"tools":[1],"tool_choice":"required"}"#, r#"{"tools":[1],"tool_choice":"any"}"#, "tool_choice required to any"),
            ("deepseek/m", r#"{"reasoning_effort":"none","b":1}"#, r#"{"thinking":{"type":"disabled"},"b":1}"#, "reasoning_effort to thinking"),
            ("deepseek/m", r#"{"reasoning_effort":"high"}"#, r#"{"reasoning_effort":"high","thinking":{"type":"enabled"}}"#, "thinking added"),
            ("mistral/m", r#"{"tools":[{"function":{"parameters":{"$id":"x"}}}]}"#, r#"{"tools":[{"function":{"parameters":{}}}]}"#, "tools.schema left out"),
            ("openai/m", r#"{"tools":[{"function":{"parameters":{"$id":"x"}}}],"stop":[]}"#, r#"{"tools":[{"function":{"parameters":{"$id":"x"}}}]}"#, "stop left out"),
            ("deepseek/m", r#"{"thinking":{"type":"enabled","budget_tokens":9}}"#, r#"{"thinking":{"type":"enabled"}}"#, "thinking.budget_tokens left out"),
        ];
        for (model, params, sent, changes) in cases {
            let shaped = shaped(model, &serde_json::from_str(params).unwrap()).unwrap();
            let found = (Value::from(shaped.params).to_string(), shaped.changes.join("; "));
            assert_eq!(found, (sent.to_owned(), changes.to_owned()), "{model} {params}");
        }
    }
}
