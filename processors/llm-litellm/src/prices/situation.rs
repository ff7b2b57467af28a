//! What the price of an answer depends on, beside its tokens.

use std::time::SystemTime;

use serde_json::{Map, Value};

use crate::tier::Tier;

/// OpenAI's addresses in a region, where it charges more
/// (<https://platform.openai.com/docs/guides/your-data#data-residency-controls>).
const OPENAI_PLACES: [(&str, &str); 3] = [
    ("eu.api.openai.com", "eu"),
    ("us.api.openai.com", "us"),
    ("gov.api.openai.com", "gov"),
];
/// Vertex AI's address without a region; those in a region charge more for some models
/// (<https://cloud.google.com/vertex-ai/generative-ai/docs/learn/locations>).
const VERTEX_GLOBAL: &str = "aiplatform.googleapis.com";
/// Begins Bedrock's addresses, before the region (<https://docs.aws.amazon.com/general/latest/gr/bedrock.html>).
const BEDROCK: [&str; 2] = ["bedrock-runtime.", "bedrock-runtime-fips."];

/// The situation of a request.
#[derive(Debug)]
pub(crate) struct Situation<'a> {
    pub(crate) tier: Tier,
    /// When the answer came.
    pub(crate) time: SystemTime,
    /// Where it was processed, if that has a price of its own.
    pub(crate) place: Option<&'static str>,
    /// Bedrock's region, in which some models have prices of their own.
    pub(crate) region: Option<&'a str>,
    /// The context that is requested for a web search.
    pub(crate) search_size: Option<&'a str>,
}

impl<'a> Situation<'a> {
    /// The situation of a request to a host.
    pub(crate) fn new(tier: Tier, host: &'a str, params: &'a Map<String, Value>) -> Self {
        let options = params.get("web_search_options");
        Self {
            tier,
            time: SystemTime::now(),
            place: place(host),
            region: region(host),
            search_size: options.and_then(|options| options.get("search_context_size")?.as_str()),
        }
    }
}

fn place(host: &str) -> Option<&'static str> {
    let is_vertex = host.ends_with(VERTEX_GLOBAL) && host != VERTEX_GLOBAL;
    let mut places = OPENAI_PLACES.iter();
    let place = places.find(|(address, _)| *address == host);
    place
        .map(|(_, place)| *place)
        .or_else(|| is_vertex.then_some("regional"))
}

fn region(host: &str) -> Option<&str> {
    let mut rests = BEDROCK.iter().filter_map(|start| host.strip_prefix(start));
    rests.next()?.split('.').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_have_places() {
        for (host, expected_place, expected_region) in [
            ("api.openai.com", None, None),
            ("eu.api.openai.com", Some("eu"), None),
            ("us-central1-aiplatform.googleapis.com", Some("regional"), None),
            ("aiplatform.googleapis.com", None, None),
            ("bedrock-runtime.eu-west-1.amazonaws.com", None, Some("eu-west-1")),
            ("127.0.0.1", None, None),
        ] {
            assert_eq!(place(host), expected_place, "{host}");
            assert_eq!(region(host), expected_region, "{host}");
        }
    }
}
