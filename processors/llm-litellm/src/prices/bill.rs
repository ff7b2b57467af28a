//! The cost of an answer by the prices of its model.

use super::price::{Price, Rate};
use super::situation::Situation;
use super::tokens::Tokens;
use crate::hosted_tools::HostedTools;
use crate::tier::Tier;
use crate::usage::{Usage, positive};

/// The prices that hold in a situation, for a prompt of this length.
struct Rates<'a> {
    price: &'a Price,
    situation: &'a Situation<'a>,
    exceeded: Vec<f64>,
}

impl Price {
    /// The cost of an answer in USD, rounded to 12 decimal places; `None` if the table does not determine it. It is 0 only for a
    /// free model.
    ///
    /// It is what LiteLLM's `completion_cost` makes of the same row, except that LiteLLM takes an unknown fee for none, and the
    /// list price for a tier without prices.
    pub(crate) fn cost(&self, usage: &Usage, tools: &HostedTools, situation: &Situation<'_>) -> Option<f64> {
        let tokens = Tokens::parse(usage)?;
        if self.up_to.is_some_and(|limit| tokens.prompt > limit) || !self.has_tier(situation.tier) {
            return None;
        }
        let rates = Rates {
            price: self,
            situation,
            exceeded: self.exceeded(tokens.prompt),
        };
        let is_explicit = usage.labels.get("prompt_tokens_details.cache_type");
        let is_explicit = is_explicit.is_some_and(|label| label == "ephemeral");
        let micros = rates.charge(&tokens, is_explicit)? * self.fees.factor(usage, situation);
        let usd = micros / 1e6 + self.fees.of(usage, tools, situation)?;
        let usd = (usd * 1e12).round() / 1e12;
        positive(usd).or_else(|| (self.is_free() && tokens.prompt > 0.0).then_some(0.0))
    }
}

impl Rates<'_> {
    /// Millionths of a USD.
    fn charge(&self, tokens: &Tokens, is_explicit: bool) -> Option<f64> {
        let input = self.find(Rate::Input)?;
        let output = self.find(Rate::Output)?;
        let cached = self.find(Rate::Cached).unwrap_or(input);
        let explicit = is_explicit.then(|| self.find(Rate::CachedExplicitly)).flatten();
        let cached = explicit.unwrap_or(cached);
        let written = self.find(Rate::Written).unwrap_or(input);
        let or = |rate: Rate, other: f64| self.find(rate).unwrap_or(other);
        let citation = if tokens.citation > 0.0 {
            self.find(Rate::Citation)?
        } else {
            0.0
        };
        let charges = [
            (tokens.input, input),
            (tokens.audio, or(Rate::Audio, input)),
            (tokens.image, or(Rate::Image, input)),
            (tokens.video, or(Rate::Video, input)),
            (tokens.cached, cached),
            (tokens.cached_audio, or(Rate::CachedAudio, cached)),
            (tokens.cached_image, or(Rate::CachedImage, cached)),
            (tokens.written, written),
            (tokens.written_for_hour, or(Rate::WrittenForHour, written)),
            (tokens.written_for_half_day, or(Rate::WrittenForHalfDay, written)),
            (tokens.output, output),
            (tokens.reasoning, self.reasoning().unwrap_or(output)),
            (tokens.audio_out, or(Rate::AudioOut, output)),
            (tokens.image_out, or(Rate::ImageOut, output)),
            (tokens.video_out, or(Rate::VideoOut, output)),
            (tokens.citation, citation),
        ];
        Some(charges.iter().map(|(count, usd)| count * usd).sum())
    }

    /// The price off-peak, else of the tier, else the list price; that of the highest limit that the prompt exceeds, if there is
    /// one.
    fn find(&self, rate: Rate) -> Option<f64> {
        let tier = self.situation.tier;
        if let Some(usd) = self.price.off_peak(rate, self.situation.time) {
            return Some(usd);
        }
        let at = |above: f64| {
            let of_tier = self.price.find(rate, tier, above);
            of_tier.or_else(|| self.price.find(rate, Tier::Standard, above))
        };
        let mut limits = self.exceeded.iter().rev();
        limits.find_map(|limit| at(*limit)).or_else(|| at(0.0))
    }

    /// The price of reasoning, if it has one: a tier with a price of output charges reasoning like it.
    fn reasoning(&self) -> Option<f64> {
        let tier = self.situation.tier;
        let is_charged_as_output = tier != Tier::Standard
            && self.price.find(Rate::Output, tier, 0.0).is_some()
            && self.price.find(Rate::Reasoning, tier, 0.0).is_none();
        if is_charged_as_output {
            return None;
        }
        self.find(Rate::Reasoning)
    }
}
