//! What the chunks of a stream have in common: services send the same JSON again and again, with another text in its place.
//!
//! To read all of each would be most of what a stream costs. A chunk that is byte for byte the one before, but for the places
//! where texts were seen to differ, says nothing new outside of them.

use std::borrow::Cow;

use memchr::memmem::Finder;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::assembly::{Key, Members, WHOLE};

/// The chunk before, cut at the places.
#[derive(Debug)]
pub(super) struct Pattern {
    /// Each place, and what stands before it, from the place before on.
    places: Vec<(Finder<'static>, Place)>,
    end: Vec<u8>,
}

#[derive(Debug)]
enum Place {
    /// A text of a choice's message, by its name.
    Text(u64, String),
    /// A member of the chunk that differs from one to the next, such as OpenAI's `obfuscation`.
    Member(String),
}

/// What a chunk says anew.
pub(super) enum News<'p, 'c> {
    /// The text of this name goes on, in the message of this choice.
    Text(u64, &'p str, Cow<'c, str>),
    Member(&'p str, &'c RawValue),
}

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Pattern {
    /// The pattern of a chunk that has just been added, if it has one: a single choice, whose delta holds a single text that
    /// is continued, and nothing that would come to something else if it were added once more. `changed` are the chunk's
    /// members that had another value before.
    pub(super) fn of(
        chunk: &[u8],
        choices: &[(u64, Members<'_>)],
        changed: Vec<(&str, &RawValue)>,
    ) -> Option<Self> {
        let [(index, choice)] = choices else {
            return None;
        };
        let comes_to_the_same = choice
            .iter()
            .all(|(Key(name), raw)| name == "delta" || !raw.get().starts_with('{')); // objects are merged
        let delta: Members<'_> = serde_json::from_str(choice.get("delta")?.get()).ok()?;
        let mut texts = delta
            .iter()
            .filter(|(Key(name), raw)| !WHOLE.contains(&name.as_ref()) && raw.get() != "null");
        let (Some((Key(name), text)), None, true) = (texts.next(), texts.next(), comes_to_the_same) else {
            return None;
        };
        if !text.get().starts_with('"') {
            return None;
        }
        let members = changed
            .into_iter()
            .map(|(name, raw)| (raw, Place::Member(name.to_owned())));
        let mut places: Vec<_> = members
            .chain([(*text, Place::Text(*index, name.to_string()))])
            .map(|(raw, place)| Some((offset(chunk, raw)?, raw.get().len(), place)))
            .collect::<Option<_>>()?;
        places.sort_unstable_by_key(|(start, _, _)| *start);
        let mut at = 0;
        let places = places.into_iter().map(|(start, length, place)| {
            let before = Finder::new(chunk.get(at..start)?).into_owned();
            at = start + length;
            Some((before, place))
        });
        Some(Self {
            places: places.collect::<Option<_>>()?,
            end: chunk.get(at..)?.to_vec(),
        })
    }

    /// What a chunk says anew; `None` where it does not follow the pattern.
    ///
    /// What stands in a place is whole JSON, and so is the chunk then, wherever it was cut.
    pub(super) fn read<'p, 'c>(&'p self, chunk: &'c [u8]) -> Option<Vec<News<'p, 'c>>> {
        let mut rest = chunk.strip_suffix(self.end.as_slice())?;
        let mut news = Vec::with_capacity(self.places.len());
        let mut open: Option<&Place> = None;
        for (before, place) in &self.places {
            rest = match open {
                None => rest.strip_prefix(before.needle())?,
                Some(open) => {
                    let (value, after) = rest.split_at(before.find(rest)?);
                    news.push(open.read(value)?);
                    after.strip_prefix(before.needle())?
                }
            };
            open = Some(place);
        }
        news.push(open?.read(rest)?);
        Some(news)
    }
}

impl Place {
    fn read<'p, 'c>(&'p self, json: &'c [u8]) -> Option<News<'p, 'c>> {
        Some(match self {
            Self::Text(choice, name) => {
                let Text(text) = serde_json::from_slice(json).ok()?;
                News::Text(*choice, name, text)
            }
            Self::Member(name) => News::Member(name, serde_json::from_slice(json).ok()?),
        })
    }
}

/// Where a value that was read from a chunk stands in it.
fn offset(chunk: &[u8], raw: &RawValue) -> Option<usize> {
    raw.get().as_ptr().addr().checked_sub(chunk.as_ptr().addr())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::assembly::Assembly;

    /// Chunks as services send them, and as none should; `@` is a place for any value.
    const SHAPES: [&str; 12] = [
        r#"{"id":"c","choices":[{"index":0,"delta":{"content":@},"finish_reason":null}]}"#,
        r#"{"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":@,"x":null}}],"obfuscation":@}"#,
        r#"{"obfuscation":@,"choices":[{"delta":{"reasoning_content":@,"content":null}}],"usage":@}"#,
        r#"{"created":@,"choices":[{"index":1,"delta":{"content":@},"logprobs":{"content":[@]}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":@}}]}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":@}},{"index":1,"delta":{"content":@}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":@},"message":@}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":@,"content":@},"finish_reason":"stop"}],"id":@,"id":@}"#,
        r#"{ "choices" : [ { "index" : 0 , "delta" : { "content" : @ } } ] , "object" : @ }"#,
        r#"{"choices":[],"usage":@}"#,
        r#"{"choices":[{"index":@,"delta":@,"finish_reason":@}]}"#,
        r#"{"choices":@,"error":@}"#,
    ];

    const VALUES: [&str; 14] = [
        r#""""#,
        r#"" the""#,
        r#""Zoë""#,
        r#""\"},\"x\":\"""#,
        r#""\n\u00e9\ud83d\ude00""#,
        r#""\ud800""#,
        "\"a\tb\"",
        r#""a","b":"c""#,
        r#""c"},"logprobs":{"content":"c""#,
        "null",
        "0",
        "1.50",
        r#"{"a":"b"}"#,
        "[]",
    ];

    fn value() -> impl Strategy<Value = &'static str> {
        prop_oneof![4 => Just(VALUES[1]), 4 => prop::sample::select(VALUES.as_slice())]
    }

    /// Runs of one shape, in which now and then a byte is another.
    fn chunks() -> impl Strategy<Value = Vec<Vec<u8>>> {
        let values = prop::collection::vec(value(), 4);
        let slip = prop::option::weighted(
            0.05,
            (
                any::<prop::sample::Index>(),
                prop::sample::select(&b"\"\\{}:,x\n\xff"[..]),
            ),
        );
        let run = (
            prop::sample::select(SHAPES.as_slice()),
            prop::collection::vec((values, slip), 1..6),
        );
        let runs = prop::collection::vec(run, 1..4);
        runs.prop_map(|runs| {
            runs.iter()
                .flat_map(|(shape, chunks)| chunks.iter().map(|(values, slip)| chunk(shape, values, slip)))
                .collect()
        })
    }

    fn chunk(shape: &str, values: &[&str], slip: &Option<(prop::sample::Index, u8)>) -> Vec<u8> {
        let mut chunk = shape.to_owned();
        for value in values {
            chunk = chunk.replacen('@', value, 1);
        }
        let mut chunk = chunk.into_bytes();
        if let Some((at, byte)) = slip {
            *at.get_mut(&mut chunk) = *byte;
        }
        chunk
    }

    /// What they come to, up to the first that is none, and how many were read by the pattern.
    fn assembled(chunks: &[Vec<u8>], by_pattern: bool) -> ((Option<Vec<u8>>, usize, u64), usize) {
        let mut assembly = Assembly::default();
        let (mut added, mut repeated) = (0, 0);
        for chunk in chunks {
            if by_pattern && assembly.repeat(chunk) {
                repeated += 1;
            } else if assembly.add(chunk).is_err() {
                break;
            }
            added += 1;
        }
        let tokens = assembly.tokens;
        ((assembly.finish().ok(), added, tokens), repeated)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn the_pattern_makes_no_difference(chunks in chunks()) {
            prop_assert_eq!(assembled(&chunks, true).0, assembled(&chunks, false).0);
        }
    }

    #[test]
    fn what_services_send_is_read_by_the_pattern() {
        for (shape, first) in [(SHAPES[0], 1), (SHAPES[1], 2), (SHAPES[2], 2)] {
            let texts = [r#"" the""#, r#""\n""#, r#""Zoë""#, r#""\"},\"x\":\"""#, r#""""#];
            let chunks: Vec<_> = texts
                .iter()
                .map(|text| chunk(shape, &[*text; 4], &None))
                .collect();
            assert_eq!(assembled(&chunks, true).1, chunks.len() - first, "{shape}");
        }
    }
}
