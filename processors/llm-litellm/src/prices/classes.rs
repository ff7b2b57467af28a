//! The classes by size in which LiteLLM has prices for models that have none of their own.

/// LiteLLM's names of Together's classes, by the billions of parameters up to which each goes.
const TOGETHER: [(f64, &str); 6] = [
    (4.0, "together-ai-up-to-4b"),
    (8.0, "together-ai-4.1b-8b"),
    (21.0, "together-ai-8.1b-21b"),
    (41.0, "together-ai-21.1b-41b"),
    (80.0, "together-ai-41.1b-80b"),
    (110.0, "together-ai-81.1b-110b"),
];
/// The same of Fireworks.
const FIREWORKS: [(f64, &str); 3] = [
    (4.0, "fireworks-ai-up-to-4b"),
    (16.0, "fireworks-ai-4.1b-to-16b"),
    (f64::INFINITY, "fireworks-ai-above-16b"),
];
/// Of Fireworks' mixtures of experts, such as `8x7b`.
const MIXTURES: [(f64, &str); 2] = [
    (56.0, "fireworks-ai-moe-up-to-56b"),
    (176.0, "fireworks-ai-56b-to-176b"),
];

/// The class of a model at a service, by the size in its name.
pub(super) fn class(prefix: &str, model: &str) -> Option<&'static str> {
    let name = model.to_ascii_lowercase();
    match prefix {
        "together_ai" => up_to(&TOGETHER, sizes(&name).next()?.1.parse().ok()?),
        "fireworks_ai" => {
            let mut mixtures = sizes(&name).filter_map(|(before, size)| {
                let count = digits(before.strip_suffix('x')?);
                Some(count.parse::<f64>().ok()? * size.parse::<f64>().ok()?)
            });
            let mixture = mixtures.next().and_then(|size| up_to(&MIXTURES, size));
            mixture.or_else(|| up_to(&FIREWORKS, decimal(sizes(&name).next()?)?))
        }
        _ => None,
    }
}

fn up_to(classes: &[(f64, &'static str)], size: f64) -> Option<&'static str> {
    let class = classes.iter().find(|(most, _)| size <= *most);
    class.map(|(_, name)| *name)
}

/// The numbers with a `b` after them, and what is before each.
fn sizes(name: &str) -> impl Iterator<Item = (&str, &str)> {
    let ends = name.match_indices('b').map(|(end, _)| end);
    ends.filter_map(|end| {
        let (before, _) = name.split_at(end);
        let size = digits(before);
        let before = before.strip_suffix(size)?;
        (!size.is_empty()).then_some((before, size))
    })
}

/// The digits at the end.
fn digits(text: &str) -> &str {
    let before = text.trim_end_matches(|c: char| c.is_ascii_digit());
    text.strip_prefix(before).unwrap_or_default()
}

/// Fireworks writes 1.5 as `1p5`.
fn decimal((before, size): (&str, &str)) -> Option<f64> {
    let whole = before.strip_suffix('p').map(digits).unwrap_or_default();
    if whole.is_empty() {
        size.parse().ok()
    } else {
        format!("{whole}.{size}").parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_sizes() {
        for (prefix, model, expected) in [
            (
                "together_ai",
                "togethercomputer/CodeLlama-34b-Instruct",
                Some("together-ai-21.1b-41b"),
            ),
            ("together_ai", "a/Qwen-7B-turbo", Some("together-ai-4.1b-8b")),
            ("together_ai", "a/big-blob-72b", Some("together-ai-41.1b-80b")),
            ("together_ai", "a/x-405b", None),
            ("together_ai", "a/nameless", None),
            ("fireworks_ai", "x-7b", Some("fireworks-ai-4.1b-to-16b")),
            ("fireworks_ai", "qwen-1p5b", Some("fireworks-ai-up-to-4b")),
            ("fireworks_ai", "llama-v3p1-70b", Some("fireworks-ai-above-16b")),
            ("fireworks_ai", "mixtral-8x7b", Some("fireworks-ai-moe-up-to-56b")),
            ("fireworks_ai", "mixtral-8x22b", Some("fireworks-ai-56b-to-176b")),
            ("fireworks_ai", "mixtral-16x22b", Some("fireworks-ai-above-16b")),
            ("fireworks_ai", "accounts/mine/models/x", None),
            ("deepinfra", "x-7b", None),
        ] {
            assert_eq!(class(prefix, model), expected, "{prefix}/{model}");
        }
    }
}
