//! What becomes of each parameter at each service, as a table.
//!
//! `parameters/rebuild` makes `parameters/parameters.tsv`, which is a part of the binary, from LiteLLM's own facts and from
//! corrections. A line has, separated by tabs: routes, or `*` for all, `responses` for the Responses API, `compatible` for the
//! compatible layers of services with an API of their own; patterns of models, both separated by commas; rules,
//! separated by spaces. Later lines replace what earlier ones say of the same name. A pattern is `*`, the name of a model, the beginning of
//! names (`gpt-5*`) or a part of them (`~gpt-5`), where neither goes on with a letter or a digit. A rule is a parameter's name and:
//!
//! | sign | what becomes of it |
//! |---|---|
//! | `+` | it is sent |
//! | `-` | it is not known |
//! | `%` | it is not known whether it is known: it is sent unless the caller drops what is not |
//! | `~` | it changes nothing and is left out |
//! | `?` | it is left out if it is empty |
//! | `/b` | it is left out unless there is a `b` |
//! | `^b` | it is refused unless there is a `b` |
//! | `>b` | its name is `b` |
//! | `=x|y` | no other value is taken; with `?` at the end any is if `reasoning_effort` is `none` |
//! | `!x|y` | these values are not taken |
//! | `:x|y>z` | these values become `z`; if that is empty, they are left out; `b=JSON` is another parameter |
//! | `&b=JSON` | `b` is added |
//! | `<b` | it is left out beside a `b` that has an effect |
//! | `@JSON` | it becomes this tool |
//!
//! `.effort=none` says that a model does not reason unless it is asked to, `.schema-` that it takes no JSON schema. `a.b-` is for the member `b` of the parameter `a`;
//! names with `messages.` before them are described in [`messages`](super::messages), those with `tools.` in
//! [`tools`](super::tools).

const TABLE: &str = include_str!("../../parameters/parameters.tsv");

/// Begins the name of a model that is asked in the Responses API.
const RESPONSES: &str = "responses/";

/// What becomes of a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rule {
    Sent,
    Unknown,
    Unsure,
    Needless,
    NotEmpty,
    OnlyWith(&'static str),
    RefusedWithout(&'static str),
    NotBeside(&'static str),
    Renamed(&'static str),
    OneOf {
        values: &'static str,
        is_free_without_reasoning: bool,
    },
    NoneOf(&'static str),
    Replaced {
        values: &'static str,
        by: &'static str,
    },
    /// JSON that is added under this name.
    Adds(&'static str, &'static str),
    /// JSON of a tool.
    Tool(&'static str),
}

/// A rule, and the parameter that it is for.
#[derive(Debug, PartialEq)]
pub(crate) struct NamedRule {
    pub(crate) name: &'static str,
    pub(crate) rule: Rule,
    /// Whether it is for some models of the service alone.
    pub(crate) is_for_some_models: bool,
}

/// The parameters that a model judges alike in the Responses API and in chat completions; `.effort` is no parameter.
const OF_MODELS: [&str; 8] = [
    ".effort",
    "logprobs",
    "parallel_tool_calls",
    "reasoning_effort",
    "response_format",
    "temperature",
    "top_logprobs",
    "top_p",
];

/// The members of a parameter that a service judges alike in the Responses API.
const OF_SERVICES: &str = "web_search_options.";

/// The rules for a model.
#[derive(Debug, Default)]
pub(crate) struct Rules(Vec<NamedRule>);

impl Rules {
    /// The rules for a model of a route, by its name at the service.
    pub(crate) fn find(prefix: &str, model: &str) -> Self {
        Self::read(TABLE, prefix, model.strip_prefix(RESPONSES).unwrap_or(model))
    }

    /// The rules for a model of a route that is asked in the Responses API.
    pub(crate) fn find_for_responses(prefix: &str, model: &str) -> Self {
        let Self(mut rules) = Self::find("responses", model);
        let Self(mut of_model) = Self::find(prefix, model);
        of_model.retain(|rule| {
            rule.is_for_some_models && OF_MODELS.contains(&rule.name) || rule.name.starts_with(OF_SERVICES)
        });
        rules.retain(|known| of_model.iter().all(|rule| rule.name != known.name));
        rules.append(&mut of_model);
        Self(rules)
    }

    fn read(table: &'static str, prefix: &str, model: &str) -> Self {
        let mut rules: Vec<NamedRule> = Vec::new();
        for line in table.lines() {
            let mut cells = line.split('\t');
            let (Some(routes), Some(patterns), Some(line)) = (cells.next(), cells.next(), cells.next())
            else {
                continue;
            };
            let is_for_model = routes.split(',').any(|route| route == prefix || route == "*")
                && patterns.split(',').any(|pattern| is_match(pattern, model));
            if !is_for_model {
                continue;
            }
            let parsed: Vec<_> = line.split(' ').filter_map(parse).collect();
            rules.retain(|known| parsed.iter().all(|(name, _)| *name != known.name));
            rules.extend(parsed.into_iter().map(|(name, rule)| NamedRule {
                name,
                rule,
                is_for_some_models: patterns != "*",
            }));
        }
        Self(rules)
    }

    /// The rules for a parameter.
    pub(crate) fn of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a NamedRule> {
        self.0.iter().filter(move |rule| rule.name == name)
    }

    /// The rules whose names begin with these letters, without them.
    pub(crate) fn below(&self, prefix: &'static str) -> impl Iterator<Item = (&'static str, Rule)> {
        let rules = self.0.iter();
        rules.filter_map(move |rule| Some((rule.name.strip_prefix(prefix)?, rule.rule)))
    }
}

fn parse(token: &'static str) -> Option<(&'static str, Rule)> {
    let is_sign = |c: char| !(c.is_ascii_lowercase() || matches!(c, '_' | '.'));
    let (name, sign) = token.split_at(token.find(is_sign).unwrap_or(token.len()));
    let mut letters = sign.chars();
    let Some(first) = letters.next() else {
        return Some((name, Rule::Sent));
    };
    let rest = letters.as_str();
    let rule = match first {
        '+' => Rule::Sent,
        '-' => Rule::Unknown,
        '%' => Rule::Unsure,
        '~' => Rule::Needless,
        '?' => Rule::NotEmpty,
        '/' => Rule::OnlyWith(rest),
        '^' => Rule::RefusedWithout(rest),
        '<' => Rule::NotBeside(rest),
        '>' => Rule::Renamed(rest),
        '@' => Rule::Tool(rest),
        '=' => Rule::OneOf {
            values: rest.trim_end_matches('?'),
            is_free_without_reasoning: rest.ends_with('?'),
        },
        '!' => Rule::NoneOf(rest),
        ':' => {
            let (values, by) = rest.split_once('>')?;
            Rule::Replaced { values, by }
        }
        '&' => {
            let (name, json) = rest.split_once('=')?;
            Rule::Adds(name, json)
        }
        _ => return None,
    };
    Some((name, rule))
}

fn is_match(pattern: &str, model: &str) -> bool {
    let is_inside = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    if let Some(part) = pattern.strip_prefix('~') {
        return model.match_indices(part).any(|(start, found)| {
            let (before, rest) = model.split_at(start);
            let after = rest.strip_prefix(found).unwrap_or_default();
            !is_inside(before.chars().next_back()) && !is_inside(after.chars().next())
        });
    }
    match pattern.strip_suffix('*') {
        Some("") => true,
        Some(beginning) => model
            .strip_prefix(beginning)
            .is_some_and(|rest| !is_inside(rest.chars().next())),
        None => pattern == model,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::ROUTES;

    fn rules(name: &str, prefix: &str, model: &str) -> Vec<Rule> {
        let rules = Rules::find(prefix, model);
        rules.of(name).map(|named| named.rule).collect()
    }

    #[test]
    fn patterns_end_with_a_word() {
        for (pattern, models, others) in [
            ("*", "a gpt-5 x/y", ""),
            ("gpt-5*", "gpt-5 gpt-5.1 gpt-5-mini", "gpt-50 my-gpt-5 gpt"),
            ("~gpt-5", "gpt-5 us/gpt-5.1 my-gpt-5-dep", "gpt-50 mygpt-5"),
            ("o3", "o3", "o3-mini"),
        ] {
            for model in models.split_whitespace() {
                assert!(is_match(pattern, model), "{pattern} {model}");
            }
            for model in others.split_whitespace() {
                assert!(!is_match(pattern, model), "{pattern} {model}");
            }
        }
    }

    #[test]
    fn each_token_of_the_table_is_a_rule() {
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let cells: Vec<_> = line.split('\t').collect();
            let [routes, patterns, tokens] = cells.as_slice() else {
                panic!("{line}")
            };
            for prefix in routes.split(',') {
                let is_known = ROUTES.iter().any(|route| route.prefix == prefix);
                let is_other = matches!(prefix, "*" | "compatible" | "responses");
                assert!(is_known || is_other, "{line}");
            }
            assert!(!patterns.is_empty(), "{line}");
            for token in tokens.split(' ') {
                let (name, rule) = parse(token).unwrap_or_else(|| panic!("{token}"));
                assert!(!name.is_empty(), "{token}");
                let json = match rule {
                    Rule::Adds(_, json) | Rule::Tool(json) => json,
                    Rule::Replaced { by, .. } => by.split_once('=').map_or("0", |(_, json)| json),
                    _ => "0",
                };
                serde_json::from_str::<serde_json::Value>(json).unwrap();
            }
        }
    }

    /// A route without a line of its own takes what most services take.
    #[test]
    fn the_table_is_made_for_every_route() {
        let routes: Vec<_> = TABLE.lines().nth(1).unwrap().split(' ').collect();
        for route in ROUTES {
            assert!(
                routes.contains(&route.prefix),
                "parameters/rebuild lacks {}",
                route.prefix
            );
        }
    }

    #[test]
    fn later_lines_replace_earlier_ones() {
        const TABLE: &str = "*\t*\ta- b-\nw,x\t*\tb>c\nx\tm*\ta+\ny\t*\ta?";
        let rules = |prefix, model| Rules::read(TABLE, prefix, model).0;
        let named = |name, rule, is_for_some_models| NamedRule {
            name,
            rule,
            is_for_some_models,
        };
        assert_eq!(
            rules("x", "m-1"),
            [
                named("b", Rule::Renamed("c"), false),
                named("a", Rule::Sent, true)
            ]
        );
        assert_eq!(
            rules("x", "n"),
            [
                named("a", Rule::Unknown, false),
                named("b", Rule::Renamed("c"), false)
            ]
        );
    }

    #[test]
    fn models_keep_their_rules_in_the_responses_api() {
        let only_one = Rule::OneOf {
            values: "1",
            is_free_without_reasoning: false,
        };
        for (name, prefix, model, expected) in [
            ("temperature", "openai", "o1-pro", vec![only_one]),
            ("temperature", "openai", "responses/gpt-4.1", vec![]),
            (
                "reasoning_effort",
                "openai",
                "responses/gpt-4.1",
                vec![Rule::Unknown],
            ),
            ("top_p", "openai", "gpt-5-codex", vec![Rule::Unknown]),
            // the API has its own names for them
            ("max_tokens", "openai", "o1-pro", vec![]),
            ("web_search_options", "openai", "gpt-5-codex", vec![]),
            ("metadata", "openai", "o1-pro", vec![Rule::Sent]),
            ("seed", "openai", "o1-pro", vec![Rule::Unknown]),
        ] {
            let rules = Rules::find_for_responses(prefix, model);
            let rules: Vec<_> = rules.of(name).map(|named| named.rule).collect();
            assert_eq!(rules, expected, "{prefix}/{model} {name}");
        }
    }

    #[test]
    fn models_have_the_rules_of_their_families() {
        let only_one = Rule::OneOf {
            values: "1",
            is_free_without_reasoning: false,
        };
        for (name, prefix, model, expected) in [
            ("seed", "anthropic", "claude-x", vec![Rule::Unknown]),
            ("seed", "openai", "gpt-4o", vec![]),
            ("seed", "mistral", "m", vec![Rule::Renamed("random_seed")]),
            ("temperature", "openai", "o3-mini", vec![only_one]),
            ("temperature", "openai", "responses/o3-mini", vec![only_one]),
            ("temperature", "azure", "my-o3-deployment", vec![only_one]),
            ("temperature", "azure", "demo3", vec![]),
            (
                "max_tokens",
                "openai",
                "gpt-5.1",
                vec![Rule::Renamed("max_completion_tokens")],
            ),
        ] {
            assert_eq!(rules(name, prefix, model), expected, "{prefix}/{model} {name}");
        }
    }
}
