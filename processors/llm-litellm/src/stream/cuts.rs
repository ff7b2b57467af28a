//! Recorded streams: each makes the same completion wherever the network cuts it, and async-openai's types can read it.

use std::path::Path;

use async_openai::types::chat::{CreateChatCompletionResponse, CreateChatCompletionStreamResponse};
use proptest::prelude::*;
use reqwest::StatusCode;

use super::reader::{Content, StreamReader};
use crate::api::Api;

/// The name and the bytes of each recorded stream.
fn recorded() -> Vec<(String, Vec<u8>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/llm_litellm/recorded");
    let files = directory.read_dir().unwrap().map(|file| file.unwrap().path());
    let streams = files.filter(|path| path.extension().is_some_and(|extension| extension == "sse"));
    let streams: Vec<_> = streams
        .map(|path| (path.display().to_string(), std::fs::read(path).unwrap()))
        .collect();
    assert!(!streams.is_empty());
    streams
}

/// The completion and the chunks.
fn read<'a>(parts: impl IntoIterator<Item = &'a [u8]>, is_declared: bool) -> (Vec<u8>, Vec<u8>) {
    let mut reader = StreamReader::new(StatusCode::OK, is_declared, None, Vec::new());
    for part in parts {
        reader.feed(part).unwrap();
    }
    match reader.finish().unwrap() {
        Content::Completion(completion) => (completion, reader.chunks),
        Content::Document(_) => panic!("it is a stream"),
    }
}

/// The chunks of a stream, one a line.
fn lines(stream: &[u8]) -> Vec<u8> {
    let (_, chunks) = read([stream], true);
    chunks
}

#[test]
fn a_cut_at_any_byte_makes_no_difference() {
    for (name, stream) in recorded() {
        let whole = read([stream.as_slice()], true);
        for at in 0..=stream.len() {
            let (before, after) = stream.split_at(at);
            assert_eq!(read([before, after], at % 2 == 0), whole, "{name} at {at}");
        }
        assert_eq!(read(stream.chunks(1), false), whole, "{name} byte by byte");
    }
}

/// The streams of native APIs, below a directory that has the API's name.
#[test]
fn a_cut_makes_no_difference_to_native_streams() {
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/llm_litellm/recorded");
    for api in Api::ALL {
        let Some(native) = api.native() else { continue };
        let files = recorded.join(api.name()).read_dir().unwrap();
        let files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        let mut streams = files
            .iter()
            .filter(|path| path.extension().is_some_and(|end| end == "stream"))
            .peekable();
        assert!(streams.peek().is_some(), "{}", api.name());
        for path in streams {
            let stream = std::fs::read(path).unwrap();
            let read = |parts: &[&[u8]]| {
                let mut reader = StreamReader::new(StatusCode::OK, false, Some(native), Vec::new());
                for part in parts {
                    reader.feed(part).unwrap();
                }
                (reader.finish().unwrap(), reader.chunks)
            };
            let whole = read(&[&stream]);
            assert!(matches!(whole.0, Content::Completion(_)), "{}", path.display());
            for at in 0..=stream.len() {
                let (before, after) = stream.split_at(at);
                assert_eq!(read(&[before, after]), whole, "{} at {at}", path.display());
            }
            let bytes: Vec<_> = stream.chunks(1).collect();
            assert_eq!(read(&bytes), whole, "{} byte by byte", path.display());
        }
    }
}

#[test]
fn what_follows_the_end_mark_is_ignored() {
    let chunk = r#"{"choices":[{"index":0,"delta":{"content":"a"}}]}"#;
    let stream = format!("data: {chunk}\n\ndata: [DONE]\n\ndata: x");
    let (_, chunks) = read([stream.as_bytes()], true);
    assert_eq!(chunks, format!("{chunk}\n").as_bytes());
}

#[test]
fn events_and_lines_make_the_same_completion() {
    for (name, stream) in recorded() {
        let (completion, chunks) = read([stream.as_slice()], true);
        assert_eq!(
            read([chunks.as_slice()], false),
            (completion, chunks.clone()),
            "{name}"
        );
    }
}

/// An independent assembly: if the library's types can read the chunks, they can read the completion, with the same texts.
#[test]
fn completions_have_the_texts_that_async_openai_reads() {
    let mut compared = 0;
    for (name, stream) in recorded() {
        let (completion, chunks) = read([stream.as_slice()], true);
        let chunks = serde_json::Deserializer::from_slice(&chunks).into_iter();
        let Ok(chunks) = chunks.collect::<Result<Vec<CreateChatCompletionStreamResponse>, _>>() else {
            continue; // a dialect that the types do not cover
        };
        let completion: CreateChatCompletionResponse = serde_json::from_slice(&completion).unwrap();
        for choice in &completion.choices {
            let deltas = chunks.iter().flat_map(|chunk| &chunk.choices);
            let deltas = deltas.filter(|delta| delta.index == choice.index);
            let text: String = deltas
                .filter_map(|delta| delta.delta.content.as_deref())
                .collect();
            assert_eq!(
                choice.message.content.as_deref().unwrap_or_default(),
                text,
                "{name}"
            );
            compared += 1;
        }
    }
    assert!(compared > 1, "{compared}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cuts_make_no_difference(
        (name, stream) in prop::sample::select(recorded()),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        is_lines: bool,
        is_declared: bool,
    ) {
        let stream = if is_lines { lines(&stream) } else { stream };
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let parts = cuts.windows(2).map(|cut| &stream[cut[0]..cut[1]]);
        prop_assert_eq!(read(parts, is_declared), read([stream.as_slice()], true), "{}", name);
    }
}
