//! Thinking: <https://platform.claude.com/docs/en/build-with-claude/extended-thinking>,
//! <https://platform.claude.com/docs/en/build-with-claude/effort>.

use runtime::ProcessorError;
use serde_json::{Map, Value};

use super::claude::{Claude, Thinking};
use super::inputs::{given, text, wrong};
use crate::native::object::{object, put};

/// The efforts, the budget that LiteLLM has for each, and Anthropic's name.
const EFFORTS: [(&str, u64, &str); 6] = [
    ("minimal", SMALLEST_BUDGET, "low"),
    ("low", 1024, "low"),
    ("medium", 2048, "medium"),
    ("high", 4096, "high"),
    ("xhigh", 8192, "xhigh"),
    ("max", 16384, "max"),
];
const SMALLEST_BUDGET: u64 = 1024;
/// How many tokens the answer may have beside the thinking, if the caller does not say, as LiteLLM has it.
const TOKENS_OF_ANSWER: u64 = 4096;

const EFFORT: &str = "/params/reasoning_effort";

/// What a request says of thinking.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) thinking: Option<Value>,
    /// For `output_config`.
    pub(super) effort: Option<&'static str>,
    pub(super) changes: Vec<String>,
}

/// Whether the model will think.
pub(super) fn will_think(params: &Map<String, Value>, model: Claude) -> bool {
    let thinking = given(params, "thinking").and_then(|thinking| text(thinking, "/type"));
    let effort = given(params, "reasoning_effort").map(effort_of);
    match (thinking, effort) {
        _ if model.always_thinks() => true,
        (Some("disabled"), _) => false,
        (Some(_), _) => true,
        (None, Some(effort)) => effort != Some("none"),
        (None, None) => model.thinks_by_default(),
    }
}

/// `"low"`, or `{"effort":"low"}` of the Responses API.
fn effort_of(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| text(value, "/effort"))
}

impl Plan {
    /// # Errors
    ///
    /// `ERR_INPUTS` for an effort that the model does not know, or thinking that is no object.
    pub(super) fn new(
        params: &Map<String, Value>,
        model: Claude,
        max_tokens: Option<u64>,
    ) -> Result<Self, ProcessorError> {
        let mut plan = Self::default();
        if let Some(thinking) = given(params, "thinking") {
            plan.take_thinking(thinking, model, max_tokens)?;
        }
        if let Some(effort) = given(params, "reasoning_effort") {
            plan.take_effort(effort, model, params.contains_key("thinking"))?;
        }
        Ok(plan)
    }

    fn note(&mut self, change: &str) {
        self.changes.push(change.to_owned());
    }

    fn take_thinking(
        &mut self,
        thinking: &Value,
        model: Claude,
        max_tokens: Option<u64>,
    ) -> Result<(), ProcessorError> {
        let Value::Object(members) = thinking else {
            let what = "is not an object such as {\"type\":\"enabled\",\"budget_tokens\":2048}";
            return Err(wrong("/params/thinking", what));
        };
        match (text(thinking, "/type"), model.thinking()) {
            (Some("disabled"), _) if model.always_thinks() => self.note("thinking left out"),
            (Some("adaptive"), Thinking::Budget) => {
                let most = max_tokens.map_or(u64::MAX, |tokens| tokens.saturating_sub(1));
                if most < SMALLEST_BUDGET {
                    self.note("thinking left out");
                } else {
                    let budget = most.min(budget("medium"));
                    self.thinking = Some(object([
                        ("type", "enabled".into()),
                        ("budget_tokens", budget.into()),
                    ]));
                    self.note("thinking.type adaptive to enabled");
                }
            }
            (Some("enabled"), Thinking::Adaptive) => {
                let mut members = members.clone();
                let tokens = members.shift_remove("budget_tokens");
                let tokens = tokens.and_then(|tokens| tokens.as_u64()).unwrap_or_default();
                put(&mut members, "type", "adaptive".into());
                self.thinking = Some(members.into());
                self.effort = Some(effort_for(tokens, model));
                self.note("thinking.budget_tokens to output_config.effort");
            }
            _ => self.thinking = Some(thinking.clone()),
        }
        Ok(())
    }

    fn take_effort(
        &mut self,
        value: &Value,
        model: Claude,
        has_thinking: bool,
    ) -> Result<(), ProcessorError> {
        let effort = effort_of(value);
        let members = value.as_object().into_iter().flatten();
        let others = members.filter(|(name, value)| *name != "effort" && !value.is_null());
        for (name, _) in others {
            self.changes.push(format!("reasoning_effort.{name} left out"));
        }
        if effort == Some("none") {
            if has_thinking || !model.thinks_by_default() || model.always_thinks() {
                self.note("reasoning_effort left out");
            } else {
                self.thinking = Some(object([("type", "disabled".into())]));
                self.note("reasoning_effort to thinking");
            }
            return Ok(());
        }
        let known = EFFORTS.iter().find(|(name, _, _)| Some(*name) == effort);
        let Some((name, budget, effort)) = known else {
            let what = "is none of none, minimal, low, medium, high, xhigh and max";
            return Err(wrong(EFFORT, what));
        };
        if !model.can_think() {
            return Err(wrong(
                EFFORT,
                "is for models that think, and this one does not; leave it out",
            ));
        }
        if model.thinking() == Thinking::Budget {
            if has_thinking {
                self.note("reasoning_effort left out"); // the caller's own budget counts
            } else {
                self.thinking = Some(object([
                    ("type", "enabled".into()),
                    ("budget_tokens", (*budget).into()),
                ]));
                self.note("reasoning_effort to thinking");
            }
            return Ok(());
        }
        if !model.takes_effort(effort) {
            return Err(wrong(
                EFFORT,
                &format!("is {name}, which this model does not know; lower it"),
            ));
        }
        if !has_thinking {
            // without `display` the thinking would come empty
            self.thinking = Some(object([
                ("type", "adaptive".into()),
                ("display", "summarized".into()),
            ]));
        }
        self.effort = Some(effort);
        self.note("reasoning_effort to output_config.effort");
        Ok(())
    }

    /// The limit of a request whose caller gives none: beside the budget, else the model's.
    pub(super) fn max_tokens(&self, model: Claude) -> u64 {
        let budget = self
            .thinking
            .as_ref()
            .and_then(|thinking| thinking.get("budget_tokens")?.as_u64());
        budget.map_or(model.max_output_tokens(), |budget| {
            budget.saturating_add(TOKENS_OF_ANSWER)
        })
    }
}

fn budget(effort: &str) -> u64 {
    let known = EFFORTS.iter().find(|(name, _, _)| *name == effort);
    known.map_or(SMALLEST_BUDGET, |(_, budget, _)| *budget)
}

/// The effort that stands for a budget.
fn effort_for(tokens: u64, model: Claude) -> &'static str {
    let is_fitting = |(name, budget, _): &&(&str, u64, &str)| {
        tokens >= *budget && *name != "max" && model.takes_effort(name)
    };
    let effort = EFFORTS.iter().rev().find(is_fitting);
    effort.map_or("low", |(_, _, effort)| effort)
}
