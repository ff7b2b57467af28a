//! What becomes of OpenAI's parameters at each service, but for the rules of single models.

use serde_json::json;

use super::{code, head, row};
use crate::parameters::no_effect::has_no_effect;
use crate::parameters::rules::{Rule, Rules};
use crate::routes::ROUTES;

const NAMES: [&str; 33] = [
    "audio",
    "context_management",
    "frequency_penalty",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "metadata",
    "modalities",
    "n",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "prompt_cache_retention",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "seed",
    "service_tier",
    "stop",
    "store",
    "temperature",
    "thinking",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
    "verbosity",
    "web_search_options",
];

pub(super) fn table() -> String {
    let mut rows: Vec<(Vec<&str>, [String; 3])> = Vec::new();
    for route in ROUTES {
        let cells = cells(route.prefix);
        match rows.iter_mut().find(|(_, known)| *known == cells) {
            Some((prefixes, _)) => prefixes.push(route.prefix),
            None => rows.push((vec![route.prefix], cells)),
        }
    }
    let rows = rows.into_iter().map(|(prefixes, [refused, left_out, others])| {
        let prefixes: Vec<_> = prefixes.iter().map(|prefix| format!("{prefix}/")).collect();
        let prefixes: Vec<_> = prefixes.iter().map(String::as_str).collect();
        row(&[code(&prefixes), refused, left_out, others])
    });
    head(&["provider", "refused", "left out", "others"]) + &rows.collect::<String>()
}

/// Refused, left out, and what else is done.
fn cells(prefix: &str) -> [String; 3] {
    // a name that no model has, but for those of whole families
    let rules = Rules::find(prefix, "zz-unknown");
    let (mut refused, mut left_out, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for name in NAMES {
        for named in rules.of(name).filter(|named| !named.is_for_some_models) {
            match named.rule {
                // a value that is not empty and no default
                Rule::Unknown if has_no_effect(name, &json!("x")) => left_out.push(name),
                Rule::Unknown => refused.push(name),
                Rule::Needless => left_out.push(name),
                rule => others.extend(described(name, rule)),
            }
        }
    }
    [codes(&refused), codes(&left_out), or_dash(others.join("; "))]
}

fn codes(names: &[&str]) -> String {
    or_dash(code(names))
}

fn or_dash(text: String) -> String {
    if text.is_empty() { "–".to_owned() } else { text }
}

/// The rules that are not the same everywhere.
fn described(name: &str, rule: Rule) -> Option<String> {
    let listed = |values: &str| values.replace('|', ", ");
    Some(match rule {
        Rule::Renamed(to) => format!("`{name}` is `{to}`"),
        Rule::RefusedWithout(other) => format!("`{name}` needs `{other}`"),
        Rule::OneOf { values, .. } => format!("`{name}` only {}", listed(values)),
        Rule::NoneOf(values) => format!("`{name}` not {}", listed(values)),
        Rule::Replaced { values, by: "" } => format!("`{name}` {} is left out", listed(values)),
        Rule::Replaced { values, by } => match by.split_once('=') {
            Some((other, json)) => format!("`{name}` {} becomes `{other}` `{json}`", listed(values)),
            None => format!("`{name}` {} becomes {by}", listed(values)),
        },
        Rule::Adds(other, json) => format!("`{name}` adds `{other}` `{json}`"),
        _ => return None,
    })
}
