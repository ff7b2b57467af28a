//! How much a model thinks: <https://ai.google.dev/gemini-api/docs/thinking>.

use runtime::ProcessorError;
use serde_json::Value;

use super::model::Model;
use super::names::wrong;
use crate::native::object::{object, set};

/// LiteLLM's budgets, in tokens.
const BUDGETS: [(&str, u64); 3] = [("low", 1024), ("medium", 2048), ("high", 4096)];
/// The least that models think, by the beginning of their names; the first that fits counts.
const LEAST: [(&str, u64); 3] = [
    ("gemini-2.5-flash-lite", 512),
    ("gemini-2.5-pro", 128),
    ("gemini-2.5-flash", 1),
];
const LEAST_OF_OTHERS: u64 = 128;

/// `thinkingConfig` for a `reasoning_effort`, which may be an object with an `effort`.
///
/// # Errors
///
/// `ERR_INPUTS` for an effort that the model does not have.
pub(super) fn from_effort(model: Model<'_>, effort: &Value) -> Result<Value, ProcessorError> {
    let unknown = || {
        wrong(
            "reasoning_effort",
            "is not an effort that the model knows; give none, minimal, low, medium or high",
        )
    };
    let effort = effort
        .get("effort")
        .unwrap_or(effort)
        .as_str()
        .ok_or_else(unknown)?;
    let is_off = matches!(effort, "none" | "disable");
    if model.is_gemini_3() {
        let least = if model.has_minimal_level() {
            "minimal"
        } else {
            "low"
        };
        let level = match effort {
            "none" | "disable" | "minimal" => least,
            "low" | "medium" | "high" => effort,
            "xhigh" if model.has_xhigh_level() => effort,
            _ => return Err(unknown()),
        };
        return Ok(object([
            ("thinkingLevel", level.into()),
            ("includeThoughts", (!is_off).into()),
        ]));
    }
    let budget = match effort {
        "none" | "disable" => 0,
        "minimal" => LEAST
            .iter()
            .find(|(name, _)| model.name.starts_with(name))
            .map_or(LEAST_OF_OTHERS, |(_, budget)| *budget),
        _ => {
            let budget = BUDGETS.iter().find(|(name, _)| *name == effort);
            budget.map(|(_, budget)| *budget).ok_or_else(unknown)?
        }
    };
    Ok(object([
        ("thinkingBudget", budget.into()),
        ("includeThoughts", (!is_off).into()),
    ]))
}

/// `thinkingConfig` for Anthropic's parameter `thinking`; what cannot be kept of it is added to `changes`.
pub(super) fn from_anthropic(model: Model<'_>, thinking: &Value, changes: &mut Vec<String>) -> Value {
    let budget = thinking.get("budget_tokens").and_then(Value::as_u64);
    let is_on = thinking.get("type").is_none_or(|kind| kind != "disabled") && budget != Some(0);
    let is_shown = thinking.get("display").is_none_or(|display| display != "omitted");
    let mut config = object([("includeThoughts", (is_on && is_shown).into())]);
    if model.is_gemini_3() {
        // it thinks in levels, and always
        if !is_on {
            let least = if model.has_minimal_level() {
                "minimal"
            } else {
                "low"
            };
            set(&mut config, "thinkingLevel", least.into());
        } else if budget.is_some() {
            changes.push("thinking.budget_tokens left out".to_owned());
        }
    } else if let Some(budget) = budget.filter(|_| is_on) {
        set(&mut config, "thinkingBudget", budget.into());
    } else if !is_on {
        set(&mut config, "thinkingBudget", 0.into());
    }
    config
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn efforts_are_budgets_or_levels() {
        for (model, effort, key, value) in [
            ("gemini-2.5-flash", "minimal", "thinkingBudget", json!(1)),
            ("gemini-2.5-flash-lite", "minimal", "thinkingBudget", json!(512)),
            ("gemini-2.5-pro", "minimal", "thinkingBudget", json!(128)),
            ("gemini-2.5-pro", "low", "thinkingBudget", json!(1024)),
            ("gemini-2.5-pro", "medium", "thinkingBudget", json!(2048)),
            ("gemini-2.5-pro", "high", "thinkingBudget", json!(4096)),
            ("gemini-2.5-flash", "none", "thinkingBudget", json!(0)),
            (
                "gemini-3-flash-preview",
                "none",
                "thinkingLevel",
                json!("minimal"),
            ),
            (
                "gemini-3-flash-preview",
                "minimal",
                "thinkingLevel",
                json!("minimal"),
            ),
            ("gemini-3-pro-preview", "minimal", "thinkingLevel", json!("low")),
            ("gemini-3-pro-preview", "high", "thinkingLevel", json!("high")),
            ("gemini-4-hydrogen", "xhigh", "thinkingLevel", json!("xhigh")),
        ] {
            let config = from_effort(Model::new(model), &effort.into()).unwrap();
            assert_eq!(config[key], value, "{model} {effort}");
            assert_eq!(config["includeThoughts"], effort != "none", "{model} {effort}");
        }
        for effort in [json!("xhigh"), json!("max"), json!({"summary": "auto"}), json!(3)] {
            for model in ["gemini-2.5-pro", "gemini-3-pro-preview"] {
                from_effort(Model::new(model), &effort).unwrap_err();
            }
        }
    }

    #[test]
    fn anthropic_s_parameter_is_known() {
        #[rustfmt::skip]
        let cases = [
            ("gemini-2.5-pro", json!({"type": "enabled", "budget_tokens": 200}), json!({"includeThoughts": true, "thinkingBudget": 200}), 0),
            ("gemini-2.5-pro", json!({"type": "enabled"}), json!({"includeThoughts": true}), 0),
            ("gemini-2.5-pro", json!({"type": "enabled", "display": "omitted"}), json!({"includeThoughts": false}), 0),
            ("gemini-2.5-flash", json!({"type": "disabled"}), json!({"includeThoughts": false, "thinkingBudget": 0}), 0),
            ("gemini-3-pro-preview", json!({"type": "enabled", "budget_tokens": 200}), json!({"includeThoughts": true}), 1),
            ("gemini-3-pro-preview", json!({"type": "disabled"}), json!({"includeThoughts": false, "thinkingLevel": "low"}), 0),
        ];
        for (model, thinking, config, count) in cases {
            let mut changes = Vec::new();
            assert_eq!(from_anthropic(Model::new(model), &thinking, &mut changes), config);
            assert_eq!(changes.len(), count, "{model}");
        }
    }
}
