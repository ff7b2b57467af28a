//! Streams as services send them come to the same, wherever the network cuts them.

use proptest::prelude::*;
use reqwest::StatusCode;

use super::{Read, Stream};

macro_rules! recorded {
    ($($name:literal),*) => {
        [$(($name, include_bytes!(concat!("../../../../tests/llm_litellm/recorded/", $name, ".sse")).as_slice())),*]
    };
}

const RECORDED: [(&str, &[u8]); 7] = recorded!(
    "anthropic",
    "azure",
    "deepseek",
    "gemini",
    "mistral",
    "openai",
    "openrouter"
);

/// The completion and the chunks.
fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, is_declared: bool) -> (Vec<u8>, Vec<u8>) {
    let mut stream = Stream::new(StatusCode::OK, is_declared, Vec::new());
    for piece in pieces {
        stream.feed(piece).unwrap();
    }
    match stream.finish().unwrap() {
        Read::Completion(completion) => (completion, stream.chunks),
        Read::Document(_) => panic!("it is a stream"),
    }
}

/// The chunks of a stream of lines.
fn lines(stream: &[u8]) -> Vec<u8> {
    let (_, chunks) = read([stream], true);
    chunks
}

#[test]
fn a_cut_at_any_byte_makes_no_difference() {
    for (name, stream) in RECORDED {
        let whole = read([stream], true);
        for at in 0..=stream.len() {
            let (before, after) = stream.split_at(at);
            assert_eq!(read([before, after], at % 2 == 0), whole, "{name} at {at}");
        }
        assert_eq!(read(stream.chunks(1), false), whole, "{name} byte by byte");
    }
}

#[test]
fn events_and_lines_come_to_the_same() {
    for (name, stream) in RECORDED {
        let (completion, chunks) = read([stream], true);
        assert_eq!(
            read([lines(stream).as_slice()], false),
            (completion, chunks),
            "{name}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cuts_make_no_difference(
        (name, stream) in prop::sample::select(RECORDED.as_slice()),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        is_lines: bool,
        is_declared: bool,
    ) {
        let stream = match is_lines {
            true => lines(stream),
            false => stream.to_vec(),
        };
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|cut| &stream[cut[0]..cut[1]]);
        prop_assert_eq!(read(pieces, is_declared), read([stream.as_slice()], true), "{}", name);
    }
}
