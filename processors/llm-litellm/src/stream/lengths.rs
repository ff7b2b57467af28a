//! Long streams: the time that they take grows as they do.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;
use support::cpu_time;

use super::reader::{Content, StreamReader};

/// The message, and the time that its stream takes.
fn read(count: usize, delta: impl Fn(usize) -> String) -> (Value, Duration) {
    let chunks = (0..count).map(|n| {
        let reason = if n + 1 == count { r#""stop""# } else { "null" };
        format!(
            "data: {{\"choices\":[{{\"index\":0,{},\"finish_reason\":{reason}}}]}}\n\n",
            delta(n)
        )
    });
    let body: String = chunks.collect();
    let (content, took) = cpu_time(|| {
        let mut reader = StreamReader::new(StatusCode::OK, true, None, Vec::new());
        reader.feed(body.as_bytes()).unwrap();
        reader.finish().unwrap()
    });
    let Content::Completion(completion) = content else {
        panic!("it is a stream")
    };
    (serde_json::from_slice(&completion).unwrap(), took)
}

/// The beginning of a delta up to the items of a list, and each item.
type List<'a> = (&'a str, &'a dyn Fn(usize) -> String);

/// The fastest of three readings of a list in chunks of so many items.
fn fastest(count: usize, each: usize, (before, item): &List<'_>) -> Duration {
    let delta = |n: usize| {
        let items: Vec<_> = (n * each..(n + 1) * each).map(item).collect();
        format!("{before}{}]}}", items.join(","))
    };
    (0..3).map(|_| read(count / each, delta).1).min().unwrap()
}

#[test]
fn four_times_the_items_take_about_four_times_as_long() {
    let calls = r#""delta":{"tool_calls":["#;
    let details = r#""delta":{"reasoning_details":["#;
    let annotations = r#""delta":{"annotations":["#;
    let lists: [List<'_>; 6] = [
        (calls, &|n| {
            format!(r#"{{"index":{n},"id":"c{n}","function":{{"name":"f","arguments":"{{}}"}}}}"#)
        }),
        (calls, &|n| {
            format!(r#"{{"index":0,"id":"c{n}","function":{{"name":"f"}}}}"#)
        }),
        (calls, &|_| {
            r#"{"index":0,"function":{"name":"f","arguments":"{\"a\":1,"}}"#.to_owned()
        }),
        (details, &|n| {
            format!(r#"{{"index":{n},"type":"reasoning.text","text":"a"}}"#)
        }),
        (annotations, &|n| {
            format!(r#"{{"type":"url_citation","start":{n}}}"#)
        }),
        (r#""delta":{},"logprobs":{"content":["#, &|n| {
            format!(r#"{{"token":"a","logprob":{n}}}"#)
        }),
    ];
    for (position, list) in lists.iter().enumerate() {
        for each in [1, 20] {
            let (mut short, mut long) = (fastest(1_000, each, list), fastest(4_000, each, list));
            // other programs use the caches, too: what is only slow by them is faster another time
            for _ in 0..4 {
                if long >= short * 6 {
                    short = short.min(fastest(1_000, each, list));
                    long = long.min(fastest(4_000, each, list));
                }
            }
            // four times the comparisons of each would be sixteen times as long
            assert!(long < short * 6, "{position} by {each}: {short:?} and {long:?}");
        }
    }
}

#[test]
fn the_items_of_a_long_list_find_their_deltas() {
    const COUNT: usize = 100;
    let (completion, _) = read(3 * COUNT, |n| {
        let (index, round) = (n % COUNT, n / COUNT);
        let call = match round {
            0 => format!(r#"{{"index":{index},"function":{{"name":"f{index}","arguments":"{{"}}}}"#),
            1 => format!(r#"{{"index":{index},"id":"c{index}"}}"#),
            _ => format!(r#"{{"id":"c{index}","function":{{"arguments":"}}"}}}}"#),
        };
        format!(r#""delta":{{"tool_calls":[{call}],"annotations":[{{"n":{index}}},{index}]}}"#)
    });
    let message = &completion["choices"][0]["message"];
    let calls = message["tool_calls"].as_array().unwrap();
    assert_eq!(calls.len(), COUNT);
    for (index, call) in calls.iter().enumerate() {
        assert_eq!(call["id"], format!("c{index}"));
        assert_eq!(call["function"]["name"], format!("f{index}"));
        assert_eq!(call["function"]["arguments"], "{}");
    }
    assert_eq!(message["annotations"].as_array().unwrap().len(), 2 * COUNT);
}
