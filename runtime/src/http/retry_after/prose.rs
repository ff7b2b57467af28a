//! A pause in a message for people: "Please try again in 2.5s."

use std::time::{Duration, SystemTime};

use super::time::{duration, number, seconds, until_date};

/// Words that a pause may follow.
const TRY_AGAIN: &[&str] = &["again", "retry", "retrying", "wait", "waiting"];
/// Words that a pause may follow if a limit was reached; otherwise they mean something else: "timed out after 60 seconds".
const LIMIT_ENDS: &[&str] = &["reset", "resets", "available", "until", "after"];

/// Words that may stand between those and the time.
#[rustfmt::skip]
const BETWEEN: &[&str] = &[
    "in", "after", "at", "for", "until", "about", "approximately", "approx", "around", "roughly",
    "least", "another", "the", "next", "time", "is", "be", "on", "and", "try", "again", "retry",
];

/// The first pause in a message, with its unit.
pub(super) fn pause(message: &str, is_limit: bool, now: SystemTime) -> Option<Duration> {
    let message = message.to_ascii_lowercase();
    let after = |words: &[&str]| {
        let mut found: Vec<(usize, Duration)> = words
            .iter()
            .flat_map(|word| message.match_indices(word))
            .filter_map(|(at, word)| {
                let is_whole = !message.get(..at)?.ends_with(char::is_alphanumeric);
                let rest = message.get(at + word.len()..).filter(|_| is_whole)?;
                Some((at, time(rest, *word == *"retry", now)?))
            })
            .collect();
        found.sort_unstable();
        Some(found.first()?.1)
    };
    after(TRY_AGAIN).or_else(|| after(LIMIT_ENDS).filter(|_| is_limit))
}

/// The time at the start of a text, after words of [`BETWEEN`] only. After "retry after" it may have no unit.
fn time(mut text: &str, is_retry: bool, now: SystemTime) -> Option<Duration> {
    let mut may_be_bare = false;
    loop {
        text = text.trim_start_matches(|c: char| !c.is_alphanumeric() && !matches!(c, ';' | '!' | '?'));
        if let Some(article) = ["a ", "an ", "one "]
            .iter()
            .find_map(|one| text.strip_prefix(one))
        {
            return Some(duration(&format!("1 {article}"))?.0);
        }
        if let Some((duration, _)) = duration(text) {
            return Some(duration);
        }
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            let token = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ')' | ']' | '"' | '\''));
            let token = token.map(|token| token.trim_end_matches('.')).next()?;
            let bare = || match number(token)? {
                (number, "") if may_be_bare => Some(seconds(number)),
                _ => None,
            };
            return until_date(token, now).or_else(bare);
        }
        let end = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        if !BETWEEN.contains(&word) {
            return None;
        }
        may_be_bare |= is_retry && word == "after";
        text = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_seconds(message: &str, is_limit: bool) -> Option<f64> {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_784_111_777); // 2026-07-15T10:36:17Z
        pause(message, is_limit, now).map(|pause| pause.as_secs_f64())
    }

    #[test]
    fn pauses_in_messages() {
        for (message, expected) in [
            ("Please try again in 2.5s.", 2.5),
            ("Please try again in 120ms. Visit https://x/1", 0.12),
            ("Your rate limit resets in ~30s.", 30.0),
            ("Please retry in 1m30s.", 90.0),
            ("Please retry in 28.489512893s.", 28.489_512_893),
            ("Please retry after 20 seconds", 20.0),
            ("Try again after 20 seconds.", 20.0),
            ("limit of 60 requests per 60 seconds met; wait 60 seconds", 60.0),
            ("You must wait for at least 5 minutes before", 300.0),
            ("Please wait about 1 minute and 5 seconds", 65.0),
            ("Please wait and try again in 7 sec", 7.0),
            ("try again in a minute", 60.0),
            ("Retry-After: 7", 7.0),
            ("retry_after=7", 7.0),
            ("retry after 7", 7.0),
            ("Limit resets at 2026-07-15T10:36:20Z.", 3.0),
            ("try again at 2026-07-15T12:36:20.5+02:00, please", 3.5),
            ("Available again in 3 minutes", 180.0),
            ("Rate limit reset time: 30s", 30.0),
        ] {
            let found = in_seconds(message, true).unwrap_or(-1.0);
            assert!((found - expected).abs() < 1e-6, "{message}: {found}");
        }
    }

    #[test]
    fn other_numbers_are_not_pauses() {
        for message in [
            "Limit 3, Used 3, Requested 1",
            "at most 60 requests in 60 seconds",
            "Try again later: 5 requests a minute",
            "waited 20 seconds",
            "retry 3",
            "try again after 3 requests",
            "resets every 60 seconds",
            "preset 60 seconds",
            "",
        ] {
            assert_eq!(in_seconds(message, true), None, "{message}");
        }
        for message in ["timed out after 60 seconds", "cache available in 5 minutes"] {
            assert_eq!(in_seconds(message, false), None, "{message}");
        }
    }
}
