//! The tokens of an answer by the price that they have.

use crate::usage::Usage;

const INPUT: &str = "prompt_tokens_details";
const OUTPUT: &str = "completion_tokens_details";

/// Names of counts that are charged in a way of their own, or parts of such names.
const OTHER_PRICES: [&str; 5] = [
    "seconds",
    "minutes",
    "image_count",
    "character_count",
    "query_count",
];

/// Ends of the names of counts. One that is a text says nothing about how many there are.
const COUNTS: [&str; 2] = ["_tokens", "_requests"];

/// Tokens by kind; no token is counted twice.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Tokens {
    /// All of the input, on which the limits of long prompts depend.
    pub(super) prompt: f64,
    pub(super) input: f64,
    pub(super) audio: f64,
    pub(super) image: f64,
    pub(super) video: f64,
    pub(super) cached: f64,
    pub(super) cached_audio: f64,
    pub(super) cached_image: f64,
    /// Cached input written for five minutes or half an hour, for an hour, and for half a day.
    pub(super) written: f64,
    pub(super) written_for_hour: f64,
    pub(super) written_for_half_day: f64,
    pub(super) output: f64,
    pub(super) reasoning: f64,
    pub(super) audio_out: f64,
    pub(super) image_out: f64,
    pub(super) video_out: f64,
    /// Perplexity's, beside those of the input.
    pub(super) citation: f64,
}

impl Tokens {
    /// Reads a usage in the form of OpenAI, with the names that Anthropic, DeepSeek, Moonshot and others add; `None` if its
    /// numbers contradict each other, or if some are charged in another way.
    ///
    /// <https://platform.openai.com/docs/api-reference/chat/object#chat-object-usage>,
    /// <https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching#tracking-cache-performance>,
    /// <https://api-docs.deepseek.com/api/create-chat-completion>
    pub(super) fn parse(usage: &Usage) -> Option<Self> {
        let is_other = |(name, count): (&String, &f64)| {
            *count < 0.0 || *count > 0.0 && OTHER_PRICES.iter().any(|part| name.contains(part))
        };
        let is_count = |name: &String| COUNTS.iter().any(|end| name.ends_with(end));
        if usage.counts.iter().any(is_other) || usage.labels.keys().any(is_count) {
            return None;
        }
        let mut tokens = Self {
            citation: usage.count("citation_tokens"),
            ..Self::default()
        };
        tokens.add_input(usage)?;
        tokens.add_output(usage)?;
        Some(tokens)
    }

    fn add_input(&mut self, usage: &Usage) -> Option<()> {
        let detail = |name: &str| usage.count(&format!("{INPUT}.{name}"));
        let of_cached = |name: &str| detail(&format!("cached_tokens_details.{name}"));
        self.prompt = usage.counts.get("prompt_tokens").copied()?;
        let cached = largest([
            detail("cached_tokens"),
            usage.count("prompt_cache_hit_tokens"),
            usage.count("cache_read_input_tokens"),
            usage.count("cached_tokens"),
        ]);
        let written = largest([
            detail("cache_write_tokens"),
            detail("cache_creation_tokens"),
            detail("cache_creation_input_tokens"),
            usage.count("cache_creation_input_tokens"),
        ]);
        let rest = not_negative(self.prompt - cached - written)?;
        // whether the kinds of tokens include the cached ones depends on the service; none is charged twice
        self.cached_audio = of_cached("audio_tokens").min(cached);
        self.cached_image = of_cached("image_tokens").min(cached - self.cached_audio);
        self.cached = cached - self.cached_audio - self.cached_image;
        self.audio = (detail("audio_tokens") - self.cached_audio).max(0.0).min(rest);
        self.image = (detail("image_tokens") - self.cached_image)
            .max(0.0)
            .min(rest - self.audio);
        self.video = detail("video_tokens").min(rest - self.audio - self.image);
        self.input = rest - self.audio - self.image - self.video;
        let life = |name: &str| {
            let name = format!("ephemeral_{name}_input_tokens");
            let inside = detail(&format!("cache_creation_token_details.{name}"));
            inside.max(usage.count(&format!("cache_creation.{name}")))
        };
        self.written_for_hour = life("1h");
        self.written_for_half_day = life("12h");
        self.written = not_negative(written - self.written_for_hour - self.written_for_half_day)?;
        Some(())
    }

    /// Some services count reasoning only in the total.
    fn add_output(&mut self, usage: &Usage) -> Option<()> {
        let detail = |name: &str| usage.count(&format!("{OUTPUT}.{name}"));
        let completion = usage.counts.get("completion_tokens").copied()?;
        let total = usage.counts.get("total_tokens").copied();
        let extra = total.map_or(0.0, |total| total - self.prompt - completion);
        self.reasoning = detail("reasoning_tokens").max(usage.count("reasoning_tokens"));
        if extra != 0.0 && extra != self.reasoning {
            return None;
        }
        self.audio_out = detail("audio_tokens");
        self.image_out = detail("image_tokens");
        self.video_out = detail("video_tokens");
        let others = self.reasoning + self.audio_out + self.image_out + self.video_out;
        self.output = not_negative(completion + extra - others)?;
        Some(())
    }
}

fn largest<const N: usize>(counts: [f64; N]) -> f64 {
    counts.into_iter().fold(0.0, f64::max)
}

fn not_negative(count: f64) -> Option<f64> {
    (count >= 0.0).then_some(count)
}
