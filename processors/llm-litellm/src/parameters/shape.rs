//! Makes of a caller's parameters those that a model takes.

use runtime::{ErrorCode, ProcessorError};
use serde_json::{Map, Value};

use super::drop_params::DropParams;
use super::judgement::{Judgement, Reason, Refusal, Sent, judge};
use super::messages;
use super::no_effect::has_no_effect;
use super::rules::{Rule, Rules};
use super::schema::lacks_schema;
use super::{drop_params, extra_body, form, history, tools};
use crate::api::Api;
use crate::google::partners::Partner;
use crate::requested_model::RequestedModel;

/// The parameter that LiteLLM prefers if both limits are given.
const LIMIT: &str = "max_completion_tokens";
/// Each of Azure's reasoning models has another name for it.
const MAX_TOKENS: &str = "max_tokens";
const EFFORT: &str = "reasoning_effort";
const RESPONSE_FORMAT: &str = "response_format";

/// Parameters that are a 400 without others: <https://platform.openai.com/docs/api-reference/chat/create>.
const DEPENDENTS: [(&str, &str); 3] = [
    ("tool_choice", "tools"),
    ("parallel_tool_calls", "tools"),
    ("function_call", "functions"),
];

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
    let kept = drop.kept(params);
    let superseded = superseded(&kept, &rules);
    let mut added_tools = Vec::new();
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
        let value = if name == EFFORT && !is_native && !model.is_behind_proxy() {
            shaped.level(value)
        } else {
            value
        };
        let judgement = if value.is_null() && is_native {
            // no native API is asked for nothing
            Judgement::Sent(Sent::default())
        } else if value.is_null() {
            judge_null(name, &rules)
        } else if name == RESPONSE_FORMAT && lacks_schema(value, model, &rules) {
            Judgement::Refused(Refusal::of_model(Reason::Schema))
        } else {
            judge(name, value, &kept, &rules)
        };
        match judgement {
            Judgement::Sent(sent) => {
                shaped.add(name, value, sent);
                shaped.leave_out_members(name, &rules);
            }
            Judgement::LeftOut => shaped.changes.push(format!("{name} left out")),
            Judgement::Tool(tool) => {
                shaped.replace_by_tool(name, value);
                added_tools.push(tool);
            }
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
    shaped.leave_out_dependents();
    // the caller's own may come later
    for tool in added_tools {
        tools::add(&mut shaped.params, tool);
    }
    history::rewrite(&mut shaped.params, model, &mut shaped.changes);
    if !is_native {
        tools::rewrite(&mut shaped.params, &rules, &mut shaped.changes);
        messages::rewrite(&mut shaped.params, &rules, &mut shaped.changes);
    }
    Ok(shaped)
}

impl Shaped {
    /// Leaves out what is refused without a parameter that the caller wants to be left out.
    fn leave_out_dependents(&mut self) {
        for (name, of) in DEPENDENTS {
            let is_dropped = self.dropped.iter().any(|dropped| dropped == of);
            if is_dropped && self.params.shift_remove(name).is_some() {
                self.changes.push(format!("{name} left out"));
            }
        }
    }

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

    /// The level of an effort that is in an object, as only the Responses API has it.
    fn level<'a>(&mut self, value: &'a Value) -> &'a Value {
        let Some(level) = value.get("effort") else {
            return value;
        };
        let members = value.as_object().into_iter().flatten();
        let others = members.filter(|(member, _)| *member != "effort");
        self.changes.push(format!("{EFFORT}.effort to {EFFORT}"));
        self.changes
            .extend(others.map(|(member, _)| format!("{EFFORT}.{member} left out")));
        level
    }

    /// Reports that a tool takes the place of a parameter, whose members it does not have.
    fn replace_by_tool(&mut self, name: &str, value: &Value) {
        self.changes.push(format!("{name} to tools"));
        let members = value.as_object().into_iter().flatten();
        let left_out = members.map(|(member, _)| format!("{name}.{member} left out"));
        self.changes.extend(left_out);
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
        (Api::ChatCompletions, Some(_)) => {
            let partner = model.partner().and_then(Partner::parameters);
            Rules::find(partner.unwrap_or("compatible"), &model.model)
        }
        _ => {
            let rules = Rules::find(model.route.prefix, &model.model);
            // a name that says as much itself says it more exactly
            let is_known = |rules: &Rules| rules.of(MAX_TOKENS).any(|named| named.is_for_some_models);
            match model.route.likeness(&model.name) {
                Some(like) if !is_known(&rules) => Rules::find(model.route.prefix, like),
                _ => rules,
            }
        }
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
mod cases;
