//! Thinking, which each maker's models are told otherwise:
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-extended-thinking.html>,
//! <https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html>.

use runtime::ProcessorError;
use serde_json::{Map, Value, json};

use super::inputs::wrong;
use super::model::{Family, Model};
use crate::models::Fact;

/// The efforts, the budget that LiteLLM has for each, and Claude's name.
const EFFORTS: [(&str, u64, &str); 6] = [
    ("minimal", SMALLEST_BUDGET, "low"),
    ("low", 1024, "low"),
    ("medium", MEDIUM_BUDGET, "medium"),
    ("high", 4096, "high"),
    ("xhigh", 8192, "xhigh"),
    ("max", 16384, "max"),
];
const SMALLEST_BUDGET: u64 = 1024;
const MEDIUM_BUDGET: u64 = 2048;
/// How many tokens the answer may have beside the thinking, if the caller does not say, as LiteLLM has it.
const TOKENS_OF_ANSWER: u64 = 4096;

const DOES_NOT_THINK: &str = "is for models that think, and this one does not; leave it out";
const THINKING: &str = "/params/thinking";
const EFFORT: &str = "/params/reasoning_effort";

/// What the model is told.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// For `additionalModelRequestFields`.
    pub(super) fields: Map<String, Value>,
    needs_effort: bool,
    pub(super) changes: Vec<String>,
}

impl Plan {
    /// # Errors
    ///
    /// `ERR_INPUTS` for thinking that the model does not know.
    pub(super) fn new(
        params: &Map<String, Value>,
        model: &Model<'_>,
        max_tokens: Option<u64>,
    ) -> Result<Self, ProcessorError> {
        let given = |name: &str| params.get(name).filter(|value| !value.is_null());
        let mut plan = Self::default();
        if let Some(thinking) = given("thinking") {
            plan.take_thinking(thinking, model, max_tokens)?;
        }
        if let Some(effort) = given("reasoning_effort") {
            let effort = effort.get("effort").unwrap_or(effort);
            plan.take_effort(effort, model)?;
        }
        if let Some(config) = given("output_config") {
            plan.take_output_config(config, model);
        }
        Ok(plan)
    }

    /// Claude's own settings of the answer, but for its format, which Converse has itself.
    fn take_output_config(&mut self, config: &Value, model: &Model<'_>) {
        let mut config = config.clone();
        if let Some(members) = config.as_object_mut().filter(|_| model.is_claude()) {
            members.shift_remove("format");
            if members.is_empty() {
                return;
            }
            let needs_beta = members.contains_key("effort") && !model.has(Fact::AdaptiveThinking);
            self.needs_effort = needs_beta && model.is_known();
        }
        self.set("output_config", config);
    }

    /// The features that this needs.
    pub(super) fn betas(&self) -> Option<String> {
        self.needs_effort.then(|| "effort-2025-11-24".to_owned())
    }

    /// Whether a tool cannot be forced.
    pub(super) fn is_thinking(&self) -> bool {
        let kind = self
            .fields
            .get("thinking")
            .and_then(|thinking| thinking.get("type"));
        kind.is_some_and(|kind| kind != "disabled")
    }

    pub(super) fn has_thinking(&self) -> bool {
        self.fields.contains_key("thinking")
    }

    /// The limit of a request whose caller gives none.
    pub(super) fn max_tokens(&self) -> Option<u64> {
        let budget = self.fields.get("thinking")?.get("budget_tokens")?.as_u64()?;
        Some(budget.saturating_add(TOKENS_OF_ANSWER))
    }

    fn note(&mut self, change: &str) {
        self.changes.push(change.to_owned());
    }

    fn set(&mut self, name: &str, value: Value) {
        self.fields.insert(name.to_owned(), value);
    }

    fn take_thinking(
        &mut self,
        thinking: &Value,
        model: &Model<'_>,
        max_tokens: Option<u64>,
    ) -> Result<(), ProcessorError> {
        let Some(members) = thinking.as_object() else {
            let what = "is not an object such as {\"type\":\"enabled\",\"budget_tokens\":2048}";
            return Err(wrong(THINKING, what));
        };
        let may_be_claude = model.is_claude() || model.family == Family::Effort && !model.is_known();
        if !may_be_claude {
            return Err(wrong(
                THINKING,
                "is known to Claude alone; give /params/reasoning_effort instead, or leave it out",
            ));
        }
        if model.lacks(Fact::Reasoning) {
            return Err(wrong(THINKING, DOES_NOT_THINK));
        }
        let kind = members.get("type").and_then(Value::as_str);
        let budget = members.get("budget_tokens").and_then(Value::as_u64);
        let is_adaptive = model.has(Fact::AdaptiveThinking);
        match (kind, budget) {
            (Some("adaptive"), _) if !is_adaptive && model.lacks(Fact::AdaptiveThinking) => {
                let most = max_tokens.map_or(u64::MAX, |tokens| tokens.saturating_sub(1));
                if most < SMALLEST_BUDGET {
                    self.note("thinking left out");
                } else {
                    let budget = most.min(MEDIUM_BUDGET);
                    self.set("thinking", json!({"type": "enabled", "budget_tokens": budget}));
                    self.note("thinking.type adaptive to enabled");
                }
            }
            (Some("enabled"), Some(budget)) if is_adaptive && !model.has(Fact::LegacyThinking) => {
                let fitting = EFFORTS
                    .iter()
                    .rev()
                    .find(|(name, tokens, _)| *tokens <= budget && takes(model, name));
                let effort = fitting.map_or("low", |(_, _, effort)| effort);
                self.set("thinking", json!({"type": "adaptive", "display": "summarized"}));
                self.set("output_config", json!({ "effort": effort }));
                self.note("thinking.budget_tokens to output_config.effort");
            }
            (Some("enabled"), Some(budget)) if budget < SMALLEST_BUDGET => {
                let mut members = members.clone();
                members.insert("budget_tokens".to_owned(), SMALLEST_BUDGET.into());
                self.set("thinking", members.into());
                self.note(&format!("thinking.budget_tokens to {SMALLEST_BUDGET}"));
            }
            _ => self.set("thinking", thinking.clone()),
        }
        Ok(())
    }

    fn take_effort(&mut self, effort: &Value, model: &Model<'_>) -> Result<(), ProcessorError> {
        let to = match model.family {
            Family::Claude => return self.think_of(effort, model),
            Family::Effort if model.id.contains("deepseek.r1") => {
                return Err(wrong(
                    EFFORT,
                    "is not known to this model, which always thinks; leave it out",
                ));
            }
            Family::Other if model.has(Fact::Reasoning) => {
                let what = "is not known to this model in Converse; set /params/openai_compatible to true, or leave it out";
                return Err(wrong(EFFORT, what));
            }
            Family::Other if !model.is_known() => {
                self.set("reasoning_effort", effort.clone());
                "additionalModelRequestFields"
            }
            Family::Effort => {
                self.set("reasoning_effort", effort.clone());
                return Ok(());
            }
            Family::Gpt => {
                self.set("reasoning", json!({ "effort": effort }));
                "reasoning.effort"
            }
            Family::Nova2 => {
                if !["low", "medium", "high"].iter().any(|known| effort == known) {
                    return Err(wrong(EFFORT, "is none of low, medium and high"));
                }
                let config = json!({"type": "enabled", "maxReasoningEffort": effort});
                self.set("reasoningConfig", config);
                "reasoningConfig"
            }
            Family::Nova | Family::Other => {
                return Err(wrong(EFFORT, DOES_NOT_THINK));
            }
        };
        self.note(&format!("reasoning_effort to {to}"));
        Ok(())
    }

    fn think_of(&mut self, effort: &Value, model: &Model<'_>) -> Result<(), ProcessorError> {
        if effort == "none" {
            if !self.has_thinking() && model.has(Fact::AdaptiveThinking) && !model.has(Fact::LegacyThinking) {
                self.set("thinking", json!({"type": "disabled"}));
                self.note("reasoning_effort to thinking");
            } else {
                self.note("reasoning_effort left out");
            }
            return Ok(());
        }
        let known = EFFORTS.iter().find(|(name, ..)| effort == name);
        let Some((name, budget, effort)) = known else {
            let what = "is none of none, minimal, low, medium, high, xhigh and max";
            return Err(wrong(EFFORT, what));
        };
        if model.lacks(Fact::Reasoning) {
            return Err(wrong(EFFORT, DOES_NOT_THINK));
        }
        if self.has_thinking() {
            self.note("reasoning_effort left out"); // the caller's own thinking counts
        } else if model.has(Fact::AdaptiveThinking) {
            if !takes(model, name) {
                return Err(wrong(
                    EFFORT,
                    &format!("is {name}, which this model does not know; lower it"),
                ));
            }
            // without `display` the thinking would come empty
            self.set("thinking", json!({"type": "adaptive", "display": "summarized"}));
            self.set("output_config", json!({ "effort": effort }));
            self.note("reasoning_effort to output_config.effort");
        } else {
            self.set("thinking", json!({"type": "enabled", "budget_tokens": budget}));
            self.note("reasoning_effort to thinking");
        }
        Ok(())
    }
}

fn takes(model: &Model<'_>, effort: &str) -> bool {
    match effort {
        "xhigh" => model.has(Fact::XhighEffort),
        "max" => model.has(Fact::MaxEffort),
        _ => true,
    }
}
