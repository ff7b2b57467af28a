//! What is charged beside the tokens.

use super::situation::Situation;
use super::table::number;
use crate::hosted_tools::HostedTools;
use crate::usage::Usage;

/// What Groq charges for a page that its browser opens, in USD (<https://groq.com/pricing>).
const OPENED_PAGE: f64 = 0.001;

/// Counts of web searches: LiteLLM's name, Anthropic's, xAI's and Perplexity's.
const SEARCHES: [&str; 4] = [
    "prompt_tokens_details.web_search_requests",
    "server_tool_use.web_search_requests",
    "server_side_tool_usage_details.web_search_calls",
    "num_search_queries",
];
const MAPS: &str = "prompt_tokens_details.google_maps_grounding_requests";

/// Counts of tools that ran at the service, or parts of their names.
const TOOLS: [&str; 6] = [
    "search",
    "sources",
    "server_tool_use.",
    "server_side_tool",
    "grounding",
    "tool_usage.",
];
/// Those that are free.
const FREE: [&str; 3] = ["web_fetch_requests", "tool_search_requests", "mcp_calls"];

/// Fees in USD for a thousand, and factors of the prices of tokens.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Fees {
    /// For a web search with a small, a medium and a large context.
    search: Option<[f64; 3]>,
    /// For a question to Google Maps.
    maps: Option<f64>,
    /// Whether all searches for an answer cost as much as one.
    is_by_answer: bool,
    /// Whether the context of a search is small unless the request says otherwise.
    is_low_by_default: bool,
    /// For the request itself.
    request: f64,
    /// By the place where a request is processed, or its speed.
    factors: Vec<(String, f64)>,
}

impl Fees {
    /// Takes a cell; `None` if it is another one or wrong.
    pub(super) fn add(&mut self, name: &str, value: &str) -> Option<()> {
        match name {
            "search" => {
                let sizes: Option<Vec<_>> = value.split(',').map(number).collect();
                self.search = match sizes?.as_slice() {
                    [any] => Some([*any; 3]),
                    [low, medium, high] => Some([*low, *medium, *high]),
                    _ => return None,
                };
            }
            "maps" => self.maps = Some(number(value)?),
            "request" => self.request = number(value)?,
            "by" if value == "answer" => self.is_by_answer = true,
            "by" if value == "low" => self.is_low_by_default = true,
            "times" => {
                for factor in value.split(',') {
                    let (name, factor) = factor.split_once(':')?;
                    self.factors.push((name.to_owned(), number(factor)?));
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// The fees of an answer in USD; `None` if one is not known.
    pub(super) fn of(&self, usage: &Usage, tools: &HostedTools, situation: &Situation<'_>) -> Option<f64> {
        let mut counted = SEARCHES.iter().map(|name| usage.count(name));
        let counted = counted.find(|count| *count > 0.0);
        let is_other = |(name, count): (&String, &f64)| {
            let is_known = SEARCHES.contains(&name.as_str()) || name == MAPS;
            let is_free = FREE.iter().any(|end| name.ends_with(end));
            *count > 0.0 && !is_known && !is_free && TOOLS.iter().any(|part| name.contains(part))
        };
        let opened = usage.count("server_tool_use.browser_open_requests");
        let others = usage
            .counts
            .iter()
            .filter(|(name, _)| !name.ends_with("browser_open_requests"));
        if tools.has_others || { others }.any(is_other) {
            return None;
        }
        let executed = f64::from(tools.searches);
        let cited = if tools.has_citations { 1.0 } else { 0.0 };
        let searches = counted.unwrap_or_else(|| executed.max(cited));
        let [low, medium, high] = self.search.map_or([None; 3], |sizes| sizes.map(Some));
        let search = match situation.search_size {
            Some("low") => low,
            Some("high") => high,
            None if self.is_low_by_default => low,
            _ => medium,
        };
        let opened = opened.max(f64::from(tools.opened_pages));
        let thousands =
            self.charge(searches, search)? + self.charge(usage.count(MAPS), self.maps)? + self.request;
        Some(thousands / 1000.0 + opened * OPENED_PAGE)
    }

    fn charge(&self, count: f64, price: Option<f64>) -> Option<f64> {
        if count == 0.0 {
            return Some(0.0);
        }
        let charged = if self.is_by_answer { 1.0 } else { count };
        Some(charged * price?)
    }

    /// The factor of all prices of tokens.
    pub(super) fn factor(&self, usage: &Usage, situation: &Situation<'_>) -> f64 {
        let label = |name: &str| usage.labels.get(name).map(String::as_str);
        let applies = |name: &str| {
            situation.place == Some(name)
                || label("inference_geo").is_some_and(|place| place.eq_ignore_ascii_case(name))
                || label("speed") == Some(name)
        };
        let factors = self.factors.iter().filter(|(name, _)| applies(name));
        factors.map(|(_, factor)| factor).product()
    }
}
