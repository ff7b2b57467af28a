//! The names that a model may have in the table of models.
//!
//! A table has each model once, and services have several names for it: with the account that it belongs to, the region that
//! serves it, the day of its release, or the fine-tuning that it comes from. What may be left out follows LiteLLM's look-up.

/// Fireworks: models and routers of its own account (<https://docs.fireworks.ai/api-reference/post-chatcompletions>).
const FIREWORKS: [&str; 2] = ["accounts/fireworks/models/", "accounts/fireworks/"];
/// Google: <https://ai.google.dev/api/models>, <https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/use-partner-models>.
const GOOGLE: [&str; 3] = [
    "models/",
    "publishers/google/models/",
    "publishers/anthropic/models/",
];
/// LiteLLM's names for the APIs of Bedrock.
const BEDROCK: [&str; 5] = ["converse/", "invoke/", "chat_completions/", "openai/", "mantle/"];
/// LiteLLM's name for the Responses API, at any service.
const RESPONSES: &str = "responses/";
/// Bedrock's inference profiles
/// (<https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html>).
pub(crate) const PROFILES: [&str; 9] = ["global", "us", "eu", "apac", "jp", "au", "ca", "in", "us-gov"];
const FINE_TUNED: &str = "ft:";

/// The name that stands for any model of a service.
pub(crate) const ANY: &str = "*";

/// The prefix below which the table has the models of another one.
pub(crate) fn table_prefix(prefix: &str) -> &str {
    if prefix == "ollama_chat" { "ollama" } else { prefix }
}

/// The names that a model of a service may have in the table, the most exact first.
pub(crate) fn candidates<'a>(prefix: &str, model: &'a str) -> Vec<&'a str> {
    let name = model.strip_prefix(RESPONSES).unwrap_or(model);
    let mut names = vec![model, name];
    match prefix {
        "fireworks_ai" => names.push(without(name, &FIREWORKS)),
        "bedrock" => names.extend(at_bedrock(name)),
        "gemini" | "vertex_ai" => {
            let name = without(name, &GOOGLE);
            let unversioned = name.split_once('@').map_or(name, |(name, _)| name);
            names.extend([name, without_number(name), unversioned]);
        }
        _ => names.push(fine_tuned(name).unwrap_or_else(|| without_date(name))),
    }
    names.dedup();
    names
}

/// A name without the first of these that it begins with.
fn without<'a>(name: &'a str, beginnings: &[&str]) -> &'a str {
    let mut rests = beginnings.iter().filter_map(|start| name.strip_prefix(start));
    rests.next().unwrap_or(name)
}

/// `us-east-1/anthropic.claude-v2:1` has prices of its own in some regions, `us.anthropic.claude-v2:1` in others.
fn at_bedrock(name: &str) -> [&str; 4] {
    let name = without(name, &BEDROCK);
    let is_arn = name.starts_with("arn:");
    let local = if is_arn {
        name.rsplit('/').next().unwrap_or(name)
    } else {
        name.split_once('/').map_or(name, |(_, local)| local)
    };
    let base = local
        .split_once('.')
        .filter(|(start, _)| PROFILES.contains(start));
    let base = base.map_or(local, |(_, base)| base);
    [name, local, base, without_throughput(base)]
}

/// `anthropic.claude-3-5-sonnet-20241022-v2:0:51k` is the model with a context of 51,000 tokens.
fn without_throughput(name: &str) -> &str {
    let cut = name.rsplit_once(':');
    cut.filter(|(start, end)| start.contains(':') && end.ends_with('k'))
        .map_or(name, |(start, _)| start)
}

/// `ft:gpt-4o-mini-2024-07-18:organization:suffix:id`, where the suffix may be empty and a checkpoint may follow
/// (<https://platform.openai.com/docs/guides/supervised-fine-tuning>).
fn fine_tuned(name: &str) -> Option<&str> {
    let base = name.strip_prefix(FINE_TUNED)?;
    let end = base.find(':')?;
    name.get(..FINE_TUNED.len() + end)
}

/// `gemini-2.0-flash-001` is the same as `gemini-2.0-flash`.
fn without_number(name: &str) -> &str {
    let cut = name.rsplit_once('-');
    cut.filter(|(_, end)| is_number(end))
        .map_or(name, |(start, _)| start)
}

/// `gpt-4o-2024-08-06` without its day.
fn without_date(name: &str) -> &str {
    let Some((start, day)) = name
        .len()
        .checked_sub("-2024-08-06".len())
        .and_then(|at| name.split_at_checked(at))
    else {
        return name;
    };
    let parts: Vec<_> = day.split('-').collect();
    match parts.as_slice() {
        ["", year, month, day]
            if [(year, 4), (month, 2), (day, 2)]
                .iter()
                .all(|(part, length)| part.len() == *length && is_number(part)) =>
        {
            start
        }
        _ => name,
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_have_several_names_for_a_model() {
        for (prefix, model, names) in [
            ("openai", "gpt-4o", "gpt-4o"),
            ("openai", "gpt-4o-2024-08-06", "gpt-4o-2024-08-06 gpt-4o"),
            ("openai", "responses/gpt-4o", "responses/gpt-4o gpt-4o"),
            (
                "openai",
                "ft:gpt-4o-mini-2024-07-18:org::id",
                "ft:gpt-4o-mini-2024-07-18:org::id ft:gpt-4o-mini-2024-07-18",
            ),
            (
                "openai",
                "ft:gpt-4o:org:name:id:ckpt-step-9",
                "ft:gpt-4o:org:name:id:ckpt-step-9 ft:gpt-4o",
            ),
            ("openai", "-2024-08-06", "-2024-08-06 "),
            ("openai", "gpt-2024-8-061", "gpt-2024-8-061"),
            ("openai", "ééééé-2024-08-06", "ééééé-2024-08-06 ééééé"),
            (
                "fireworks_ai",
                "accounts/fireworks/models/x",
                "accounts/fireworks/models/x x",
            ),
            (
                "fireworks_ai",
                "accounts/fireworks/routers/x",
                "accounts/fireworks/routers/x routers/x",
            ),
            ("fireworks_ai", "accounts/mine/models/x", "accounts/mine/models/x"),
            (
                "gemini",
                "models/gemini-2.0-flash-001",
                "models/gemini-2.0-flash-001 gemini-2.0-flash-001 gemini-2.0-flash gemini-2.0-flash-001",
            ),
            ("vertex_ai", "claude-x@20251101", "claude-x@20251101 claude-x"),
            (
                "bedrock",
                "converse/us-east-1/eu.a.b-v1:0:51k",
                "converse/us-east-1/eu.a.b-v1:0:51k us-east-1/eu.a.b-v1:0:51k eu.a.b-v1:0:51k a.b-v1:0:51k a.b-v1:0",
            ),
            ("bedrock", "anthropic.claude-v2:1", "anthropic.claude-v2:1"),
            (
                "bedrock",
                "arn:aws:bedrock:us-east-1:1:inference-profile/us.a.b",
                "arn:aws:bedrock:us-east-1:1:inference-profile/us.a.b us.a.b a.b",
            ),
        ] {
            assert_eq!(candidates(prefix, model).join(" "), names, "{prefix}/{model}");
        }
    }
}
