//! A pause in a sentence for people: "Please try again in 2.5s."

use std::time::{Duration, SystemTime};

use super::time::{length, number, seconds, until_date};

/// The words that a pause follows, whatever has happened.
const TRY_AGAIN: &[&str] = &["again", "retry", "retrying", "wait", "waiting"];
/// Those that speak of a limit, and of other things elsewhere: "timed out after 60 seconds".
const LIMIT_ENDS: &[&str] = &["reset", "resets", "available", "until", "after"];

/// What may stand between the word and the time.
const BETWEEN: &[&str] = &[
    "in",
    "after",
    "at",
    "for",
    "until",
    "about",
    "approximately",
    "approx",
    "around",
    "roughly",
    "least",
    "another",
    "the",
    "next",
    "time",
    "is",
    "be",
    "on",
    "and",
    "try",
    "again",
    "retry",
];

/// The first pause that a sentence speaks of, where it says with its unit how long it is.
pub(super) fn pause(sentence: &str, is_limit: bool, now: SystemTime) -> Option<Duration> {
    let sentence = sentence.to_ascii_lowercase();
    let words = |words: &[&str]| {
        let mut found: Vec<(usize, Duration)> = words
            .iter()
            .flat_map(|word| sentence.match_indices(word))
            .filter_map(|(at, word)| {
                let is_whole = !sentence.get(..at)?.ends_with(char::is_alphanumeric);
                let rest = sentence.get(at + word.len()..).filter(|_| is_whole)?;
                Some((at, time(rest, *word == *"retry", now)?))
            })
            .collect();
        found.sort_unstable();
        Some(found.first()?.1)
    };
    words(TRY_AGAIN).or_else(|| words(LIMIT_ENDS).filter(|_| is_limit))
}

/// The time that a text begins with, after nothing but [`BETWEEN`]. After "retry after" it may be a bare number.
fn time(mut text: &str, is_retry: bool, now: SystemTime) -> Option<Duration> {
    let mut may_be_bare = false;
    loop {
        text = text.trim_start_matches(|c: char| !c.is_alphanumeric() && !matches!(c, ';' | '!' | '?'));
        if let Some(article) = ["a ", "an ", "one "]
            .iter()
            .find_map(|one| text.strip_prefix(one))
        {
            return Some(length(&format!("1 {article}"))?.0);
        }
        if let Some((length, _)) = length(text) {
            return Some(length);
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

    fn in_seconds(sentence: &str, is_limit: bool) -> Option<f64> {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_784_111_777); // 2026-07-15T10:36:17Z
        pause(sentence, is_limit, now).map(|pause| pause.as_secs_f64())
    }

    #[test]
    fn pauses_that_sentences_speak_of() {
        for (sentence, expected) in [
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
            let found = in_seconds(sentence, true).unwrap_or(-1.0);
            assert!((found - expected).abs() < 1e-6, "{sentence}: {found}");
        }
    }

    #[test]
    fn other_numbers_are_no_pauses() {
        for sentence in [
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
            assert_eq!(in_seconds(sentence, true), None, "{sentence}");
        }
        for sentence in ["timed out after 60 seconds", "cache available in 5 minutes"] {
            assert_eq!(in_seconds(sentence, false), None, "{sentence}");
        }
    }
}
