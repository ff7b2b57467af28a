//! The prices of a model: a line of the table, read.

use super::fees::Fees;
use super::off_peak::Hours;
use super::table::{FACTS, number};
use crate::tier::Tier;

/// What a price is of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Rate {
    Input,
    Output,
    Cached,
    Written,
    WrittenForHour,
    WrittenForHalfDay,
    Reasoning,
    Audio,
    AudioOut,
    CachedAudio,
    Image,
    ImageOut,
    CachedImage,
    Video,
    VideoOut,
    CachedExplicitly,
    Citation,
}

/// The rates of a block, in its order; the first four stand without a name too.
const BLOCK: [Rate; 7] = [
    Rate::Input,
    Rate::Output,
    Rate::Cached,
    Rate::Written,
    Rate::WrittenForHour,
    Rate::WrittenForHalfDay,
    Rate::Reasoning,
];
const POSITIONAL: usize = 4;

const NAMES: [(&str, Rate); 13] = [
    ("hour", Rate::WrittenForHour),
    ("half-day", Rate::WrittenForHalfDay),
    ("reasoning", Rate::Reasoning),
    ("audio", Rate::Audio),
    ("audio-out", Rate::AudioOut),
    ("audio-cached", Rate::CachedAudio),
    ("image", Rate::Image),
    ("image-out", Rate::ImageOut),
    ("image-cached", Rate::CachedImage),
    ("video", Rate::Video),
    ("video-out", Rate::VideoOut),
    ("cached-explicit", Rate::CachedExplicitly),
    ("citation", Rate::Citation),
];

/// A price and when it holds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Entry {
    rate: Rate,
    tier: Tier,
    /// The number of input tokens above which it holds.
    above: f64,
    /// USD for a million tokens.
    usd: f64,
}

/// The prices of a model.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Price {
    entries: Vec<Entry>,
    pub(super) fees: Fees,
    off_peak: Vec<Entry>,
    hours: Hours,
    /// The number of input tokens up to which they hold.
    pub(super) up_to: Option<f64>,
}

impl Price {
    /// Reads what follows the name in a line; `None` if that is not valid, or has no price of input and output.
    pub(crate) fn parse(cells: &str) -> Option<Self> {
        let mut price = Self::default();
        let mut factors = Vec::new();
        let mut position = 0;
        for cell in cells.split('\t').filter(|cell| !cell.starts_with(FACTS)) {
            if let Some((name, value)) = cell.split_once('=') {
                price.add_named(name, value, &mut factors)?;
                continue;
            }
            if !cell.is_empty() {
                price.add_positional(position, number(cell)?)?;
            }
            position += 1;
        }
        for (tier, above, factor) in factors {
            price.multiply(tier, above, factor);
        }
        price.find(Rate::Input, Tier::Standard, 0.0)?;
        price.find(Rate::Output, Tier::Standard, 0.0)?;
        Some(price)
    }

    /// Without the prices of some hours: what it costs at most.
    pub(crate) fn without_off_peak(mut self) -> Self {
        self.off_peak.clear();
        self
    }

    fn add_positional(&mut self, position: usize, number: f64) -> Option<()> {
        if position == POSITIONAL {
            self.up_to = Some(number);
            return Some(());
        }
        let rate = *BLOCK.get(..POSITIONAL)?.get(position)?;
        self.add(rate, Tier::Standard, 0.0, number);
        Some(())
    }

    fn add_named(&mut self, name: &str, value: &str, factors: &mut Vec<(Tier, f64, f64)>) -> Option<()> {
        match name {
            "off-peak" => self.off_peak = block(value, Tier::Standard, 0.0)?,
            "utc" => self.hours = Hours::parse(value)?,
            _ if self.fees.add(name, value).is_some() => {}
            _ => {
                let (name, above) = match name.split_once('>') {
                    Some((name, limit)) => (name, tokens(limit)?),
                    None => (name, 0.0),
                };
                let (rate, tier) = match name.split_once('.') {
                    Some((rate, tier)) => (rate, tier),
                    None if rate(name).is_some() => (name, ""),
                    None => ("", name),
                };
                let tier = tier_of(tier)?;
                if name.is_empty() && above == 0.0 {
                    return None;
                }
                if !rate.is_empty() {
                    self.add(self::rate(rate)?, tier, above, number(value)?);
                } else if let Some(factor) = value.strip_prefix('x') {
                    factors.push((tier, above, number(factor)?));
                } else {
                    self.entries.extend(block(value, tier, above)?);
                }
            }
        }
        Some(())
    }

    fn add(&mut self, rate: Rate, tier: Tier, above: f64, usd: f64) {
        self.entries.push(Entry {
            rate,
            tier,
            above,
            usd,
        });
    }

    /// A block as a factor of the prices without a condition.
    fn multiply(&mut self, tier: Tier, above: f64, factor: f64) {
        let plain = |rate: &Rate| Some((*rate, self.find(*rate, Tier::Standard, 0.0)?));
        let plain: Vec<_> = BLOCK.iter().filter_map(plain).collect();
        for (rate, usd) in plain {
            self.add(rate, tier, above, usd * factor);
        }
    }

    /// The price that stands in the line for exactly this.
    pub(super) fn find(&self, rate: Rate, tier: Tier, above: f64) -> Option<f64> {
        let mut entries = self.entries.iter();
        let entry = entries.find(|entry| (entry.rate, entry.tier, entry.above) == (rate, tier, above))?;
        Some(entry.usd)
    }

    /// Whether all prices are 0.
    pub(super) fn is_free(&self) -> bool {
        self.entries.iter().all(|entry| entry.usd == 0.0)
    }

    /// Whether the line has prices of a tier.
    pub(super) fn has_tier(&self, tier: Tier) -> bool {
        tier == Tier::Standard || self.entries.iter().any(|entry| entry.tier == tier)
    }

    /// The limits that a prompt exceeds, in ascending order.
    pub(super) fn exceeded(&self, prompt: f64) -> Vec<f64> {
        let above = self.entries.iter().map(|entry| entry.above);
        let mut limits: Vec<_> = above.filter(|above| (1.0..prompt).contains(above)).collect();
        limits.sort_by(f64::total_cmp);
        limits.dedup();
        limits
    }

    /// A price that holds at this time in place of all others.
    pub(super) fn off_peak(&self, rate: Rate, time: std::time::SystemTime) -> Option<f64> {
        let entry = self.off_peak.iter().find(|entry| entry.rate == rate)?;
        self.hours.contain(time).then_some(entry.usd)
    }
}

/// `0.5,2,,0.6`: prices in the order of a block, some of which may be missing.
fn block(text: &str, tier: Tier, above: f64) -> Option<Vec<Entry>> {
    let cells: Vec<_> = text.split(',').collect();
    if text.is_empty() || cells.len() > BLOCK.len() {
        return None;
    }
    let cells = BLOCK.iter().zip(cells).filter(|(_, cell)| !cell.is_empty());
    cells
        .map(|(rate, cell)| {
            Some(Entry {
                rate: *rate,
                tier,
                above,
                usd: number(cell)?,
            })
        })
        .collect()
}

fn rate(name: &str) -> Option<Rate> {
    NAMES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, rate)| *rate)
}

fn tier_of(name: &str) -> Option<Tier> {
    let tier = Tier::from_name(name);
    let is_named = name.is_empty() == (tier == Tier::Standard);
    (is_named && tier != Tier::Unknown).then_some(tier)
}

/// `272k` or `199999`.
fn tokens(text: &str) -> Option<f64> {
    let (digits, unit) = text
        .strip_suffix('k')
        .map_or((text, 1.0), |digits| (digits, 1000.0));
    Some(number(digits)? * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_hold_prices() {
        let price =
            Price::parse("2\t8\t\t2.5\thour=4\tpriority=x2\tflex>200k=1,,0.1\taudio.flex>200k=3\t:sv8k")
                .unwrap();
        for (rate, tier, above, expected) in [
            (Rate::Input, Tier::Standard, 0.0, Some(2.0)),
            (Rate::Cached, Tier::Standard, 0.0, None),
            (Rate::Written, Tier::Standard, 0.0, Some(2.5)),
            (Rate::WrittenForHour, Tier::Priority, 0.0, Some(8.0)),
            (Rate::Cached, Tier::Priority, 0.0, None),
            (Rate::Input, Tier::Flex, 200_000.0, Some(1.0)),
            (Rate::Output, Tier::Flex, 200_000.0, None),
            (Rate::Cached, Tier::Flex, 200_000.0, Some(0.1)),
            (Rate::Audio, Tier::Flex, 200_000.0, Some(3.0)),
            (Rate::Audio, Tier::Flex, 0.0, None),
        ] {
            assert_eq!(
                price.find(rate, tier, above),
                expected,
                "{rate:?} {tier:?} {above}"
            );
        }
        assert!(price.has_tier(Tier::Flex) && !price.has_tier(Tier::Ultrafast));
        assert_eq!(price.exceeded(200_001.0), [200_000.0]);
        assert!(price.exceeded(200_000.0).is_empty());
        assert_eq!(Price::parse("1\t2\t\t\t5").unwrap().up_to, Some(5.0));
    }

    #[test]
    fn wrong_lines_are_refused() {
        for cells in [
            "",
            "1",
            "1\t",
            "1\tx",
            "1\t-2",
            "1\tNaN",
            "1 2",
            ":s8k",
            "flex=1,2",
            "1\t2\t3\t4\t5\t6",
            "1\t2\tflax=3",
            "1\t2\tflex=",
            "1\t2\tflex=x",
            "1\t2\tflex=1,2,3,4,5,6,7,8",
            "1\t2\t>k=3",
            "1\t2\taudio.fast=3,4",
            "1\t2\tsearch=x",
            "1\t2\tutc=1",
            "1\t2\t=3",
            "1\t2\tdefault=3",
            "1\t2\tbatch=3",
        ] {
            // `fast` is another name of a tier, a list is not a price
            assert_eq!(Price::parse(cells), None, "{cells:?}");
        }
    }
}
