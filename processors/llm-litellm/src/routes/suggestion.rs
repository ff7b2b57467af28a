//! Suggests the provider that somebody may have meant.

/// Longer names are not compared.
const LONGEST: usize = 32;

/// Names of services and their makers, and the prefixes that lead to them.
#[rustfmt::skip]
const OTHER_NAMES: &[(&str, &str)] = &[
    ("claude", "anthropic"), ("google", "gemini"), ("google_ai_studio", "gemini"), ("vertex", "vertex_ai"), ("aws", "bedrock"),
    ("amazon", "bedrock"), ("azure_openai", "azure"), ("gpt", "openai"), ("grok", "xai"), ("x_ai", "xai"), ("vllm", "hosted_vllm"),
    ("kimi", "moonshot"), ("moonshotai", "moonshot"), ("qwen", "dashscope"), ("alibaba", "dashscope"), ("z_ai", "zai"),
    ("zhipu", "zai"), ("nvidia", "nvidia_nim"), ("mistralai", "mistral"), ("lmstudio", "lm_studio"), ("litellm", "litellm_proxy"),
    ("sonar", "perplexity"), ("doubao", "volcengine"), ("vercel", "vercel_ai_gateway"), ("llama_api", "meta_llama"),
    ("azure_ai", "azure"), ("azure_text", "azure"), ("vertex_ai_beta", "vertex_ai"), ("bedrock_converse", "bedrock"),
    ("openai_like", "openai"), ("custom_openai", "openai"), ("anthropic_text", "anthropic"), ("open_router", "openrouter"),
];

/// The prefix that is meant, if the name is another one of the service, or similar enough to be a typo.
pub(super) fn closest<'a>(name: &str, prefixes: &[&'a str]) -> Option<&'a str> {
    let name = name.to_lowercase().replace(['-', '.', ' '], "_");
    if name.is_empty() || name.chars().count() > LONGEST {
        return None;
    }
    let other = OTHER_NAMES.iter().find(|(other, _)| *other == name);
    let meant = other.map(|(_, prefix)| *prefix);
    let known = |meant: &str| prefixes.iter().copied().find(|prefix| *prefix == meant);
    if let Some(prefix) = meant.and_then(known) {
        return Some(prefix);
    }
    // `together` for `together_ai`
    let is_part = |prefix: &&&str| {
        prefix
            .strip_prefix(&*name)
            .is_some_and(|rest| rest.starts_with('_') || rest.is_empty())
    };
    if let Some(prefix) = prefixes.iter().find(is_part) {
        return Some(prefix);
    }
    let limit = name.chars().count() / 4;
    let distances = prefixes.iter().map(|prefix| (distance(&name, prefix), *prefix));
    let (distance, prefix) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= limit.max(1)).then_some(prefix)
}

/// The Levenshtein distance.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (line, a) in one.chars().enumerate() {
        let mut before = line;
        let mut left = line + 1;
        let mut next = vec![left];
        for (b, above) in other.chars().zip(row.iter().skip(1)) {
            left = (before + usize::from(a != b)).min(left + 1).min(above + 1);
            before = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_names_and_typos_are_recognized() {
        let prefixes: Vec<_> = super::super::ROUTES.iter().map(|route| route.prefix).collect();
        for (name, expected) in [
            ("together", Some("together_ai")),
            ("Together-AI", Some("together_ai")),
            ("fireworks", Some("fireworks_ai")),
            ("Groq", Some("groq")),
            ("anthropc", Some("anthropic")),
            ("opnrouter", Some("openrouter")),
            ("claude", Some("anthropic")),
            ("x-ai", Some("xai")),
            ("vllm", Some("hosted_vllm")),
            ("cohere", None),
            ("my_company", None),
            ("", None),
        ] {
            assert_eq!(closest(name, &prefixes), expected, "{name}");
        }
        assert_eq!(closest(&"x".repeat(1000), &prefixes), None);
        assert_eq!(closest("grok", &["groq"]), Some("groq"), "xai is unknown here");
    }
}
